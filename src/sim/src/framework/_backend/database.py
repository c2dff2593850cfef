"""`db`: statements and transactions."""

import _host

from _backend.common import Named, Opens


class _Block:
    """What is used with `async with`. Anything else is answered with what to write."""

    _entered = False

    def __init__(self, text):
        self._text = text
        self._place = _host.place()

    def _wrong(self):
        self._entered = True
        return TypeError(f"write `async with {self._text}:` and put the statements inside of it")

    def __await__(self):
        raise self._wrong()

    def __enter__(self):
        raise self._wrong()

    def __exit__(self, kind, error, trace):
        pass

    def __call__(self, *args, **named):
        raise self._wrong()

    def __del__(self):
        if not self._entered:
            line = f" on line {self._place[1]}" if self._place else ""
            _host.warn(
                f"`{self._text}`{line} did nothing: write `async with {self._text}:` and put the statements "
                "inside of it",
                self._place,
            )


class Transaction(_Block):
    def __init__(self, isolation="read committed", read_only=False, text="db.transaction()"):
        super().__init__(text)
        self._isolation = isolation
        self._read_only = read_only

    async def __aenter__(self):
        self._entered = True
        await _host.call("db.begin", (self._isolation, self._read_only), {}, self._place)
        return self

    async def __aexit__(self, kind, error, trace):
        await _host.call("db.commit" if kind is None else "db.rollback", (), {}, self._place)
        return False

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(
            f"a transaction has no {name!r}: it commits at the end of its `async with`, and rolls back when an "
            "exception leaves it; statements are sent with db"
        )


class Connection(_Block):
    def __init__(self, db):
        super().__init__("db.connection()")
        self._db = db

    async def __aenter__(self):
        self._entered = True
        await _host.call("db.acquire", (), {}, self._place)
        return self._db

    async def __aexit__(self, kind, error, trace):
        await _host.call("db.give_back", (), {}, self._place)
        return False


def _parameters(positional, named):
    """Three habits, one meaning: :id by keyword, :id in a dict, $1 by position."""
    if not positional:
        return named
    if len(positional) == 1 and isinstance(positional[0], dict):
        return {**positional[0], **named}
    return {**{str(number): value for number, value in enumerate(positional, 1)}, **named}


class db(Named):
    def fetch_all(self, sql, /, *positional, **named):
        return _host.call("db.fetch_all", (sql,), _parameters(positional, named))

    def fetch_one(self, sql, /, *positional, **named):
        return _host.call("db.fetch_one", (sql,), _parameters(positional, named))

    def fetch_value(self, sql, /, *positional, **named):
        return _host.call("db.fetch_value", (sql,), _parameters(positional, named))

    def execute(self, sql, /, *positional, **named):
        return _host.call("db.execute", (sql,), _parameters(positional, named))

    @Opens
    def transaction(self, isolation="read committed", read_only=False):
        return Transaction(isolation, read_only)

    @Opens
    def connection(self):
        return Connection(self)
