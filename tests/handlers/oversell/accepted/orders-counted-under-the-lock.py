from backend import app, db, HTTPError


# The stock is computed from the orders; the lock on the item makes buyers take turns.
@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    async with db.transaction():
        received = await db.fetch_value(
            "SELECT received FROM items WHERE id = :id FOR UPDATE", id=item_id)
        if received is None:
            raise HTTPError(404, "no such item")
        sold = await db.fetch_value(
            "SELECT coalesce(sum(quantity), 0) FROM orders WHERE item_id = :id", id=item_id)
        if sold + quantity > received:
            raise HTTPError(409, "sold out")
        await db.execute(
            "UPDATE items SET stock = :left WHERE id = :id", left=received - sold - quantity, id=item_id)
        order = await db.fetch_one(
            "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
            i=item_id, c=request.json["customer"], q=quantity)
    return {"order": order.id}
