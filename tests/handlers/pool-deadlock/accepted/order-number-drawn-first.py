from backend import app, db, http, log, HTTPError


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
    # The number alone holds nothing: a gap in the numbers is no order.
    number = await db.fetch_value("SELECT nextval('orders_id_seq')")
    quote = await http.post("/quotes", json={"product": product_id, "quantity": quantity})
    if quote.status != 200:
        raise HTTPError(quote.status, quote.json["detail"])

    async with db.transaction():
        await db.execute(
            "INSERT INTO orders (id, customer) VALUES (:id, :customer)",
            id=number, customer=request.json["customer"])
        await db.execute(
            "INSERT INTO order_lines (order_id, product_id, quantity, total_cents)"
            " VALUES (:order, :product, :quantity, :total)",
            order=number, product=product_id, quantity=quantity, total=quote.json["total_cents"])
    return {"order": number}
