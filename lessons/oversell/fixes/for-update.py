from backend import app, db, log, HTTPError


@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")

    async with db.transaction():
        item = await db.fetch_one("SELECT * FROM items WHERE id = :id FOR UPDATE", id=item_id)
        if item is None:
            raise HTTPError(404, "no such item")
        if item.stock < quantity:
            raise HTTPError(409, "sold out")

        await db.execute(
            "UPDATE items SET stock = :stock WHERE id = :id", stock=item.stock - quantity, id=item.id)
        order = await db.fetch_one(
            "INSERT INTO orders (item_id, customer, quantity)"
            " VALUES (:item, :customer, :quantity) RETURNING id",
            item=item.id, customer=request.json["customer"], quantity=quantity)
    log.info("order created", order=order.id, item=item.id, quantity=quantity)
    return {"order": order.id}
