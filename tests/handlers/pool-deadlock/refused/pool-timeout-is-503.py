# breaks: budget, every order goes through
from backend import app, db, http, log, HTTPError, PoolTimeout


# What an order costs. The product page asks for it, too.
@app.post("/quotes")
async def create_quote(request):
    product_id, quantity = request.json["product"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    try:
        product = await db.fetch_one("SELECT * FROM products WHERE id = :id", id=product_id)
    except PoolTimeout:
        raise HTTPError(503, "too many requests, please try again")
    if product is None:
        raise HTTPError(404, "no such product")
    return {"total_cents": product.price_cents * quantity}


@app.post("/orders")
async def create_order(request):
    product_id, quantity = request.json["product"], request.json["quantity"]
    async with db.transaction():
        order = await db.fetch_one(
            "INSERT INTO orders (customer) VALUES (:customer) RETURNING id",
            customer=request.json["customer"])

        quote = await http.post("/quotes", json={"product": product_id, "quantity": quantity})
        if quote.status != 200:
            raise HTTPError(quote.status, quote.json["detail"])

        await db.execute(
            "INSERT INTO order_lines (order_id, product_id, quantity, total_cents)"
            " VALUES (:order, :product, :quantity, :total)",
            order=order.id, product=product_id, quantity=quantity, total=quote.json["total_cents"])
    log.info("order created", order=order.id)
    return {"order": order.id}
