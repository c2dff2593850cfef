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
        charge = await payments.charge(amount=order.total_cents, card=card)
    except CardDeclined:
        raise HTTPError(402, "the card was declined")
    return await store(key, order, card, charge)


async def claim(key, body):
    """Returns the stored answer of this key, or None when this request is the first one with it."""
    text = json.dumps(body, sort_keys=True)
    is_first = await db.execute(
        "INSERT INTO idempotency_keys (key, request) VALUES (:key, :request) ON CONFLICT (key) DO NOTHING",
        key=key, request=text)
    if is_first:
        return None
    claimed = await db.fetch_one("SELECT request, answer FROM idempotency_keys WHERE key = :key", key=key)
    if claimed.request != text:
        raise HTTPError(422, "this Idempotency-Key was used for another purchase")
    if claimed.answer is None:
        raise HTTPError(409, "this purchase is in progress")
    return json.loads(claimed.answer)


async def store(key, order, card, charge):
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
            "UPDATE idempotency_keys SET answer = :answer WHERE key = :key",
            answer=json.dumps(answer), key=key)
    log.info("paid", order=order.id, charge=charge.id)
    return answer
