from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    for order in orders:
        customer = await db.fetch_one(
            "SELECT name FROM customers WHERE id = :id", id=order.customer_id)
        order["customer"] = customer.name if customer else None
    return orders
