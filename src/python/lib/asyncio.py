"""asyncio on the simulator's clock: tasks, sleeping and locks, built on parking and waking.

A waiting task is parked on a key until another task wakes that key or its time-out passes. Nothing here
decides an order: the simulator does, step by step.
"""
import _host

TimeoutError = TimeoutError
QueueEmpty = type("QueueEmpty", (Exception,), {})
QueueFull = type("QueueFull", (Exception,), {})
FIRST_COMPLETED = "FIRST_COMPLETED"
FIRST_EXCEPTION = "FIRST_EXCEPTION"
ALL_COMPLETED = "ALL_COMPLETED"


class CancelledError(BaseException):
    pass


class InvalidStateError(Exception):
    pass


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"asyncio.{name} is not here; there are sleep, create_task, gather, wait, wait_for, timeout, TaskGroup, "
        "Lock, Semaphore, Event, Condition and Queue"
    )


def _park(key, seconds=None):
    return _host.call("asyncio.park", (key, seconds), {})


class _Waiters:
    """Those who wait for one thing, first come, first served."""

    __slots__ = ("keys",)

    def __init__(self):
        self.keys = []

    async def wait(self, seconds=None):
        key = _host.new_key()
        self.keys.append(key)
        try:
            return await _park(key, seconds)
        except BaseException:
            if key not in self.keys:
                # Woken and cancelled before it could go on: the wake is the next one's.
                self.wake_one()
            raise
        finally:
            if key in self.keys:
                self.keys.remove(key)

    def wake_one(self):
        if self.keys:
            _host.wake(self.keys.pop(0))

    def wake_all(self):
        keys, self.keys = self.keys, []
        for key in keys:
            _host.wake(key)


class _Sleep:
    __slots__ = ("call", "result")

    def __init__(self, call, result):
        self.call = call
        self.result = result

    def __await__(self):
        yield from self.call.__await__()
        return self.result


def sleep(delay, result=None):
    call = _host.call("asyncio.sleep", (delay,), {})
    return call if result is None else _Sleep(call, result)


async def _drive(awaitable):
    return await awaitable


def _is_coroutine(obj):
    return type(obj).__name__ == "coroutine"


def iscoroutine(obj):
    return _is_coroutine(obj)


def iscoroutinefunction(function):
    return bool(getattr(getattr(function, "__code__", None), "co_flags", 0) & 0x80)


def isfuture(obj):
    return isinstance(obj, Task)


class Task:
    """A coroutine that runs beside its creator."""

    def __init__(self, coroutine, *, name=None):
        self._result = None
        self._exception = None
        self._done = False
        self._told = False
        self._cancel_requests = 0
        self._callbacks = []
        self._waiters = _Waiters()
        self._coroutine = coroutine
        self._number = _host.spawn(coroutine, self)
        self._name = f"Task-{self._number}" if name is None else str(name)

    def __repr__(self):
        return f"<Task {self._name} {'finished' if self._done else 'pending'}>"

    def _finish(self, result, error):
        self._done = True
        self._result = result
        self._exception = error
        self._coroutine = None
        if isinstance(error, CancelledError):
            self._told = True
        self._waiters.wake_all()
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)

    def __del__(self):
        if self._done and self._exception is not None and not self._told:
            _host.note(
                f"a task ended with {type(self._exception).__name__}, and nobody awaited it: "
                "the exception was lost"
            )

    def __await__(self):
        while not self._done:
            yield from self._waiters.wait().__await__()
        return self.result()

    def done(self):
        return self._done

    def cancelled(self):
        return self._done and isinstance(self._exception, CancelledError)

    def cancelling(self):
        return self._cancel_requests

    def uncancel(self):
        self._cancel_requests = max(0, self._cancel_requests - 1)
        return self._cancel_requests

    def cancel(self, msg=None):
        if self._done:
            return False
        self._cancel_requests += 1
        _host.cancel(self._number)
        return True

    def result(self):
        if not self._done:
            raise InvalidStateError("Result is not set.")
        self._told = True
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self):
        if not self._done:
            raise InvalidStateError("Exception is not set.")
        self._told = True
        if isinstance(self._exception, CancelledError):
            raise self._exception
        return self._exception

    def add_done_callback(self, callback, *, context=None):
        if self._done:
            callback(self)
        else:
            self._callbacks.append(callback)

    def get_name(self):
        return self._name

    def set_name(self, name):
        self._name = str(name)

    def get_coro(self):
        return self._coroutine


Future = Task


def create_task(coro, *, name=None, context=None):
    if not _is_coroutine(coro):
        raise TypeError(f"a coroutine was expected, got {coro!r}")
    return Task(coro, name=name)


