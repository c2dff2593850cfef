import asyncio

from backend import app, db, log, payments, CardDeclined, HTTPError, Timeout


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
    if order is None:
        raise HTTPError(404, "unknown order")
    payment = await db.fetch_one("SELECT * FROM payments WHERE order_id = :id", id=order_id)
    if payment is None:
        await db.execute(
            "INSERT INTO payments (order_id, card, amount_cents) VALUES (:o, :c, :a) ON CONFLICT (order_id) DO NOTHING",
            o=order_id, c=card, a=order.total_cents)
        payment = await db.fetch_one("SELECT * FROM payments WHERE order_id = :id", id=order_id)
    if payment.card != card:
        raise HTTPError(409, "another card is being charged for this order")
    if not payment.charge_id:
        charge = await charge_until_known(payment)
        await db.execute(
            "UPDATE payments SET charge_id = :charge WHERE id = :id AND charge_id IS NULL",
            charge=charge.id, id=payment.id)
    return {"payment": payment.id, "order": order_id, "amount_cents": payment.amount_cents}


async def charge_until_known(payment):
    for attempt in range(3):
        try:
            return await payments.charge(
                amount=payment.amount_cents, card=payment.card, idempotency_key="pay-" + str(payment.order_id))
        except Timeout:
            log.warning("no answer from the provider", attempt=attempt)
            await asyncio.sleep(0.5)
        except CardDeclined:
            raise HTTPError(402, "declined")
    raise HTTPError(503, "the payment provider does not answer")
