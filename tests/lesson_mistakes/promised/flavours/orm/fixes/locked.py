from backend import app
from backend.orm import Model


class Item(Model):
    table = "items"


@app.post("/sales")
async def sell(request):
    item = await Item.select_for_update().get(id=request.json["item"])
    item.stock -= 1
    await item.save()
