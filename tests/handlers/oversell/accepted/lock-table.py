from backend import app, db, HTTPError


@app.post("/orders")
async def create_order(request):
    item_id, quantity, customer = (request.json[k] for k in ("item", "quantity", "customer"))
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    async with db.transaction():
        await db.execute("LOCK TABLE items IN EXCLUSIVE MODE")
        stock = await db.fetch_value("SELECT stock FROM items WHERE id = :id", id=item_id)
        if stock is None:
            raise HTTPError(404, "no such item")
        if stock < quantity:
            raise HTTPError(409, "sold out")
        await db.execute("UPDATE items SET stock = :s WHERE id = :id", s=stock - quantity, id=item_id)
        new_id = await db.fetch_value(
            "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
            i=item_id, c=customer, q=quantity)
    return {"order": new_id}
