import functools

from backend import app, db, log, HTTPError, SerializationFailure


def serializable(attempts):
    def wrap(handler):
        @functools.wraps(handler)
        async def again(*given):
            for _ in range(attempts):
                try:
                    async with db.transaction(isolation="serializable"):
                        return await handler(*given)
                except SerializationFailure as error:
                    log.warning("again", reason=str(error))
            raise HTTPError(503, "please try again")
        return again
    return wrap


@app.post("/shifts/{shift}/leave")
@serializable(attempts=4)
async def leave(request):
    shift, doctor = int(request.path["shift"]), request.json["doctor"]
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
    return {"shift": shift, "doctor": doctor, "on_call": False}
