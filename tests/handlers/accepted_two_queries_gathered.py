import asyncio

from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders, customers = await asyncio.gather(
        db.fetch_all("SELECT * FROM orders ORDER BY id"),
        db.fetch_all("SELECT id, name FROM customers"))
    names = {customer.id: customer.name for customer in customers}
    for order in orders:
        order["customer"] = names.get(order.customer_id)
    return orders
