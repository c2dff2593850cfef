from backend import app, db, log

# Renamed, reformatted, with a helper, a counter and a log line: none of it changes what it does.
calls = 0


def shaped(row):
    return dict(row)


@app.get("/orders")
async def everything(req):
    global calls
    calls += 1
    async with db.transaction():
        found = await db.fetch_all(
            "select o.*, c.name as customer from orders o left join customers c on o.customer_id = c.id order by o.id")
    log.info("orders listed", calls=calls, rows=len(found))
    print("done")
    return [shaped(row) for row in found]
