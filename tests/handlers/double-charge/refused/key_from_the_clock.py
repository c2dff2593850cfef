# breaks: charged_once
import time

from backend import app, db, payments, CardDeclined, HTTPError


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
    if order is None:
        raise HTTPError(404, "unknown order")
    # A second click comes within the same few seconds.
    key = f"{order_id}-{int(time.time() // 2)}"
    try:
        charge = await payments.charge(amount=order.total_cents, card=card, idempotency_key=key)
    except CardDeclined:
        raise HTTPError(402, "declined")
    payment = await db.fetch_value(
        "INSERT INTO payments (order_id, card, amount_cents, charge_id) VALUES (:o, :c, :a, :ch) RETURNING id",
        o=order_id, c=card, a=order.total_cents, ch=charge.id)
    return {"payment": payment, "order": order_id, "amount_cents": order.total_cents}
