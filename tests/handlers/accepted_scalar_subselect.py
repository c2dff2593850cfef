from backend import app, db


@app.get("/orders")
async def list_orders(request):
    return await db.fetch_all(
        "SELECT orders.*, (SELECT name FROM customers WHERE customers.id = orders.customer_id) AS customer "
        "FROM orders ORDER BY id")
