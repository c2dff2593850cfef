from backend import app, db, HTTPError


class Busy(Exception):
    pass


class OrderService:
    max_tries = 10

    def __init__(self, database):
        self.database = database

    async def place(self, item_id, customer, quantity):
        tries = 0
        while tries < self.max_tries:
            tries += 1
            try:
                return await self.try_once(item_id, customer, quantity)
            except Busy:
                pass
        raise HTTPError(503, "busy, please try again")

    async def try_once(self, item_id, customer, quantity):
        async with self.database.transaction():
            seen = await self.database.fetch_value("SELECT stock FROM items WHERE id = :id", id=item_id)
            if seen is None:
                raise HTTPError(404, "no such item")
            if seen < quantity:
                raise HTTPError(409, "sold out")
            count = await self.database.execute(
                "UPDATE items SET stock = :new WHERE id = :id AND stock = :seen",
                new=seen - quantity, id=item_id, seen=seen)
            if count != 1:
                raise Busy()
            return await self.database.fetch_value(
                "INSERT INTO orders (item_id, customer, quantity) VALUES (:i, :c, :q) RETURNING id",
                i=item_id, c=customer, q=quantity)


service = OrderService(db)


@app.post("/orders")
async def create_order(request):
    body = request.json
    if not isinstance(body["quantity"], int) or body["quantity"] < 1:
        raise HTTPError(422, "quantity must be a whole number from 1")
    return {"order": await service.place(body["item"], body["customer"], body["quantity"])}
