from backend import app, db, log, HTTPError


async def lock_accounts(*ids):
    locked = {}
    for account_id in sorted(set(ids), reverse=True):
        row = await db.fetch_one(
            "SELECT id, balance FROM accounts WHERE id = :id FOR NO KEY UPDATE", id=account_id)
        if row is None:
            raise HTTPError(404, "no such account")
        locked[account_id] = row
    return locked


async def book(account, change):
    await db.execute(
        "UPDATE accounts SET balance = :balance WHERE id = :id",
        balance=account.balance + change, id=account.id)


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
    async with db.transaction():
        accounts = await lock_accounts(source, target)
        if accounts[source].balance < amount:
            raise HTTPError(409, "not enough money")
        await book(accounts[source], -amount)
        await book(accounts[target], +amount)
        row = await db.fetch_one(
            "INSERT INTO transfers (from_id, to_id, amount) VALUES (:s, :t, :a) RETURNING id",
            s=source, t=target, a=amount)
    log.info("transfer done", transfer=row.id)
    return {"transfer": row.id}
