"""threading for one event loop: a lock that is held raises, because waiting would stop the whole process."""


class Lock:
    def __init__(self):
        self._locked = False

    def acquire(self, blocking=True, timeout=-1):
        if self._locked:
            if not blocking:
                return False
            raise RuntimeError(
                "threading.Lock is held by another task: waiting here would stop the whole process for ever; "
                "use asyncio.Lock"
            )
        self._locked = True
        return True

    def release(self):
        if not self._locked:
            raise RuntimeError("release unlocked lock")
        self._locked = False

    def locked(self):
        return self._locked

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, error, traceback):
        self.release()


class RLock:
    def __init__(self):
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        self._count += 1
        return True

    def release(self):
        if self._count == 0:
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, error, traceback):
        self.release()


class local:
    pass


class Thread:
    def __init__(self, *args, **options):
        raise RuntimeError("there are no threads here: use asyncio.create_task")


class _MainThread:
    name = "MainThread"
    ident = native_id = 1
    daemon = False

    def is_alive(self):
        return True


_main = _MainThread()


def get_ident():
    return 1


get_native_id = get_ident


def current_thread():
    return _main


main_thread = current_thread
