from backend import app, db, log, payments, queue, CardDeclined, HTTPError, Response, Timeout


@app.post("/checkout")
async def checkout(request):
    item_id, card = request.json["item_id"], request.json["card"]
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
    if item is None:
        raise HTTPError(404, "no such item")
    async with db.transaction():
        if await db.execute("UPDATE items SET stock = stock - 1 WHERE id = :id AND stock > 0", id=item.id) == 0:
            raise HTTPError(409, "sold out")
        order = await db.fetch_one(
            "INSERT INTO orders (item_id, card, total_cents, status) VALUES (:i, :c, :t, 'pending') RETURNING *",
            i=item.id, c=card, t=item.price_cents)
    # Only to be quick: the job below finds the order without it.
    await queue.publish("charges", {"order": order.id})
    return Response({"order": order.id, "status": "pending"}, status=201)


@app.worker("charges")
async def charge_one(message):
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=message.body["order"])
    await finish(order)
    await message.ack()


@app.every(120)
async def charge_forgotten():
    for order in await db.fetch_all("SELECT * FROM orders WHERE status = 'pending'"):
        try:
            await finish(order)
        except Timeout:
            log.warning("no answer", order=order.id)


async def finish(order):
    if order.status != "pending":
        return
    try:
        charge = await payments.charge(
            amount=order.total_cents, card=order.card, idempotency_key=f"order-{order.id}")
    except CardDeclined:
        charge = None
    async with db.transaction():
        changed = await db.execute(
            "UPDATE orders SET status = :new WHERE id = :id AND status = 'pending'",
            new="confirmed" if charge else "cancelled", id=order.id)
        if changed and charge:
            await db.execute(
                "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:o, :c, :a)",
                o=order.id, c=charge.id, a=order.total_cents)
        elif changed:
            await db.execute("UPDATE items SET stock = stock + 1 WHERE id = :id", id=order.item_id)
