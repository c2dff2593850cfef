from backend import app, db, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
    async with db.transaction():
        known = await db.fetch_value(
            "SELECT count(*) FROM accounts WHERE id IN (:ids)", ids=[source, target])
        if known < 2:
            raise HTTPError(404, "no such account")
        for account, change in sorted([(source, -amount), (target, amount)]):
            changed = await db.execute(
                "UPDATE accounts SET balance = balance + :change WHERE id = :id AND balance + :change >= 0",
                change=change, id=account)
            if changed == 0:
                # Rolls back the other update, too.
                raise HTTPError(409, "not enough money")
        row = await db.fetch_one(
            "INSERT INTO transfers (from_id, to_id, amount) VALUES (:s, :t, :a) RETURNING id",
            s=source, t=target, a=amount)
    return {"transfer": row.id}
