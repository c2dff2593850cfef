from backend import app, db, log, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
    async with db.transaction():
        changes = {source: -amount, target: amount}
        before = {}
        for account in sorted(changes):
            before[account] = await db.fetch_value(
                "SELECT balance FROM accounts WHERE id = :id FOR UPDATE", id=account)
        if None in before.values():
            raise HTTPError(404, "no such account")
        if before[source] < amount:
            raise HTTPError(409, "not enough money")
        for account, change in changes.items():
            await db.execute(
                "UPDATE accounts SET balance = :b WHERE id = :id",
                b=before[account] + change, id=account)
            await db.execute(
                "INSERT INTO audit (account_id, balance_before, change) VALUES (:i, :b, :c)",
                i=account, b=before[account], c=change)
        row = await db.fetch_one(
            "INSERT INTO transfers (from_id, to_id, amount) VALUES (:s, :t, :a) RETURNING id",
            s=source, t=target, a=amount)
    log.info("booked", transfer=row.id, changes=len(changes))
    return {"transfer": row.id}
