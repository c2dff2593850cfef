# breaks: answered
from backend import app, db, log, DeadlockDetected, HTTPError


async def lock(account):
    for attempt in range(3):
        try:
            return await db.fetch_one("SELECT * FROM accounts WHERE id = :id FOR UPDATE", id=account)
        except DeadlockDetected:
            # The transaction has failed: every further statement answers 25P02 until ROLLBACK.
            log.warning("deadlock, trying again", account=account)
    raise HTTPError(503, "please try again")


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
    async with db.transaction():
        sender = await lock(source)
        receiver = await lock(target)
        if sender is None or receiver is None:
            raise HTTPError(404, "no such account")
        if sender.balance < amount:
            raise HTTPError(409, "not enough money")
        await db.execute("UPDATE accounts SET balance = balance - :a WHERE id = :id", a=amount, id=source)
        await db.execute("UPDATE accounts SET balance = balance + :a WHERE id = :id", a=amount, id=target)
        row = await db.fetch_one(
            "INSERT INTO transfers (from_id, to_id, amount) VALUES (:s, :t, :a) RETURNING id",
            s=source, t=target, a=amount)
    return {"transfer": row.id}
