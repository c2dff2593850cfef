from backend import app, db, log, HTTPError


async def lock_item(item_id):
    item = await db.fetch_one("SELECT id, stock FROM items WHERE id = :id FOR UPDATE", id=item_id)
    if item is None:
        raise HTTPError(404, "no such item")
    return item


async def take_from_stock(item, quantity):
    if quantity > item.stock:
        raise HTTPError(409, "sold out")
    left = item.stock - quantity
    await db.execute("UPDATE items SET stock = :left WHERE id = :id", left=left, id=item.id)
    return left


async def write_order(item, customer, quantity):
    return await db.fetch_value(
        "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
        i=item.id, c=customer, q=quantity)


def validated(body):
    quantity = body["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    return body["item"], body["customer"], quantity


@app.post("/orders")
async def create_order(request):
    item_id, customer, quantity = validated(request.json)
    async with db.transaction():
        item = await lock_item(item_id)
        left = await take_from_stock(item, quantity)
        order_id = await write_order(item, customer, quantity)
    log.info("order created", order=order_id, left=left)
    return {"order": order_id}
