# breaks: no_overdraft (variant with empty accounts)
from backend import app, db, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
    async with db.transaction():
        rows = await db.fetch_all(
            "SELECT id FROM accounts WHERE id IN (:ids) ORDER BY id FOR UPDATE", ids=[source, target])
        if len(rows) != 2:
            raise HTTPError(404, "no such account")
        await db.execute("UPDATE accounts SET balance = balance - :a WHERE id = :id", a=amount, id=source)
        await db.execute("UPDATE accounts SET balance = balance + :a WHERE id = :id", a=amount, id=target)
        row = await db.fetch_one(
            "INSERT INTO transfers (from_id, to_id, amount) VALUES (:s, :t, :a) RETURNING id",
            s=source, t=target, a=amount)
    return {"transfer": row.id}
