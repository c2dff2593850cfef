from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    ids = list({order.customer_id for order in orders})
    customers = await db.fetch_all("SELECT id, name FROM customers WHERE id = ANY(:ids)", ids=ids)
    by_id = {customer.id: customer.name for customer in customers}
    for order in orders:
        order.customer = by_id.get(order.customer_id)
    return orders
