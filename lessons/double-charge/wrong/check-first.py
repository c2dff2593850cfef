from backend import app, db, log, payments, CardDeclined, HTTPError


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
    if order is None:
        raise HTTPError(404, f"there is no order {order_id}")

    paid = await db.fetch_one("SELECT * FROM payments WHERE order_id = :order", order=order.id)
    if paid is not None:
        if paid.card != card:
            raise HTTPError(422, f"order {order.id} is paid with another card")
        return {"payment": paid.id, "order": order.id, "amount_cents": paid.amount_cents}

    try:
        charge = await payments.charge(amount=order.total_cents, card=card)
    except CardDeclined:
        raise HTTPError(402, "the card was declined")

    payment_id = await db.fetch_value(
        """
        INSERT INTO payments (order_id, card, amount_cents, charge_id)
        VALUES (:order, :card, :amount, :charge)
        RETURNING id
        """,
        order=order.id, card=card, amount=order.total_cents, charge=charge.id)
    log.info("paid", order=order.id, charge=charge.id)
    return {"payment": payment_id, "order": order.id, "amount_cents": order.total_cents}
