import asyncio
import secrets

from backend import app, http, ConnectionLost, Timeout


async def attempt(purchase):
    try:
        response = await http.post("/payments", json=purchase, timeout=2)
    except (Timeout, ConnectionLost):
        return None
    return response if response.status < 500 else None


@app.client
async def pay(user):
    purchase = {**user.data, "idempotency_key": secrets.token_hex(16)}
    for wait in (0.2, 0.5, 1):
        response = await attempt(purchase)
        if response is not None:
            return response.json
        await asyncio.sleep(wait)
    raise Timeout("the shop does not answer")
