# breaks: charged_once
from backend import app, db, log, payments, CardDeclined, HTTPError


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
    if order is None:
        raise HTTPError(404, "unknown order")
    try:
        charge = await payments.charge(amount=order.total_cents, card=card)
    except CardDeclined:
        raise HTTPError(402, "declined")
    async with db.transaction():
        await db.fetch_one("SELECT id FROM orders WHERE id = :id FOR UPDATE", id=order_id)
        first = await db.fetch_one("SELECT * FROM payments WHERE order_id = :id", id=order_id)
        if first is None:
            first = await db.fetch_one(
                "INSERT INTO payments (order_id, card, amount_cents, charge_id)"
                " VALUES (:o, :c, :a, :ch) RETURNING *",
                o=order_id, c=card, a=order.total_cents, ch=charge.id)
    if first.charge_id != charge.id:
        log.warning("charged twice, giving back", order=order_id)
        await payments.refund(charge.id)
        if first.card != card:
            raise HTTPError(422, "paid with another card")
    return {"payment": first.id, "order": order_id, "amount_cents": first.amount_cents}
