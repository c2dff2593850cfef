from backend import app, db, log, metrics, payments, CardDeclined, HTTPError


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(:order)", order=order_id)
        order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
        if order is None:
            raise HTTPError(404, f"there is no order {order_id}")
        payment = await db.fetch_one("SELECT * FROM payments WHERE order_id = :id", id=order_id)
        if payment and payment.card != card:
            raise HTTPError(409, "paid with another card")
        if not payment:
            try:
                charge = await payments.charge(
                    amount=order.total_cents, card=card, idempotency_key="order:" + str(order_id) + ":" + card)
            except CardDeclined:
                raise HTTPError(402, "the card was declined")
            payment = await db.fetch_one(
                "INSERT INTO payments (order_id, card, amount_cents, charge_id)"
                " VALUES (:order, :card, :amount, :charge) RETURNING *",
                order=order_id, card=card, amount=order.total_cents, charge=charge["id"])
            metrics.count("payments")
            log.info("paid", order=order_id)
    return {"payment": payment["id"], "order": order_id, "amount_cents": payment["amount_cents"]}
