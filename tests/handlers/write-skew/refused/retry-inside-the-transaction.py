# breaks: answered
from backend import app, db, log, HTTPError, SerializationFailure


@app.post("/shifts/{shift}/leave")
async def leave(request):
    shift, doctor = int(request.path["shift"]), request.json["doctor"]
    async with db.transaction(isolation="serializable"):
        for attempt in range(3):
            try:
                await go_off_call(shift, doctor)
                break
            except SerializationFailure:
                log.info("again", attempt=attempt)
    log.info("off call", shift=shift, doctor=doctor)
    return {"shift": shift, "doctor": doctor, "on_call": False}


async def go_off_call(shift, doctor):
    duty = await db.fetch_one(
        "SELECT * FROM duties WHERE shift_id = :shift AND doctor_id = :doctor",
        shift=shift, doctor=doctor)
    if duty is None:
        raise HTTPError(404, "this doctor has no duty in this shift")
    if not duty.on_call:
        raise HTTPError(409, "you are not on call")

    on_call = await db.fetch_value(
        "SELECT count(*) FROM duties WHERE shift_id = :shift AND on_call", shift=shift)
    if on_call == 1:
        raise HTTPError(409, "nobody else is on call")

    await db.execute(
        "UPDATE duties SET on_call = false WHERE shift_id = :shift AND doctor_id = :doctor",
        shift=shift, doctor=doctor)
