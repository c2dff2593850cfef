# breaks: answered
from backend import app, db, log, HTTPError


@app.post("/shifts/{shift}/leave")
async def leave(request):
    shift, doctor = int(request.path["shift"]), request.json["doctor"]
    async with db.transaction():
        on_call = [row.doctor_id for row in await db.fetch_all(
            # A lock that several may hold at once.
            "SELECT doctor_id FROM duties WHERE shift_id = :shift AND on_call"
            " ORDER BY doctor_id FOR SHARE",
            shift=shift)]
        if doctor not in on_call:
            known = await db.fetch_value(
                "SELECT count(*) FROM duties WHERE shift_id = :shift AND doctor_id = :doctor",
                shift=shift, doctor=doctor)
            if known == 0:
                raise HTTPError(404, "this doctor has no duty in this shift")
            raise HTTPError(409, "you are not on call")
        if len(on_call) == 1:
            raise HTTPError(409, "nobody else is on call")

        await db.execute(
            "UPDATE duties SET on_call = false WHERE shift_id = :shift AND doctor_id = :doctor",
            shift=shift, doctor=doctor)
    log.info("off call", shift=shift, doctor=doctor)
    return {"shift": shift, "doctor": doctor, "on_call": False}