def ensure_future(awaitable):
    if isinstance(awaitable, Task):
        return awaitable
    if _is_coroutine(awaitable):
        return Task(awaitable)
    if not hasattr(awaitable, "__await__"):
        raise TypeError(f"An asyncio.Future, a coroutine or an awaitable is required, got {awaitable!r}")
    _host.hand_over(awaitable)
    return Task(_drive(awaitable))


def current_task():
    handle = _host.handle()
    if handle is None and _host.running() is not None:
        handle = _Root()
        _host.set_handle(handle)
    return handle


class _Root(Task):
    """The handle of a task that the simulator started."""

    def __init__(self):
        self._result = self._exception = self._coroutine = None
        self._done = False
        self._told = True
        self._cancel_requests = 0
        self._callbacks = []
        self._waiters = _Waiters()
        self._number = _host.running()
        self._name = "main"


class _Gathering:
    __slots__ = ("tasks", "return_exceptions")

    def __init__(self, tasks, return_exceptions):
        self.tasks = tasks
        self.return_exceptions = return_exceptions

    def failed(self):
        if self.return_exceptions:
            return None
        for task in self.tasks:
            if task._done and task._exception is not None:
                return task
        return None

    async def wait(self):
        waiters = _Waiters()

        def wake(task):
            waiters.wake_all()

        for task in self.tasks:
            task.add_done_callback(wake)
        try:
            while True:
                failed = self.failed()
                if failed is not None:
                    for task in self.tasks:
                        task._told = True
                    return failed.result()
                if all(task._done for task in self.tasks):
                    return [self.outcome(task) for task in self.tasks]
                await waiters.wait()
        except CancelledError:
            for task in self.tasks:
                task.cancel()
            raise

    def outcome(self, task):
        if self.return_exceptions and task._exception is not None:
            task._told = True
            return task._exception
        return task.result()


class _Gather:
    """What `gather` returns: its tasks exist from the moment it is called."""

    __slots__ = ("gathering",)

    def __init__(self, gathering):
        self.gathering = gathering

    def __await__(self):
        return self.gathering.wait().__await__()


def gather(*aws, return_exceptions=False):
    tasks = []
    for aw in aws:
        tasks.append(ensure_future(aw))
    return _Gather(_Gathering(tasks, return_exceptions))


async def wait(aws, *, timeout=None, return_when=ALL_COMPLETED):
    tasks = [ensure_future(aw) for aw in aws]
    waiters = _Waiters()
    for task in tasks:
        task.add_done_callback(lambda task: waiters.wake_all())

    def enough():
        done = [task for task in tasks if task._done]
        if len(done) == len(tasks) or done and return_when == FIRST_COMPLETED:
            return True
        return return_when == FIRST_EXCEPTION and any(task._exception is not None for task in done)

    while not enough():
        if not await waiters.wait(timeout):
            break
    return {task for task in tasks if task._done}, {task for task in tasks if not task._done}


async def _wait_for(task, seconds):
    waiters = _Waiters()
    task.add_done_callback(lambda task: waiters.wake_all())
    try:
        if not task._done:
            await waiters.wait(seconds)
        if task._done:
            return task.result()
    except CancelledError:
        task.cancel()
        raise
    task.cancel()
    while not task._done:
        await waiters.wait()
    task._told = True
    if task._exception is None:
        return task._result
    if isinstance(task._exception, CancelledError):
        raise TimeoutError
    raise task._exception


async def _wait_forever(aw):
    return await aw


def wait_for(fut, timeout):
    if timeout is None:
        return _wait_forever(ensure_future(fut))
    return _wait_for(ensure_future(fut), timeout)


async def shield(aw):
    return await ensure_future(aw)


class Timeout:
    """`async with asyncio.timeout(seconds)`: cancels the body when the time is over."""

    def __init__(self, seconds):
        self._seconds = seconds
        self._expired = False
        self._watcher = None

    def expired(self):
        return self._expired

    async def _watch(self, owner):
        await sleep(self._seconds)
        self._expired = True
        owner.cancel()

    async def __aenter__(self):
        if self._seconds is not None:
            self._watcher = create_task(self._watch(current_task()))
        return self

    async def __aexit__(self, kind, error, traceback):
        if self._watcher is not None and not self._watcher._done:
            self._watcher.cancel()
        if self._expired and isinstance(error, CancelledError):
            current_task().uncancel()
            raise TimeoutError from error
        return False


def timeout(delay):
    return Timeout(delay)


