from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    names = await customer_names({order.customer_id for order in orders})
    for order in orders:
        order["customer"] = names.get(order.customer_id)
    return orders


async def customer_names(ids):
    ids = sorted(id for id in ids if id is not None)
    if not ids:
        return {}
    customers = await db.fetch_all("SELECT id, name FROM customers WHERE id IN (:ids)", ids=ids)
    return {customer.id: customer.name for customer in customers}
