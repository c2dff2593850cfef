import uuid

from backend import app, http, ConnectionLost, Timeout

ATTEMPTS = 3


@app.client
async def pay(user):
    purchase = {"order_id": user.data["order_id"], "card": user.data["card"]}
    for attempt in range(ATTEMPTS):
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        try:
            response = await http.post("/payments", json=purchase, headers=headers, timeout=2)
        except (Timeout, ConnectionLost):
            continue
        if response.status < 500:
            return response.json
    raise Timeout(f"no answer after {ATTEMPTS} attempts")
