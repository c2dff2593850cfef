# breaks: confirmed
from backend import app, db, HTTPError


@app.post("/transfers")
async def create_transfer(request):
    source, target, amount = request.json["from"], request.json["to"], request.json["amount"]
    if not isinstance(amount, int) or amount < 1 or source == target:
        raise HTTPError(422, "an amount from 1 cent, between two different accounts")
    async with db.transaction():
        rows = await db.fetch_all(
            "SELECT * FROM accounts WHERE id IN (:ids) ORDER BY id FOR UPDATE", ids=[source, target])
        found = {account.id: account for account in rows}
        sender, receiver = found.get(source), found.get(target)
        if sender is None or receiver is None:
            raise HTTPError(404, "no such account")
        if sender.balance < amount:
            raise HTTPError(409, "not enough money")
        await db.execute("UPDATE accounts SET balance = balance - :a WHERE id = :id", a=amount, id=source)
        await db.execute("UPDATE accounts SET balance = balance + :a WHERE id = :id", a=amount, id=target)
    return {"transfer": 1}
