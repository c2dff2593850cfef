"""What the library takes from _thread."""
from threading import Lock as LockType
from threading import RLock, get_ident

allocate_lock = LockType


def start_new_thread(*args, **options):
    raise RuntimeError("there are no threads here: use asyncio.create_task")
