# breaks: no_lost_money
from backend import app, db, log, payments, CardDeclined, CheckViolation, HTTPError, Response


@app.post("/checkout")
async def checkout(request):
    item_id, card = request.json.get("item_id"), request.json.get("card")
    if not isinstance(item_id, int) or not card:
        raise HTTPError(400, "item_id and card are needed")
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
    if item is None:
        raise HTTPError(404, f"there is no item {item_id}")
    if item.stock < 1:
        raise HTTPError(409, "sold out")

    try:
        charge = await payments.charge(amount=item.price_cents, card=card)
    except CardDeclined:
        raise HTTPError(402, "the card was declined")

    try:
        order = await store(item, card, charge)
    except CheckViolation:
        raise HTTPError(409, "sold out")

    log.info("order confirmed", order=order.id, charge=charge.id)
    return Response({"order": order.id, "status": order.status}, status=201)


async def store(item, card, charge):
    async with db.transaction():
        order = await db.fetch_one(
            """
            INSERT INTO orders (item_id, card, total_cents, status)
            VALUES (:item, :card, :total, 'confirmed')
            RETURNING *
            """,
            item=item.id, card=card, total=item.price_cents)
        await db.execute("UPDATE items SET stock = stock - 1 WHERE id = :id", id=item.id)
        await db.execute(
            "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:order, :charge, :amount)",
            order=order.id, charge=charge.id, amount=order.total_cents)
    return order
