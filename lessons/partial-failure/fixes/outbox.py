from backend import app, db, log, payments, CardDeclined, HTTPError, Response, Timeout


@app.post("/checkout")
async def checkout(request):
    item_id, card = request.json.get("item_id"), request.json.get("card")
    if not isinstance(item_id, int) or not card:
        raise HTTPError(400, "item_id and card are needed")
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
    if item is None:
        raise HTTPError(404, f"there is no item {item_id}")

    # Order, stock and the charge that is to be made: all of them or none. Nobody outside is called here.
    async with db.transaction():
        reserved = await db.execute(
            "UPDATE items SET stock = stock - 1 WHERE id = :id AND stock >= 1", id=item.id)
        if not reserved:
            raise HTTPError(409, "sold out")
        order = await db.fetch_one(
            """
            INSERT INTO orders (item_id, card, total_cents, status)
            VALUES (:item, :card, :total, 'pending')
            RETURNING *
            """,
            item=item.id, card=card, total=item.price_cents)
        await db.execute("INSERT INTO outbox (order_id) VALUES (:order)", order=order.id)
    return Response({"order": order.id, "status": order.status}, status=201)


@app.every(2)
async def make_charges():
    waiting = await db.fetch_all(
        "SELECT orders.* FROM outbox JOIN orders ON orders.id = outbox.order_id ORDER BY outbox.id")
    for order in waiting:
        try:
            charge = await payments.charge(
                amount=order.total_cents, card=order.card, idempotency_key=f"order-{order.id}")
        except CardDeclined:
            await cancel(order)
        except Timeout:
            log.warning("the payment provider did not answer", order=order.id)
        else:
            await confirm(order, charge)


async def confirm(order, charge):
    async with db.transaction():
        if await taken_from_outbox(order):
            await db.execute("UPDATE orders SET status = 'confirmed' WHERE id = :id", id=order.id)
            await db.execute(
                "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:order, :charge, :amount)",
                order=order.id, charge=charge.id, amount=order.total_cents)


async def cancel(order):
    async with db.transaction():
        if await taken_from_outbox(order):
            await db.execute("UPDATE orders SET status = 'cancelled' WHERE id = :id", id=order.id)
            await db.execute("UPDATE items SET stock = stock + 1 WHERE id = :id", id=order.item_id)


async def taken_from_outbox(order):
    """Of two runs of the job, only one removes the row."""
    return await db.execute("DELETE FROM outbox WHERE order_id = :order", order=order.id)
