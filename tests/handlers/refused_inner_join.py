from backend import app, db


@app.get("/orders")
async def list_orders(request):
    return await db.fetch_all(
        "SELECT orders.*, customers.name AS customer FROM orders "
        "JOIN customers ON customers.id = orders.customer_id ORDER BY orders.id")
