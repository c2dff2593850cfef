from backend import app, db, log, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")

    async with db.transaction():
        rows = await db.fetch_all(
            "SELECT * FROM accounts WHERE id IN (:ids) ORDER BY id FOR UPDATE", ids=[source, target])
        accounts = {row.id: row for row in rows}
        if source not in accounts or target not in accounts:
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
