from backend import app, http


@app.client
async def buy(user):
    response = await http.post("/orders", json={
        "product": user.data.product,
        "quantity": user.data.quantity,
        "customer": user.data.name,
    })
    return "confirmed" if response.status == 200 else f"failed with {response.status}"
