from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all(
        "SELECT orders.*, customers.name AS customer FROM orders "
        "LEFT JOIN customers ON customers.id = orders.customer_id ORDER BY orders.id LIMIT 500")
    return orders
