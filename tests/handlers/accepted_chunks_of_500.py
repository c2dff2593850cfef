from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    by_id = {}
    ids = [order.customer_id for order in orders]
    for start in range(0, len(ids), 500):
        for row in await db.fetch_all(
                "SELECT id, name FROM customers WHERE id IN (:ids)", ids=ids[start:start + 500]):
            by_id[row.id] = row.name
    for order in orders:
        order["customer"] = by_id.get(order.customer_id)
    return orders
