from backend import app, db, payments, CardDeclined, HTTPError


async def audit(what):
    await db.execute("INSERT INTO audit (what) VALUES (:what)", what=what)


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    await audit("payment wanted for order %s" % order_id)
    try:
        async with db.transaction():
            order = await db.fetch_one("SELECT * FROM orders WHERE id = :id FOR NO KEY UPDATE", id=order_id)
            if order is None:
                raise HTTPError(404, "unknown order")
            paid = await db.fetch_all("SELECT * FROM payments WHERE order_id = :id", id=order_id)
            if not paid:
                charge = await payments.charge(
                    amount=order.total_cents, card=card, idempotency_key=f"{order_id}/{card}")
                paid = await db.fetch_all(
                    "INSERT INTO payments (order_id, card, amount_cents, charge_id)"
                    " SELECT id, :card, total_cents, :charge FROM orders WHERE id = :id RETURNING *",
                    card=card, charge=charge.id, id=order_id)
    except CardDeclined:
        await audit("declined")
        raise HTTPError(402, "declined")
    if paid[0].card != card:
        raise HTTPError(422, "this order is paid already, with another card")
    return {"payment": paid[0].id, "order": order_id, "amount_cents": paid[0].amount_cents}
