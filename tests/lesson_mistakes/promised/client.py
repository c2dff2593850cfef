from backend import app, http


@app.client
async def buy(user):
    return await http.post("/sales", json={"item": user.data["item"]})
