"""What learners import: the objects of one process. It runs once for each process, so it only makes them.

What they do is in `_backend`, which all processes share.
"""

from _backend.common import unknown as __getattr__
from _backend.database import db
from _backend.errors import *
from _backend.errors import __all__ as _errors
from _backend.observe import log, metrics
from _backend.services import cache, http, mail, payments, queue
from _backend.web import Request, Response, app

__all__ = [
    "app", "db", "payments", "http", "queue", "cache", "mail", "log", "metrics", "Request", "Response", *_errors
]

app = app()
db = db()
payments = payments()
http = http()
queue = queue()
cache = cache()
mail = mail()
log = log()
metrics = metrics()

serve = app._serve
operate = app._operate
work = app._work
run_job = app._job
registered = app._registered
