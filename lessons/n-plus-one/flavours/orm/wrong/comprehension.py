from backend import app
from backend.orm import Model, fields


class Customer(Model):
    name = fields.TextField()


class Order(Model):
    customer = fields.ForeignKeyField("Customer", related_name="orders", null=True)
    placed_at = fields.DatetimeField()
    total_cents = fields.IntField()


@app.get("/orders")
async def list_orders(request):
    orders = await Order.all().order_by("id")
    customers = [await order.customer for order in orders]
    return [
        {**order.dict(), "customer": customer.name if customer else None}
        for order, customer in zip(orders, customers)
    ]
