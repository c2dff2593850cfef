from backend import app, db, log, metrics, HTTPError

orders_seen = 0


@app.post("/orders")
async def create_order(request):
    global orders_seen
    orders_seen += 1
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")

    async with db.transaction():
        item = await db.fetch_one(
            "SELECT * FROM items WHERE id = :id FOR NO KEY UPDATE", id=item_id)
        if item is None:
            raise HTTPError(404, "no such item")
        if item.stock < quantity:
            metrics.count("orders_refused", 1)
            raise HTTPError(409, "sold out")
        after = item.stock - quantity
        await db.execute("UPDATE items SET stock = :after WHERE id = :id", after=after, id=item.id)
        order = await db.fetch_one(
            "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
            i=item.id, c=request.json["customer"], q=quantity)
        await db.execute(
            "INSERT INTO stock_changes (item_id, before, after, reason) VALUES (:i, :b, :a, :r)",
            i=item.id, b=item.stock, a=after, r=f"order {order.id}")
    metrics.count("orders_created", 1)
    log.info("order created", order=order.id, seen_by_this_process=orders_seen)
    return {"order": order.id}
