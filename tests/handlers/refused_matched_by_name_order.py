from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    customers = await db.fetch_all("SELECT name FROM customers ORDER BY id")
    for order in orders:
        order["customer"] = customers[order.customer_id - 1].name
    return orders
