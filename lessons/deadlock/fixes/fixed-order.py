from backend import app, db, log, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")

    async with db.transaction():
        # Always the smaller id first, whoever pays whom.
        accounts = {}
        for id in sorted([source, target]):
            accounts[id] = await db.fetch_one(
                "SELECT * FROM accounts WHERE id = :id FOR UPDATE", id=id)
        if accounts[source] is None or accounts[target] is None:
            raise HTTPError(404, "no such account")
        if accounts[source].balance < amount:
            raise HTTPError(409, "not enough money")

        await db.execute(
            "UPDATE accounts SET balance = balance - :amount WHERE id = :id", amount=amount, id=source)
        await db.execute(
            "UPDATE accounts SET balance = balance + :amount WHERE id = :id", amount=amount, id=target)
        transfer = await db.fetch_one(
            "INSERT INTO transfers (from_id, to_id, amount)"
            " VALUES (:source, :target, :amount) RETURNING id",
            source=source, target=target, amount=amount)
    log.info("transfer done", transfer=transfer.id, source=source, target=target, amount=amount)
    return {"transfer": transfer.id}
