from backend import app, db, log, payments, HTTPError, Response


@app.post("/checkout")
async def checkout(request):
    item_id, card = request.json.get("item_id"), request.json.get("card")
    if not isinstance(item_id, int) or not card:
        raise HTTPError(400, "item_id and card are needed")
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
    if item is None:
        raise HTTPError(404, f"there is no item {item_id}")

    order = await reserve(item, card)
    try:
        charge = await payments.charge(
            amount=order.total_cents, card=card, idempotency_key=f"order-{order.id}")
    except Exception as error:
        log.warning("not paid, the item goes back to the shelf", order=order.id, error=str(error))
        await cancel(order)
        raise HTTPError(402, "the payment did not work")
    await confirm(order, charge)
    return Response({"order": order.id, "status": "confirmed"}, status=201)


async def reserve(item, card):
    async with db.transaction():
        reserved = await db.execute(
            "UPDATE items SET stock = stock - 1 WHERE id = :id AND stock >= 1", id=item.id)
        if not reserved:
            raise HTTPError(409, "sold out")
        return await db.fetch_one(
            """
            INSERT INTO orders (item_id, card, total_cents, status)
            VALUES (:item, :card, :total, 'pending')
            RETURNING *
            """,
            item=item.id, card=card, total=item.price_cents)


async def confirm(order, charge):
    async with db.transaction():
        await db.execute("UPDATE orders SET status = 'confirmed' WHERE id = :id", id=order.id)
        await db.execute(
            "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:order, :charge, :amount)",
            order=order.id, charge=charge.id, amount=order.total_cents)


async def cancel(order):
    async with db.transaction():
        await db.execute("UPDATE orders SET status = 'cancelled' WHERE id = :id", id=order.id)
        await db.execute("UPDATE items SET stock = stock + 1 WHERE id = :id", id=order.item_id)
