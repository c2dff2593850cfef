from backend import app, http


# Flatmates settle the month: 1 pays 2 while 2 pays 1, 3 pays 4 while 4 pays 3, and so on.
@app.client
async def settle_up(user):
    account = (user.data.number - 1) % 20 + 1
    flatmate = account + 1 if account % 2 == 1 else account - 1
    response = await http.post("/transfers", json={
        "from": account,
        "to": flatmate,
        "amount": user.data.amount,
    })
    return "paid" if response.status == 200 else f"failed with {response.status}"
