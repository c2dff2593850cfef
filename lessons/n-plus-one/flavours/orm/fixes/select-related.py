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
    answer = []
    for order in await Order.all().select_related("customer").order_by("id"):
        customer = await order.customer
        answer.append({**order.dict(), "customer": customer.name if customer else None})
    return answer
