import hashlib
import json

from backend import app, db, payments, CardDeclined, HTTPError

SAVE = """
    INSERT INTO idempotency_keys (key, request) VALUES (:key, :fingerprint)
    ON CONFLICT (key) DO UPDATE SET key = excluded.key
    RETURNING request, answer
"""


def fingerprint(body):
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


async def charge_for(key, order, card):
    known = await payments.find(idempotency_key=key)
    if known:
        return known[0]
    return await payments.charge(amount=order.total_cents, card=card, idempotency_key=key)


@app.post("/payments")
async def pay(request):
    body = request.json
    key = body.get("idempotency_key")
    if not key:
        raise HTTPError(400, "idempotency_key is needed")
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=body["order_id"])
    if order is None:
        raise HTTPError(404, "no such order")
    saved = await db.fetch_one(SAVE, key=key, fingerprint=fingerprint(body))
    if saved.request != fingerprint(body):
        raise HTTPError(422, "another body")
    if saved.answer:
        return json.loads(saved.answer)
    try:
        charge = await charge_for(key, order, body["card"])
    except CardDeclined:
        raise HTTPError(402, "declined")
    async with db.transaction():
        answer = await db.fetch_value(
            "SELECT answer FROM idempotency_keys WHERE key = :key FOR NO KEY UPDATE", key=key)
        if not answer:
            payment = await db.fetch_one(
                "INSERT INTO payments (order_id, card, amount_cents, charge_id)"
                " VALUES (:o, :c, :a, :ch) RETURNING id",
                o=order.id, c=body["card"], a=order.total_cents, ch=charge.id)
            answer = json.dumps(
                {"payment": payment.id, "order": order.id, "amount_cents": order.total_cents})
            await db.execute(
                "UPDATE idempotency_keys SET answer = :answer WHERE key = :key", answer=answer, key=key)
    return json.loads(answer)
