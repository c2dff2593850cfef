from backend import app, db, log, HTTPError


# What an order costs. The product page asks for it, too.
@app.post("/quotes")
async def create_quote(request):
    return {"total_cents": await total_of(request.json["product"], request.json["quantity"])}


async def total_of(product_id, quantity):
    """A function, not a request: it uses the connection of whoever calls it."""
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    product = await db.fetch_one("SELECT * FROM products WHERE id = :id", id=product_id)
    if product is None:
        raise HTTPError(404, "no such product")
    return product.price_cents * quantity


@app.post("/orders")
async def create_order(request):
    product_id, quantity = request.json["product"], request.json["quantity"]
    async with db.transaction():
        order = await db.fetch_one(
            "INSERT INTO orders (customer) VALUES (:customer) RETURNING id",
            customer=request.json["customer"])
        total = await total_of(product_id, quantity)
        await db.execute(
            "INSERT INTO order_lines (order_id, product_id, quantity, total_cents)"
            " VALUES (:order, :product, :quantity, :total)",
            order=order.id, product=product_id, quantity=quantity, total=total)
    log.info("order created", order=order.id)
    return {"order": order.id}
