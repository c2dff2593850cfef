from backend import app, db, log, payments, CardDeclined, HTTPError, Response, Timeout


@app.post("/checkout")
async def checkout(request):
    item_id, card = request.json.get("item_id"), request.json.get("card")
    if not isinstance(item_id, int) or not card:
        raise HTTPError(400, "item_id and card are needed")
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
    if item is None:
        raise HTTPError(404, f"there is no item {item_id}")

    order = await reserve(item, card)
    try:
        status = await settle(order)
    except Timeout:
        # Charged or not: the job below finds out.
        status = "pending"
    if status == "cancelled":
        raise HTTPError(402, "the card was declined")
    return Response({"order": order.id, "status": status}, status=201)


@app.every(60)
async def settle_what_is_left():
    """Nobody waits for these orders any more: their process crashed, or the provider did not answer."""
    for order in await db.fetch_all("SELECT * FROM orders WHERE status = 'pending' ORDER BY id"):
        try:
            await settle(order)
        except Timeout:
            log.warning("the payment provider did not answer", order=order.id)


async def reserve(item, card):
    async with db.transaction():
        reserved = await db.execute(
            "UPDATE items SET stock = stock - 1 WHERE id = :id AND stock >= 1", id=item.id)
        if not reserved:
            raise HTTPError(409, "sold out")
        return await db.fetch_one(
            """
            INSERT INTO orders (item_id, card, total_cents, status)
            VALUES (:item, :card, :total, 'pending')
            RETURNING *
            """,
            item=item.id, card=card, total=item.price_cents)


async def settle(order):
    """Charges a pending order and confirms it, or cancels it. Doing it twice does no harm."""
    try:
        charge = await payments.charge(
            amount=order.total_cents, card=order.card, idempotency_key=f"order-{order.id}")
    except CardDeclined:
        await cancel(order)
        return "cancelled"
    await confirm(order, charge)
    return "confirmed"


async def confirm(order, charge):
    async with db.transaction():
        changed = await db.execute(
            "UPDATE orders SET status = 'confirmed' WHERE id = :id AND status = 'pending'", id=order.id)
        if changed:
            await db.execute(
                "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:order, :charge, :amount)",
                order=order.id, charge=charge.id, amount=order.total_cents)


async def cancel(order):
    async with db.transaction():
        changed = await db.execute(
            "UPDATE orders SET status = 'cancelled' WHERE id = :id AND status = 'pending'", id=order.id)
        if changed:
            await db.execute("UPDATE items SET stock = stock + 1 WHERE id = :id", id=order.item_id)
