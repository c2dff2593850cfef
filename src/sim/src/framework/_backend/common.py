"""What the parts of the framework share: answers to unknown names, and calls with work around them.

The class of an object that learners import is called like the object, so that Python's own messages name it as
learners do.
"""

import _host


class Named:
    """What learners reach by a name. A name that is not there is answered with those that are."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        there = ", ".join(known for known in dir(type(self)) if not known.startswith("_"))
        raise AttributeError(f"{type(self).__name__} has no {name!r}; it has {there}")


def unknown(name):
    """Answers `from backend import name` for a name that is not there."""
    if name == "orm":
        return __import__("backend.orm", None, None, ("",))
    if name.startswith("_"):
        raise AttributeError(name)
    raise ImportError(
        f"backend has no {name!r}; it has app, db, payments, http, queue, cache, mail, log, metrics, Response, "
        "HTTPError and the other exceptions; Model, fields, F and Q are in backend.orm"
    )


class Opens:
    """A method whose result is used with `async with`, which is answered when its parentheses are missing."""

    def __init__(self, function):
        self._function = function

    def __get__(self, holder, kind=None):
        return self if holder is None else Unopened(self._function.__get__(holder))


class Unopened:
    """The method, not called yet."""

    __slots__ = ("_function",)

    def __init__(self, function):
        self._function = function

    def __call__(self, *args, **named):
        return self._function(*args, **named)

    def _wrong(self):
        text = self._function.__qualname__
        return TypeError(f"write `async with {text}():` with the parentheses, and put the statements inside of it")

    def __enter__(self):
        raise self._wrong()

    def __exit__(self, kind, error, trace):
        pass

    def __aenter__(self):
        raise self._wrong()

    def __aexit__(self, kind, error, trace):
        pass


class Then:
    """A call whose answer is turned into something else."""

    __slots__ = ("_call", "_turn")

    def __init__(self, call, turn):
        self._call = call
        self._turn = turn

    def __await__(self):
        return self._turn((yield from self._call.__await__()))

    def __getattr__(self, name):
        return getattr(self._call, name)

    def __bool__(self):
        return bool(self._call)

    def __getitem__(self, key):
        return self._call[key]

    def __iter__(self):
        return iter(self._call)

    def __plain__(self):
        return self._call

    def __repr__(self):
        return repr(self._call)


class Doing:
    """A piece of work of any number of calls, none before it is awaited. Its place is where it was made."""

    __slots__ = ("_work", "_text", "_place", "_awaited")

    def __init__(self, text, work):
        self._awaited = False
        self._text = text
        self._work = work
        self._place = _host.place()

    def __await__(self):
        self._awaited = True
        return self._work(self._place).__await__()

    def _misused(self):
        line = f" on line {self._place[1]}" if self._place else ""
        return TypeError(
            f"`{self._text}`{line} was created but not awaited: put `await` before it to get its result"
        )

    def __del__(self):
        if not self._awaited:
            line = f" on line {self._place[1]}" if self._place else ""
            _host.warn(f"`{self._text}`{line} was created but never awaited: nothing was sent", self._place)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._misused()

    def __bool__(self):
        raise self._misused()

    def __getitem__(self, key):
        raise self._misused()

    def __iter__(self):
        raise self._misused()

    def __plain__(self):
        raise self._misused()

    def __repr__(self):
        return f"<{self._text}, not awaited>"


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def checked_number(what, value, least=0):
    """Returns a number that is not below `least`; anything else is answered with a sentence."""
    if not is_number(value):
        raise TypeError(f"{what} is a number, not {value!r}")
    if not value >= least:
        raise ValueError(f"{what} cannot be below {least}: got {value!r}")
    return value


def checked_text(what, value):
    if not isinstance(value, str):
        raise TypeError(f"{what} is a text, not {value!r}")
    return value
