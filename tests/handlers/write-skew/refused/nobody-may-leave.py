# breaks: budget, one of two can leave
from backend import app, db, log, HTTPError


@app.post("/shifts/{shift}/leave")
async def leave(request):
    shift, doctor = int(request.path["shift"]), request.json["doctor"]
    raise HTTPError(409, "please ask the head of the ward")
