# breaks: confirmed
from backend import app, db, payments, CardDeclined, HTTPError


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
    if order is None:
        raise HTTPError(404, "unknown order")
    claimed = await db.fetch_one(
        "INSERT INTO payments (order_id, card, amount_cents) VALUES (:o, :c, :a)"
        " ON CONFLICT (order_id) DO NOTHING RETURNING *",
        o=order_id, c=card, a=order.total_cents)
    if claimed is None:
        # Somebody else was first: it is paid.
        payment = await db.fetch_one("SELECT * FROM payments WHERE order_id = :id", id=order_id)
        if payment.card != card:
            raise HTTPError(422, "another card")
        return {"payment": payment.id, "order": order_id, "amount_cents": payment.amount_cents}
    try:
        charge = await payments.charge(
            amount=claimed.amount_cents, card=card, idempotency_key=f"order-{order_id}")
    except CardDeclined:
        await db.execute("DELETE FROM payments WHERE id = :id", id=claimed.id)
        raise HTTPError(402, "declined")
    await db.execute("UPDATE payments SET charge_id = :charge WHERE id = :id", charge=charge.id, id=claimed.id)
    return {"payment": claimed.id, "order": order_id, "amount_cents": claimed.amount_cents}
