import json

from backend import app, db, log, payments, CardDeclined, HTTPError, UniqueViolation


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

    answer = await stored_answer(key, request.json)
    if answer is not None:
        return answer
    try:
        charge = await payments.charge(amount=order.total_cents, card=card)
    except CardDeclined:
        raise HTTPError(402, "the card was declined")
    try:
        return await store(key, request.json, order, card, charge)
    except UniqueViolation:
        return await stored_answer(key, request.json)


async def stored_answer(key, body):
    stored = await db.fetch_one("SELECT request, answer FROM idempotency_keys WHERE key = :key", key=key)
    if stored is None:
        return None
    if stored.request != json.dumps(body, sort_keys=True):
        raise HTTPError(422, "this Idempotency-Key was used for another purchase")
    return json.loads(stored.answer)


async def store(key, body, order, card, charge):
    async with db.transaction():
        payment_id = await db.fetch_value(
            """
            INSERT INTO payments (order_id, card, amount_cents, charge_id)
            VALUES (:order, :card, :amount, :charge)
            RETURNING id
            """,
            order=order.id, card=card, amount=order.total_cents, charge=charge.id)
        answer = {"payment": payment_id, "order": order.id, "amount_cents": order.total_cents}
        await db.execute(
            "INSERT INTO idempotency_keys (key, request, answer) VALUES (:key, :request, :answer)",
            key=key, request=json.dumps(body, sort_keys=True), answer=json.dumps(answer))
    log.info("paid", order=order.id, charge=charge.id)
    return answer
