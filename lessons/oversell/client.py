from backend import app, http


@app.client
async def buy(user):
    response = await http.post("/orders", json={
        "item": user.data.item,
        "quantity": user.data.quantity,
        "customer": user.data.name,
    })
    return "confirmed" if response.status == 200 else f"refused with {response.status}"
