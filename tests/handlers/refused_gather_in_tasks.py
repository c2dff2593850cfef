import asyncio

from backend import app, db


async def with_name(order):
    customer = await db.fetch_one("SELECT name FROM customers WHERE id = :id", id=order.customer_id)
    return {**order, "customer": customer.name if customer else None}


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    tasks = [asyncio.create_task(with_name(order)) for order in orders]
    return [await task for task in tasks]
