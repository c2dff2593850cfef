import json
from dataclasses import dataclass

from backend import app, db, payments, CardDeclined, HTTPError, UniqueViolation


@dataclass
class Purchase:
    key: str
    order_id: int
    card: str

    @classmethod
    def of(cls, request):
        data = request.json
        if not isinstance(data.get("order_id"), int) or not data.get("card"):
            raise HTTPError(400, "order_id and card are needed")
        if "Idempotency-Key" not in request.headers:
            raise HTTPError(400, "no Idempotency-Key")
        return cls(request.headers["Idempotency-Key"], data["order_id"], data["card"])


async def begin(purchase):
    try:
        await db.execute(
            "INSERT INTO purchases (client_key, order_id, card) VALUES (:key, :order, :card)",
            key=purchase.key, order=purchase.order_id, card=purchase.card)
    except UniqueViolation:
        pass
    row = await db.fetch_one("SELECT * FROM purchases WHERE client_key = :key", key=purchase.key)
    if (row.order_id, row.card) != (purchase.order_id, purchase.card):
        raise HTTPError(422, "key used for something else")
    return row


async def finish(row, order, charge):
    async with db.transaction():
        moved = await db.execute(
            "UPDATE purchases SET state = 'done' WHERE id = :id AND state = 'started'", id=row.id)
        if moved:
            payment = await db.fetch_value(
                "INSERT INTO payments (order_id, card, amount_cents, charge_id)"
                " VALUES (:order, :card, :amount, :charge) RETURNING id",
                order=order.id, card=row.card, amount=order.total_cents, charge=charge.id)
            text = json.dumps({"payment": payment, "order": order.id, "amount_cents": order.total_cents})
            await db.execute("UPDATE purchases SET response = :text WHERE id = :id", text=text, id=row.id)
    return json.loads(await db.fetch_value("SELECT response FROM purchases WHERE id = :id", id=row.id))


@app.post("/payments")
async def pay(request):
    purchase = Purchase.of(request)
    order = await db.fetch_one("SELECT * FROM orders WHERE id = :id", id=purchase.order_id)
    if not order:
        raise HTTPError(404, "no such order")
    row = await begin(purchase)
    if row.state == "done":
        return json.loads(row.response)
    try:
        charge = await payments.charge(
            amount=order.total_cents, card=purchase.card, idempotency_key=purchase.key)
    except CardDeclined as declined:
        raise HTTPError(402, str(declined))
    return await finish(row, order, charge)
