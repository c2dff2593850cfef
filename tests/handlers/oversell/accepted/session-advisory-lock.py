from backend import app, db, HTTPError


# A session's advisory lock belongs to its connection, so the same connection must release it.
@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    async with db.connection():
        await db.execute("SELECT pg_advisory_lock(:id)", id=item_id)
        try:
            stock = await db.fetch_value("SELECT stock FROM items WHERE id = :id", id=item_id)
            if stock is None:
                raise HTTPError(404, "no such item")
            if stock < quantity:
                raise HTTPError(409, "sold out")
            async with db.transaction():
                await db.execute(
                    "UPDATE items SET stock = :s WHERE id = :id", s=stock - quantity, id=item_id)
                order = await db.fetch_one(
                    "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
                    i=item_id, c=request.json["customer"], q=quantity)
        finally:
            await db.execute("SELECT pg_advisory_unlock(:id)", id=item_id)
    return {"order": order.id}
