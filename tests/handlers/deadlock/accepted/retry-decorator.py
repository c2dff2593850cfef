import asyncio
import functools
import random

from backend import app, db, metrics, DatabaseError, HTTPError


def retry_on_deadlock(tries):
    def decorate(handler):
        @functools.wraps(handler)
        async def wrapper(request):
            for number in range(tries):
                try:
                    return await handler(request)
                except DatabaseError as error:
                    if error.sqlstate != "40P01":
                        raise
                    metrics.count("deadlock_retries", 1)
                    await asyncio.sleep(random.uniform(0, 0.05))
            raise HTTPError(503, "please try again")
        return wrapper
    return decorate


@app.post("/transfers")
@retry_on_deadlock(tries=4)
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
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
    return {"transfer": row.id}
