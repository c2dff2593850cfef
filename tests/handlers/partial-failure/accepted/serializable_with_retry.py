from backend import app, db, payments, CardDeclined, HTTPError, Response, SerializationFailure, Timeout


async def in_serializable(work, attempts=5):
    for attempt in range(attempts):
        try:
            async with db.transaction(isolation="serializable"):
                return await work()
        except SerializationFailure:
            continue
    raise HTTPError(503, "busy, please try again")


@app.post("/checkout")
async def checkout(request):
    item_id, card = request.json["item_id"], request.json["card"]

    async def reserve():
        item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
        if item is None:
            raise HTTPError(404, "not here")
        if item.stock < 1:
            raise HTTPError(409, "sold out")
        await db.execute("UPDATE items SET stock = stock - 1 WHERE id = :id", id=item_id)
        return await db.fetch_one(
            "INSERT INTO orders (item_id, card, total_cents, status) VALUES (:i, :c, :t, 'pending') RETURNING *",
            i=item_id, c=card, t=item.price_cents)

    order = await in_serializable(reserve)
    try:
        status = await pay(order)
    except Timeout:
        status = "pending"
    if status == "cancelled":
        raise HTTPError(402, "declined")
    return Response({"order": order.id, "status": status}, 201)


async def pay(order):
    try:
        charge = await payments.charge(amount=order.total_cents, card=order.card, idempotency_key=f"o{order.id}")
    except CardDeclined:
        charge = None
    await in_serializable(lambda: write(order, charge))
    return "confirmed" if charge else "cancelled"


async def write(order, charge):
    if await db.fetch_value("SELECT status FROM orders WHERE id = :id", id=order.id) != "pending":
        return
    if charge:
        await db.execute("UPDATE orders SET status = 'confirmed' WHERE id = :id", id=order.id)
        await db.execute(
            "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:o, :c, :a)",
            o=order.id, c=charge.id, a=order.total_cents)
    else:
        await db.execute("UPDATE orders SET status = 'cancelled' WHERE id = :id", id=order.id)
        await db.execute("UPDATE items SET stock = stock + 1 WHERE id = :id", id=order.item_id)


@app.every(60)
async def pay_pending():
    for order in await db.fetch_all("SELECT * FROM orders WHERE status = 'pending'"):
        try:
            await pay(order)
        except (Timeout, HTTPError):
            pass
