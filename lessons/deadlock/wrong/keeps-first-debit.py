from backend import app, db, log, DeadlockDetected, HTTPError

ATTEMPTS = 5


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")

    for attempt in range(ATTEMPTS):
        try:
            # A short statement first, so that the transaction holds its locks for less time.
            await debit(source, amount)
            async with db.transaction():
                transfer = await credit(source, target, amount)
        except DeadlockDetected:
            log.warning("deadlock, trying again", source=source, target=target, attempt=attempt + 1)
        else:
            log.info("transfer done", transfer=transfer.id, source=source, target=target, amount=amount)
            return {"transfer": transfer.id}
    raise HTTPError(503, "the accounts are busy, please try again")


async def debit(source, amount):
    changed = await db.execute(
        "UPDATE accounts SET balance = balance - :amount WHERE id = :id AND balance >= :amount",
        amount=amount, id=source)
    if changed == 0:
        sender = await db.fetch_one("SELECT id FROM accounts WHERE id = :id", id=source)
        if sender is None:
            raise HTTPError(404, "no such account")
        raise HTTPError(409, "not enough money")


async def credit(source, target, amount):
    await db.fetch_one("SELECT * FROM accounts WHERE id = :id FOR UPDATE", id=source)
    receiver = await db.fetch_one("SELECT * FROM accounts WHERE id = :id FOR UPDATE", id=target)
    if receiver is None:
        raise HTTPError(404, "no such account")
    await db.execute(
        "UPDATE accounts SET balance = balance + :amount WHERE id = :id", amount=amount, id=target)
    return await db.fetch_one(
        "INSERT INTO transfers (from_id, to_id, amount)"
        " VALUES (:source, :target, :amount) RETURNING id",
        source=source, target=target, amount=amount)
