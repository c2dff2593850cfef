from backend import app, http, ConnectionLost, Timeout


@app.client
async def pay(user):
    purchase = {"order_id": user.data["order_id"], "card": user.data["card"]}
    try:
        response = await http.post("/payments", json=purchase, timeout=2)
    except (Timeout, ConnectionLost):
        return "Something went wrong. Please try again later."
    return response.json
