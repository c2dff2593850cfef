from backend import app, db, log, payments, CardDeclined, HTTPError, Response, Timeout


def key_of(order):
    return "checkout/%d" % order.id


@app.post("/checkout")
async def checkout(request):
    data = request.json
    async with db.transaction():
        item = await db.fetch_one("SELECT * FROM items WHERE id = :id FOR UPDATE", id=data["item_id"])
        if item is None:
            raise HTTPError(404, "no such item")
        if item.stock == 0:
            raise HTTPError(409, "sold out")
        await db.execute("UPDATE items SET stock = :left WHERE id = :id", left=item.stock - 1, id=item.id)
        order = await db.fetch_one(
            "INSERT INTO orders (item_id, card, total_cents, status)"
            " VALUES (:item, :card, :total, 'pending') RETURNING *",
            item=item.id, card=data["card"], total=item.price_cents)
    try:
        charge = await payments.charge(
            amount=order.total_cents, card=order.card, idempotency_key=key_of(order))
    except CardDeclined:
        await close(order, "cancelled")
        raise HTTPError(402, "declined")
    except Timeout:
        log.warning("provider does not answer", order=order.id)
        return Response({"order": order.id, "status": "pending"}, status=201)
    await close(order, "confirmed", charge)
    return Response({"order": order.id, "status": "confirmed"}, status=201)


async def close(order, status, charge=None):
    async with db.transaction():
        current = await db.fetch_value("SELECT status FROM orders WHERE id = :id FOR UPDATE", id=order.id)
        if current != "pending":
            return
        await db.execute("UPDATE orders SET status = :status WHERE id = :id", status=status, id=order.id)
        if charge is None:
            await db.execute("UPDATE items SET stock = stock + 1 WHERE id = :id", id=order.item_id)
        else:
            await db.execute(
                "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:o, :c, :a)",
                o=order.id, c=charge.id, a=order.total_cents)


@app.every(30)
async def sweep():
    for order in await db.fetch_all("SELECT * FROM orders WHERE status = 'pending'"):
        found = await payments.find(idempotency_key=key_of(order))
        try:
            charge = found[0] if found else await payments.charge(
                amount=order.total_cents, card=order.card, idempotency_key=key_of(order))
        except CardDeclined:
            await close(order, "cancelled")
        except Timeout:
            continue
        else:
            await close(order, "confirmed", charge)
