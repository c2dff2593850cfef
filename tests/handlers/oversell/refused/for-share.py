# breaks: answered
from backend import app, db, HTTPError


@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    async with db.transaction():
        item = await db.fetch_one("SELECT * FROM items WHERE id = :id FOR SHARE", id=item_id)
        if item is None:
            raise HTTPError(404, "no such item")
        if item.stock < quantity:
            raise HTTPError(409, "sold out")
        await db.execute("UPDATE items SET stock = :s WHERE id = :id", s=item.stock - quantity, id=item_id)
        order = await db.fetch_one(
            "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
            i=item_id, c=request.json["customer"], q=quantity)
    return {"order": order.id}
