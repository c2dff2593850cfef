import functools

from backend import app, db, metrics, HTTPError, SerializationFailure


def serializable(tries=4):
    def decorate(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs):
            for number in range(1, tries + 1):
                try:
                    async with db.transaction(isolation="serializable"):
                        return await function(*args, **kwargs)
                except SerializationFailure:
                    metrics.count("order_retries", 1)
                    if number == tries:
                        raise HTTPError(503, "too busy, please try again")
        return wrapper
    return decorate


@serializable(tries=4)
async def place_order(item_id, customer, quantity):
    item = await db.fetch_one("SELECT id, stock FROM items WHERE id = :id", id=item_id)
    if not item:
        raise HTTPError(404, "no such item")
    if item.stock - quantity < 0:
        raise HTTPError(409, "sold out")
    await db.execute(
        "UPDATE items SET stock = :stock WHERE id = :id", stock=item.stock - quantity, id=item_id)
    return await db.fetch_value(
        "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
        i=item_id, c=customer, q=quantity)


@app.post("/orders")
async def create_order(request):
    body = request.json
    if not isinstance(body["quantity"], int) or body["quantity"] < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    return {"order": await place_order(body["item"], body["customer"], body["quantity"])}
