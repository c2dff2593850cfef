from backend import app, db, HTTPError

TAKE = """
    UPDATE items SET stock = items.stock - :n
    WHERE id = :id AND items.stock - :n >= 0
    RETURNING id, name, stock
"""


@app.post("/orders")
async def order(request):
    data = request.json
    n = data["quantity"]
    if not isinstance(n, int) or n < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    if await db.fetch_value("SELECT count(*) FROM items WHERE id = :id", id=data["item"]) == 0:
        raise HTTPError(404, "no such item")
    async with db.transaction():
        taken = await db.fetch_one(TAKE, id=data["item"], n=n)
        if not taken:
            raise HTTPError(409, "sold out")
        row = await db.fetch_one(
            "INSERT INTO orders (item_id, customer, quantity) VALUES (:id, :who, :n) RETURNING *",
            id=taken.id, who=data["customer"], n=n)
    return {"order": row["id"]}
