from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    names = {row["id"]: row["name"] for row in await db.fetch_all("SELECT id, name FROM customers")}
    return [{**order, "customer": names.get(order["customer_id"])} for order in orders]
