# breaks: variant "another card with the same headers"
import json

from backend import app, db, log, payments, CardDeclined, HTTPError


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    key = request.headers.get("Idempotency-Key")
    if not key:
        raise HTTPError(400, "the header Idempotency-Key is needed")
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
    if order is None:
        raise HTTPError(404, f"there is no order {order_id}")

    answer = await claim(key, request.json)
    if answer is not None:
        return answer
    try:
        charge = await payments.charge(amount=order.total_cents, card=card, idempotency_key=key)
    except CardDeclined:
        raise HTTPError(402, "the card was declined")
    return await store(key, order, card, charge)


async def claim(key, body):
    """Returns the stored answer of this key, or None when it has none yet."""
    text = json.dumps(body, sort_keys=True)
    await db.execute(
        "INSERT INTO idempotency_keys (key, request) VALUES (:key, :request) ON CONFLICT (key) DO NOTHING",
        key=key, request=text)
    claimed = await db.fetch_one("SELECT request, answer FROM idempotency_keys WHERE key = :key", key=key)
    return json.loads(claimed.answer) if claimed.answer else None


async def store(key, order, card, charge):
    """Stores payment and answer together. When another attempt was faster, its answer is the answer."""
    async with db.transaction():
        stored = await db.fetch_value(
            "SELECT answer FROM idempotency_keys WHERE key = :key FOR UPDATE", key=key)
        if stored:
            return json.loads(stored)
        payment_id = await db.fetch_value(
            """
            INSERT INTO payments (order_id, card, amount_cents, charge_id)
            VALUES (:order, :card, :amount, :charge)
            RETURNING id
            """,
            order=order.id, card=card, amount=order.total_cents, charge=charge.id)
        answer = {"payment": payment_id, "order": order.id, "amount_cents": order.total_cents}
        await db.execute(
            "UPDATE idempotency_keys SET answer = :answer WHERE key = :key",
            answer=json.dumps(answer), key=key)
    log.info("paid", order=order.id, charge=charge.id)
    return answer
