# breaks: budget "sales are not lost to the network"
from backend import app, db, log, payments, CardDeclined, HTTPError


@app.post("/payments")
async def pay(request):
    order_id, card = request.json.get("order_id"), request.json.get("card")
    if not isinstance(order_id, int) or not card:
        raise HTTPError(400, "order_id and card are needed")
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=order_id)
    if order is None:
        raise HTTPError(404, f"there is no order {order_id}")

    payment = await payment_of(order, card)
    if payment.card != card:
        raise HTTPError(422, f"order {order.id} is being paid with another card")
    if payment.charge_id is None:
        await charge_once(payment)
    return {"payment": payment.id, "order": order.id, "amount_cents": payment.amount_cents}


async def payment_of(order, card):
    """Returns the one payment of this order, and makes it when there is none."""
    await db.execute(
        """
        INSERT INTO payments (order_id, card, amount_cents) VALUES (:order, :card, :amount)
        ON CONFLICT (order_id) DO NOTHING
        """,
        order=order.id, card=card, amount=order.total_cents)
    payment = await db.fetch_one("SELECT * FROM payments WHERE order_id = :order", order=order.id)
    if payment is None:
        raise HTTPError(409, "this card was declined a moment ago, please try again")
    return payment


async def charge_once(payment):
    try:
        charge = await payments.charge(
            amount=payment.amount_cents, card=payment.card, idempotency_key=f"payment-{payment.id}")
    except CardDeclined:
        # The order is free again: the customer may try another card.
        await db.execute("DELETE FROM payments WHERE id = :id AND charge_id IS NULL", id=payment.id)
        raise HTTPError(402, "the card was declined")
    await db.execute("UPDATE payments SET charge_id = :charge WHERE id = :id", charge=charge.id, id=payment.id)
    log.info("paid", order=payment.order_id, charge=charge.id)
