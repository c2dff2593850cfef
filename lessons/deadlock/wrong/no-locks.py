from backend import app, db, log, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")

    async with db.transaction():
        sender = await db.fetch_one("SELECT * FROM accounts WHERE id = :id", id=source)
        receiver = await db.fetch_one("SELECT * FROM accounts WHERE id = :id", id=target)
        if sender is None or receiver is None:
            raise HTTPError(404, "no such account")
        if sender.balance < amount:
            raise HTTPError(409, "not enough money")

        await db.execute(
            "UPDATE accounts SET balance = :balance WHERE id = :id",
            balance=sender.balance - amount, id=source)
        await db.execute(
            "UPDATE accounts SET balance = :balance WHERE id = :id",
            balance=receiver.balance + amount, id=target)
        transfer = await db.fetch_one(
            "INSERT INTO transfers (from_id, to_id, amount)"
            " VALUES (:source, :target, :amount) RETURNING id",
            source=source, target=target, amount=amount)
    log.info("transfer done", transfer=transfer.id, source=source, target=target, amount=amount)
    return {"transfer": transfer.id}
