# breaks: charged_once
from backend import app, db, payments, CardDeclined, HTTPError

PAID = {}


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    if order_id in PAID:
        old_card, answer = PAID[order_id]
        if old_card != card:
            raise HTTPError(422, "paid with another card")
        return answer
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
    if order is None:
        raise HTTPError(404, "unknown order")
    try:
        charge = await payments.charge(amount=order.total_cents, card=card)
    except CardDeclined:
        raise HTTPError(402, "declined")
    payment = await db.fetch_value(
        "INSERT INTO payments (order_id, card, amount_cents, charge_id) VALUES (:o, :c, :a, :ch) RETURNING id",
        o=order_id, c=card, a=order.total_cents, ch=charge.id)
    PAID[order_id] = (card, {"payment": payment, "order": order_id, "amount_cents": order.total_cents})
    return PAID[order_id][1]
