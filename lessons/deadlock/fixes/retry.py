from backend import app, db, log, DeadlockDetected, HTTPError

ATTEMPTS = 5


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")

    for attempt in range(ATTEMPTS):
        try:
            # The whole transaction again: everything that it had done is rolled back.
            async with db.transaction():
                transfer = await move(source, target, amount)
        except DeadlockDetected:
            log.warning("deadlock, trying again", source=source, target=target, attempt=attempt + 1)
        else:
            log.info("transfer done", transfer=transfer.id, source=source, target=target, amount=amount)
            return {"transfer": transfer.id}
    raise HTTPError(503, "the accounts are busy, please try again")


async def move(source, target, amount):
    sender = await db.fetch_one("SELECT * FROM accounts WHERE id = :id FOR UPDATE", id=source)
    receiver = await db.fetch_one("SELECT * FROM accounts WHERE id = :id FOR UPDATE", id=target)
    if sender is None or receiver is None:
        raise HTTPError(404, "no such account")
    if sender.balance < amount:
        raise HTTPError(409, "not enough money")

    await db.execute(
        "UPDATE accounts SET balance = balance - :amount WHERE id = :id", amount=amount, id=source)
    await db.execute(
        "UPDATE accounts SET balance = balance + :amount WHERE id = :id", amount=amount, id=target)
    return await db.fetch_one(
        "INSERT INTO transfers (from_id, to_id, amount)"
        " VALUES (:source, :target, :amount) RETURNING id",
        source=source, target=target, amount=amount)
