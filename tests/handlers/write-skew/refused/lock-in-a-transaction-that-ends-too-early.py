# breaks: always_covered
from backend import app, db, log, HTTPError


async def others_of(shift, doctor):
    async with db.transaction():
        await db.fetch_one("SELECT id FROM shifts WHERE id = :shift FOR UPDATE", shift=shift)
        return await db.fetch_value(
            "SELECT count(*) FROM duties"
            " WHERE shift_id = :shift AND doctor_id <> :doctor AND on_call",
            shift=shift, doctor=doctor)


@app.post("/shifts/{shift}/leave")
async def leave(request):
    shift, doctor = int(request.path["shift"]), request.json["doctor"]
    duty = await db.fetch_one(
        "SELECT * FROM duties WHERE shift_id = :shift AND doctor_id = :doctor",
        shift=shift, doctor=doctor)
    if duty is None:
        raise HTTPError(404, "this doctor has no duty in this shift")
    if not duty.on_call:
        raise HTTPError(409, "you are not on call")

    if await others_of(shift, doctor) == 0:
        raise HTTPError(409, "nobody else is on call")

    await db.execute(
        "UPDATE duties SET on_call = false WHERE shift_id = :shift AND doctor_id = :doctor",
        shift=shift, doctor=doctor)
    log.info("off call", shift=shift, doctor=doctor)
    return {"shift": shift, "doctor": doctor, "on_call": False}
