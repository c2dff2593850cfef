from backend import app, db, http, log, HTTPError


async def price_of(product_id, quantity):
    quote = await http.post("/quotes", json={"product": product_id, "quantity": quantity})
    if quote.status != 200:
        raise HTTPError(quote.status, quote.json["detail"])
    return quote.json["total_cents"]


async def place(product_id, quantity, customer, total):
    async with db.transaction():
        order_id = await db.fetch_value(
            "INSERT INTO orders (customer) VALUES (:customer) RETURNING id", customer=customer)
        await db.execute(
            "INSERT INTO order_lines (order_id, product_id, quantity, total_cents)"
            " VALUES (:order, :product, :quantity, :total)",
            order=order_id, product=product_id, quantity=quantity, total=total)
    return {"order": order_id}


# What an order costs. The product page asks for it, too.
@app.post("/quotes")
async def create_quote(request):
    product_id, quantity = request.json["product"], request.json["quantity"]
    if not isinstance(quantity, int) or quantity < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    product = await db.fetch_one("SELECT * FROM products WHERE id = :id", id=product_id)
    if product is None:
        raise HTTPError(404, "no such product")
    return {"total_cents": product.price_cents * quantity}


@app.post("/orders")
async def create_order(request):
    product_id, quantity = request.json["product"], request.json["quantity"]
    total = await price_of(product_id, quantity)
    return await place(product_id, quantity, request.json["customer"], total)
