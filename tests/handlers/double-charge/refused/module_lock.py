# breaks: charged_once
import asyncio
from collections import defaultdict

from backend import app, db, payments, CardDeclined, HTTPError

LOCKS = defaultdict(asyncio.Lock)


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    async with LOCKS[order_id]:
        order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
        if order is None:
            raise HTTPError(404, "unknown order")
        payment = await db.fetch_one("SELECT * FROM payments WHERE order_id = :id", id=order_id)
        if payment is not None and payment.card != card:
            raise HTTPError(422, "another card")
        if payment is None:
            try:
                charge = await payments.charge(amount=order.total_cents, card=card)
            except CardDeclined:
                raise HTTPError(402, "declined")
            payment = await db.fetch_one(
                "INSERT INTO payments (order_id, card, amount_cents, charge_id)"
                " VALUES (:o, :c, :a, :ch) RETURNING *",
                o=order_id, c=card, a=order.total_cents, ch=charge.id)
        return {"payment": payment.id, "order": order_id, "amount_cents": payment.amount_cents}
