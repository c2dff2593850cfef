from backend import app, db, log, payments, CardDeclined, HTTPError


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")

    async with db.transaction():
        # The second attempt waits here until the first one has committed or is gone.
        order = await db.fetch_one("SELECT * FROM orders WHERE id = :id FOR UPDATE", id=order_id)
        if order is None:
            raise HTTPError(404, f"there is no order {order_id}")
        payment = await db.fetch_one("SELECT * FROM payments WHERE order_id = :order", order=order.id)
        if payment is None:
            payment = await charge_and_store(order, card)
        elif payment.card != card:
            raise HTTPError(422, f"order {order.id} is paid with another card")
    return {"payment": payment.id, "order": order.id, "amount_cents": payment.amount_cents}


async def charge_and_store(order, card):
    try:
        charge = await payments.charge(
            amount=order.total_cents, card=card, idempotency_key=f"order-{order.id}-{card}")
    except CardDeclined:
        raise HTTPError(402, "the card was declined")
    payment = await db.fetch_one(
        """
        INSERT INTO payments (order_id, card, amount_cents, charge_id)
        VALUES (:order, :card, :amount, :charge)
        RETURNING *
        """,
        order=order.id, card=card, amount=order.total_cents, charge=charge.id)
    log.info("paid", order=order.id, charge=charge.id)
    return payment