class TaskGroup:
    """`async with asyncio.TaskGroup() as group`: waits for all of its tasks, cancels the rest if one fails."""

    def __init__(self):
        self._tasks = []

    async def __aenter__(self):
        return self

    def create_task(self, coro, *, name=None, context=None):
        task = create_task(coro, name=name)
        self._tasks.append(task)
        return task

    async def __aexit__(self, kind, error, traceback):
        errors = []
        if error is not None:
            self._cancel_all()
        waiters = _Waiters()
        seen = 0
        while True:
            for task in self._tasks[seen:]:
                task.add_done_callback(lambda task: waiters.wake_all())
            seen = len(self._tasks)
            failed = [task for task in self._tasks if task._done and self._failure(task) is not None]
            if failed and not errors:
                self._cancel_all()
            errors = [self._failure(task) for task in failed]
            if all(task._done for task in self._tasks):
                break
            await waiters.wait()
        for task in self._tasks:
            task._told = True
        if errors:
            if error is not None and not isinstance(error, CancelledError):
                errors.insert(0, error)
            raise BaseExceptionGroup("unhandled errors in a TaskGroup", errors)
        return False

    def _failure(self, task):
        return None if isinstance(task._exception, CancelledError) else task._exception

    def _cancel_all(self):
        for task in self._tasks:
            task.cancel()


class Lock:
    def __init__(self):
        self._locked = False
        self._waiters = _Waiters()

    def locked(self):
        return self._locked

    async def acquire(self):
        while self._locked:
            await self._waiters.wait()
        self._locked = True
        return True

    def release(self):
        if not self._locked:
            raise RuntimeError("Lock is not acquired.")
        self._locked = False
        self._waiters.wake_one()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, kind, error, traceback):
        self.release()


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("Semaphore initial value must be >= 0")
        self._value = value
        self._waiters = _Waiters()

    def locked(self):
        return self._value == 0

    async def acquire(self):
        while self._value <= 0:
            await self._waiters.wait()
        self._value -= 1
        return True

    def release(self):
        self._value += 1
        self._waiters.wake_one()

    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, kind, error, traceback):
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        super().__init__(value)
        self._bound = value

    def release(self):
        if self._value >= self._bound:
            raise ValueError("BoundedSemaphore released too many times")
        super().release()


class Event:
    def __init__(self):
        self._set = False
        self._waiters = _Waiters()

    def is_set(self):
        return self._set

    def set(self):
        self._set = True
        self._waiters.wake_all()

    def clear(self):
        self._set = False

    async def wait(self):
        while not self._set:
            await self._waiters.wait()
        return True


class Condition:
    def __init__(self, lock=None):
        self._lock = Lock() if lock is None else lock
        self._waiters = _Waiters()
        self.acquire = self._lock.acquire
        self.release = self._lock.release
        self.locked = self._lock.locked

    async def wait(self):
        self._lock.release()
        try:
            await self._waiters.wait()
        finally:
            await self._lock.acquire()
        return True

    async def wait_for(self, predicate):
        result = predicate()
        while not result:
            await self.wait()
            result = predicate()
        return result

    def notify(self, n=1):
        for _ in range(n):
            self._waiters.wake_one()

    def notify_all(self):
        self._waiters.wake_all()

    async def __aenter__(self):
        await self._lock.acquire()

    async def __aexit__(self, kind, error, traceback):
        self._lock.release()


class Queue:
    def __init__(self, maxsize=0):
        self.maxsize = maxsize
        self._items = []
        self._unfinished = 0
        self._getters = _Waiters()
        self._putters = _Waiters()
        self._joiners = _Waiters()

    def qsize(self):
        return len(self._items)

    def empty(self):
        return not self._items

    def full(self):
        return 0 < self.maxsize <= len(self._items)

    async def put(self, item):
        while self.full():
            await self._putters.wait()
        self.put_nowait(item)

    def put_nowait(self, item):
        if self.full():
            raise QueueFull
        self._items.append(item)
        self._unfinished += 1
        self._getters.wake_one()

    async def get(self):
        while not self._items:
            await self._getters.wait()
        return self.get_nowait()

    def get_nowait(self):
        if not self._items:
            raise QueueEmpty
        item = self._items.pop(0)
        self._putters.wake_one()
        return item

    def task_done(self):
        if self._unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self._unfinished -= 1
        if not self._unfinished:
            self._joiners.wake_all()

    async def join(self):
        while self._unfinished:
            await self._joiners.wait()


async def to_thread(function, /, *args, **keywords):
    return function(*args, **keywords)


def run(main, *, debug=None):
    if _is_coroutine(main):
        main.close()
    raise RuntimeError(
        "asyncio.run() cannot be called from a running event loop: the server already runs one; use `await`"
    )


def get_event_loop():
    raise RuntimeError("the event loop belongs to the server: use `await`, asyncio.create_task and asyncio.gather")


get_running_loop = new_event_loop = get_event_loop
