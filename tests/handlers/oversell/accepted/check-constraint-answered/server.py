from backend import app, db, CheckViolation, HTTPError


@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    try:
        async with db.transaction():
            found = await db.execute(
                "UPDATE items SET stock = stock - :q WHERE id = :id", q=quantity, id=item_id)
            if found == 0:
                raise HTTPError(404, "no such item")
            order = await db.fetch_one(
                "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
                i=item_id, c=request.json["customer"], q=quantity)
    except CheckViolation:
        # The constraint is the check: stock would have fallen below zero.
        raise HTTPError(409, "sold out")
    return {"order": order.id}
