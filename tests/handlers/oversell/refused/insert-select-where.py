# breaks: never_oversold
from backend import app, db, HTTPError


@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    known = await db.fetch_value("SELECT count(*) FROM items WHERE id = :id", id=item_id)
    if not known:
        raise HTTPError(404, "no such item")
    async with db.transaction():
        # Check and insert in one statement. But nothing stops two buyers from seeing the same stock.
        order = await db.fetch_one(
            """
            INSERT INTO orders (item_id, customer, quantity)
            SELECT id, :customer, :q FROM items WHERE id = :id AND stock >= :q
            RETURNING id
            """,
            id=item_id, customer=request.json["customer"], q=quantity)
        if order is None:
            raise HTTPError(409, "sold out")
        await db.execute("UPDATE items SET stock = stock - :q WHERE id = :id", q=quantity, id=item_id)
    return {"order": order.id}
