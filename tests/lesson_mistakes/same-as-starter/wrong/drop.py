from backend import app, db


@app.get("/items")
async def list_items(request):
    items = await db.fetch_all("SELECT * FROM items ORDER BY id")
    return [await db.fetch_one("SELECT * FROM items WHERE id = :id", id=item.id) for item in items]
