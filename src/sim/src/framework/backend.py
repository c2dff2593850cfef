"""What learners import. It turns each awaited call into one call of the simulator and decides nothing."""

import _host


class HTTPError(Exception):
    def __init__(self, status, detail=""):
        super().__init__(detail)
        self.status = status
        self.detail = detail


class DatabaseError(Exception):
    def __init__(self, message="", sqlstate="XX000", detail=None, hint=None, position=None, statement=None):
        super().__init__(message)
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint
        self.position = position
        self.statement = statement


class IntegrityError(DatabaseError):
    pass


class UniqueViolation(IntegrityError):
    pass


class ForeignKeyViolation(IntegrityError):
    pass


class CheckViolation(IntegrityError):
    pass


class NotNullViolation(IntegrityError):
    pass


class DeadlockDetected(DatabaseError):
    pass


class SerializationFailure(DatabaseError):
    pass


class LockNotAvailable(DatabaseError):
    pass


class QueryCanceled(DatabaseError):
    pass


class SyntaxOrAccessError(DatabaseError):
    pass


class Response:
    def __init__(self, body=None, status=200, headers=None):
        self.body = body
        self.status = status
        self.headers = dict(headers or {})


class Request:
    def __init__(self, data):
        self.id = data["id"]
        self.method = data["method"]
        self.url = data["path"]
        self.path = {}
        self.query = data["query"]
        self.headers = data["headers"]
        self.json = data["json"]

    def __repr__(self):
        return f"<Request {self.method} {self.url}>"


class _Transaction:
    def __init__(self, isolation, read_only):
        self._isolation = isolation
        self._read_only = read_only

    async def __aenter__(self):
        await _host.call("db.begin", (self._isolation, self._read_only), {})
        return self

    async def __aexit__(self, kind, error, trace):
        await _host.call("db.commit" if kind is None else "db.rollback", (), {})
        return False


def _parameters(positional, named):
    """Three habits, one meaning: :id by keyword, :id in a dict, $1 by position."""
    if not positional:
        return named
    if len(positional) == 1 and isinstance(positional[0], dict):
        return {**positional[0], **named}
    return {**{str(number): value for number, value in enumerate(positional, 1)}, **named}


class _Named:
    """What learners reach by a name. A name that is not there is answered with those that are."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        there = ", ".join(known for known in dir(type(self)) if not known.startswith("_"))
        raise AttributeError(f"{self._name} has no {name!r}; it has {there}")


class _Database(_Named):
    _name = "db"

    def fetch_all(self, sql, /, *positional, **named):
        return _host.call("db.fetch_all", (sql,), _parameters(positional, named))

    def fetch_one(self, sql, /, *positional, **named):
        return _host.call("db.fetch_one", (sql,), _parameters(positional, named))

    def fetch_value(self, sql, /, *positional, **named):
        return _host.call("db.fetch_value", (sql,), _parameters(positional, named))

    def execute(self, sql, /, *positional, **named):
        return _host.call("db.execute", (sql,), _parameters(positional, named))

    def transaction(self, isolation="read committed", read_only=False):
        return _Transaction(isolation, read_only)


class _Log(_Named):
    _name = "log"

    def _write(self, level, text, fields):
        print(level, text, *(f"{name}={value!r}" for name, value in fields.items()))

    def info(self, text, /, **fields):
        self._write("INFO", text, fields)

    def warning(self, text, /, **fields):
        self._write("WARNING", text, fields)

    def error(self, text, /, **fields):
        self._write("ERROR", text, fields)


class _App(_Named):
    _name = "app"

    def __init__(self):
        self._routes = []

    def _route(self, method, path):
        if not isinstance(path, str) or not path.startswith("/"):
            raise ValueError(f"a route's path is a text that starts with /, such as \"/orders\": got {path!r}")
        parts = path.strip("/").split("/")

        def register(handler):
            self._routes.append((method, parts, handler))
            return handler

        return register

    def get(self, path):
        return self._route("GET", path)

    def post(self, path):
        return self._route("POST", path)

    def put(self, path):
        return self._route("PUT", path)

    def delete(self, path):
        return self._route("DELETE", path)

    def _find(self, method, path):
        parts = path.strip("/").split("/")
        known_path = False
        for route_method, pattern, handler in self._routes:
            values = _match(pattern, parts)
            if values is None:
                continue
            known_path = True
            if route_method == method:
                return handler, values
        if known_path:
            raise HTTPError(405, f"{path} exists, but not for {method}")
        raise HTTPError(404, f"no route for {method} {path}")


def _match(pattern, parts):
    if len(pattern) != len(parts):
        return None
    values = {}
    for wanted, part in zip(pattern, parts):
        if wanted.startswith("{") and wanted.endswith("}"):
            values[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return values


def _arguments(handler, values):
    code = getattr(handler, "__code__", None)
    if code is None:
        return {}
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return {name: value for name, value in values.items() if name in names}


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    raise ImportError(f"backend has no {name!r}; it has app, db, log, Response, HTTPError and the database's errors")


app = _App()
db = _Database()
log = _Log()


async def serve(data):
    """Answers one request: finds the handler, awaits it, and gives status, headers and body as plain data."""
    try:
        request = Request(data)
        handler, values = app._find(request.method, request.url)
        request.path = values
        answer = handler(request, **_arguments(handler, values))
        if hasattr(answer, "__await__"):
            answer = await answer
    except HTTPError as error:
        return {"status": error.status, "headers": {}, "body": {"detail": error.detail}}
    if isinstance(answer, Response):
        return {"status": answer.status, "headers": answer.headers, "body": answer.body}
    return {"status": 200, "headers": {}, "body": answer}
