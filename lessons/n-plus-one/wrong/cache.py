from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    customers = {}
    for order in orders:
        if order.customer_id not in customers:
            customers[order.customer_id] = await db.fetch_one(
                "SELECT name FROM customers WHERE id = :id", id=order.customer_id)
        customer = customers[order.customer_id]
        order["customer"] = customer.name if customer else None
    return orders
