# breaks: the answer for an item that does not exist (variant)
from backend import app, db, HTTPError


@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    async with db.transaction():
        taken = await db.execute(
            "UPDATE items SET stock = stock - :q WHERE id = :id AND stock >= :q", q=quantity, id=item_id)
        if taken == 0:
            raise HTTPError(409, "sold out")
        order = await db.fetch_one(
            "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
            i=item_id, c=request.json["customer"], q=quantity)
    return {"order": order.id}
