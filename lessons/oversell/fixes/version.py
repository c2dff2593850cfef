from backend import app, db, log, HTTPError

ATTEMPTS = 5


@app.post("/orders")
async def create_order(request):
    item_id, quantity = request.json["item"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")

    for attempt in range(ATTEMPTS):
        item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
        if item is None:
            raise HTTPError(404, "no such item")
        if item.stock < quantity:
            raise HTTPError(409, "sold out")

        order = await sell(item, quantity, request.json["customer"])
        if order is not None:
            log.info("order created", order=order.id, item=item.id, quantity=quantity)
            return {"order": order.id}
        log.info("somebody else was faster, trying again", item=item.id, attempt=attempt + 1)
    raise HTTPError(503, "too many orders at once, please try again")


async def sell(item, quantity, customer):
    async with db.transaction():
        changed = await db.execute(
            """
            UPDATE items SET stock = :stock, version = version + 1
            WHERE id = :id AND version = :version
            """,
            stock=item.stock - quantity, id=item.id, version=item.version)
        if changed == 0:
            return None
        return await db.fetch_one(
            "INSERT INTO orders (item_id, customer, quantity)"
            " VALUES (:item, :customer, :quantity) RETURNING id",
            item=item.id, customer=customer, quantity=quantity)
