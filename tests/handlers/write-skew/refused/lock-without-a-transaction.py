# breaks: always_covered
from backend import app, db, log, HTTPError


@app.post("/shifts/{shift}/leave")
async def leave(request):
    shift, doctor = int(request.path["shift"]), request.json["doctor"]
    await db.fetch_one("SELECT id FROM shifts WHERE id = :shift FOR UPDATE", shift=shift)
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
    log.info("off call", shift=shift, doctor=doctor)
    return {"shift": shift, "doctor": doctor, "on_call": False}
