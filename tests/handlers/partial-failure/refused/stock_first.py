# breaks: no_lost_money
from backend import app, db, payments, CardDeclined, HTTPError, Response


@app.post("/checkout")
async def checkout(request):
    item_id, card = request.json["item_id"], request.json["card"]
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item_id)
    if item is None:
        raise HTTPError(404, "no such item")
    taken = await db.execute("UPDATE items SET stock = stock - 1 WHERE id = :id AND stock > 0", id=item.id)
    if not taken:
        raise HTTPError(409, "sold out")
    try:
        charge = await payments.charge(amount=item.price_cents, card=card)
    except CardDeclined:
        await db.execute("UPDATE items SET stock = stock + 1 WHERE id = :id", id=item.id)
        raise HTTPError(402, "declined")
    async with db.transaction():
        order_id = await db.fetch_value(
            "INSERT INTO orders (item_id, card, total_cents, status) VALUES (:i, :c, :t, 'confirmed') RETURNING id",
            i=item.id, c=card, t=item.price_cents)
        await db.execute(
            "INSERT INTO payments (order_id, charge_id, amount_cents) VALUES (:o, :c, :a)",
            o=order_id, c=charge.id, a=item.price_cents)
    return Response({"order": order_id, "status": "confirmed"}, status=201)
