import uuid
from dataclasses import dataclass

from backend import app, db, metrics, payments, CardDeclined, HTTPError, Response, Timeout


@dataclass
class Work:
    order_id: int
    item_id: int
    card: str
    cents: int
    key: str


LOAD = """
    SELECT o.id, o.item_id, o.card, o.total_cents, i.provider_key
    FROM intents i JOIN orders o ON o.id = i.order_id
    WHERE i.result IS NULL
    ORDER BY o.id
"""


@app.post("/checkout")
async def checkout(request):
    item_id, card = request.json.get("item_id"), request.json.get("card")
    price = await db.fetch_value("SELECT price_cents FROM items WHERE id = :id", id=item_id)
    if price is None:
        raise HTTPError(404, "no such item")
    work = await plan(item_id, card, price)
    try:
        outcome = await carry_out(work)
    except Timeout:
        outcome = "pending"
    metrics.count("checkouts", outcome=outcome)
    if outcome == "cancelled":
        raise HTTPError(402, "your bank said no")
    return Response({"order": work.order_id, "status": outcome}, status=201)


async def plan(item_id, card, price):
    key = uuid.uuid4().hex
    async with db.transaction():
        if not await db.execute("UPDATE items SET stock = stock - 1 WHERE id = :id AND stock > 0", id=item_id):
            raise HTTPError(409, "sold out")
        order_id = await db.fetch_value(
            "INSERT INTO orders (item_id, card, total_cents, status) VALUES (:i, :c, :p, 'pending') RETURNING id",
            i=item_id, c=card, p=price)
        await db.execute(
            "INSERT INTO intents (order_id, provider_key) VALUES (:order, :key)", order=order_id, key=key)
    return Work(order_id, item_id, card, price, key)


async def carry_out(work):
    try:
        charge = await payments.charge(amount=work.cents, card=work.card, idempotency_key=work.key)
        outcome = "confirmed"
    except CardDeclined:
        charge, outcome = None, "cancelled"
    async with db.transaction():
        mine = await db.execute(
            "UPDATE intents SET result = :r WHERE order_id = :o AND result IS NULL", r=outcome, o=work.order_id)
        if not mine:
            return outcome
        await db.execute("UPDATE orders SET status = :s WHERE id = :o", s=outcome, o=work.order_id)
        if charge:
            await db.execute(
                "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:o, :c, :a)",
                o=work.order_id, c=charge.id, a=work.cents)
        else:
            await db.execute("UPDATE items SET stock = stock + 1 WHERE id = :i", i=work.item_id)
    return outcome


@app.every(45)
async def leftovers():
    for row in await db.fetch_all(LOAD):
        try:
            await carry_out(Work(row.id, row.item_id, row.card, row.total_cents, row.provider_key))
        except Timeout:
            pass
