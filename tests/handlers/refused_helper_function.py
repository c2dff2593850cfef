from backend import app, db

count = 0


async def name_of(customer_id):
    global count
    count += 1
    row = await db.fetch_one("SELECT name FROM customers WHERE id = :id", id=customer_id)
    return row.name if row else None


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    for order in orders:
        order["customer"] = await name_of(order.customer_id)
    return orders
