from backend import app, db, log, HTTPError, SerializationFailure

ATTEMPTS = 5


@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")

    for attempt in range(ATTEMPTS):
        try:
            async with db.transaction(isolation="serializable"):
                order = await sell(item_id, quantity, request.json["customer"])
        except SerializationFailure:
            log.info("somebody else was faster, trying again", item=item_id, attempt=attempt + 1)
        else:
            log.info("order created", order=order.id, item=item_id, quantity=quantity)
            return {"order": order.id}
    raise HTTPError(503, "too many orders at once, please try again")


async def sell(item_id, quantity, customer):
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
    if item is None:
        raise HTTPError(404, "no such item")
    if item.stock < quantity:
        raise HTTPError(409, "sold out")
    await db.execute(
        "UPDATE items SET stock = :stock WHERE id = :id", stock=item.stock - quantity, id=item.id)
    return await db.fetch_one(
        "INSERT INTO orders (item_id, customer, quantity)"
        " VALUES (:item, :customer, :quantity) RETURNING id",
        item=item.id, customer=customer, quantity=quantity)
