from backend import app, db


@app.get("/items")
async def list_items(request):
    return await db.fetch_all("SELECT * FROM items ORDER BY id")
