from backend import app, db, log, DeadlockDetected, HTTPError, SerializationFailure


class Transfers:
    def __init__(self, attempts=6):
        self.attempts = attempts

    async def run(self, source, target, amount):
        last = None
        for _ in range(self.attempts):
            try:
                async with db.transaction(isolation="serializable"):
                    return await self.once(source, target, amount)
            except (SerializationFailure, DeadlockDetected) as error:
                last = error
        log.error("gave up", source=source, target=target, error=str(last))
        raise HTTPError(503, "please try again")

    async def once(self, source, target, amount):
        sender = await db.fetch_one("SELECT * FROM accounts WHERE id = :id", id=source)
        receiver = await db.fetch_one("SELECT * FROM accounts WHERE id = :id", id=target)
        if sender is None or receiver is None:
            raise HTTPError(404, "no such account")
        if sender.balance < amount:
            raise HTTPError(409, "not enough money")
        await db.execute(
            "UPDATE accounts SET balance = :b WHERE id = :id", b=sender.balance - amount, id=source)
        await db.execute(
            "UPDATE accounts SET balance = :b WHERE id = :id", b=receiver.balance + amount, id=target)
        return await db.fetch_value(
            "INSERT INTO transfers (from_id, to_id, amount) VALUES (:s, :t, :a) RETURNING id",
            s=source, t=target, a=amount)


transfers = Transfers()


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
    return {"transfer": await transfers.run(source, target, amount)}
