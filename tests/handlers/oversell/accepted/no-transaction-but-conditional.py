from backend import app, db, log, HTTPError


# Without a transaction a crash between the two statements loses a unit, but nothing is ever oversold.
@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
    if item is None:
        raise HTTPError(404, "no such item")
    if item.stock < quantity:
        raise HTTPError(409, "sold out")
    updated = await db.execute(
        "UPDATE items SET stock = stock - :q WHERE id = :id AND stock >= :q", q=quantity, id=item_id)
    if not updated:
        log.warning("lost the race", item=item_id)
        raise HTTPError(409, "sold out")
    order = await db.fetch_one(
        "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
        i=item_id, c=request.json["customer"], q=quantity)
    return {"order": order.id}
