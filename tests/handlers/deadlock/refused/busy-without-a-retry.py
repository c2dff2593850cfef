# breaks: a transfer is turned away for no reason (budget)
from backend import app, db, DeadlockDetected, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
    try:
        async with db.transaction():
            sender = await db.fetch_one("SELECT * FROM accounts WHERE id = :id FOR UPDATE", id=source)
            receiver = await db.fetch_one("SELECT * FROM accounts WHERE id = :id FOR UPDATE", id=target)
            if sender is None or receiver is None:
                raise HTTPError(404, "no such account")
            if sender.balance < amount:
                raise HTTPError(409, "not enough money")
            await db.execute("UPDATE accounts SET balance = balance - :a WHERE id = :id", a=amount, id=source)
            await db.execute("UPDATE accounts SET balance = balance + :a WHERE id = :id", a=amount, id=target)
            row = await db.fetch_one(
                "INSERT INTO transfers (from_id, to_id, amount) VALUES (:s, :t, :a) RETURNING id",
                s=source, t=target, a=amount)
    except DeadlockDetected:
        raise HTTPError(503, "the accounts are busy, please try again")
    return {"transfer": row.id}
