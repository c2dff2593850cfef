from backend import HTTPError, app, db


@app.post("/sales")
async def sell(request):
    item = await db.fetch_one("SELECT * FROM items WHERE id = :id", id=request.json["item"])
    if item.stock < 1:
        raise HTTPError(409, "sold out")
    await db.execute("UPDATE items SET stock = :left WHERE id = :id", left=item.stock - 1, id=item.id)
