from backend import app, http


@app.client
async def buy(user):
    response = await http.post(
        "/checkout", json={"item_id": user.data["item_id"], "card": user.data["card"]}, timeout=30)
    return response.json
