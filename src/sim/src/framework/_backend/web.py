"""`app` and what runs below it: requests and responses, clients, workers of a queue, jobs."""

import _host

from _backend.common import Named, checked_number
from _backend.errors import HTTPError


class Headers(dict):
    """Headers by name, whatever the case of the name."""

    def __init__(self, items=()):
        super().__init__()
        for name, value in dict(items).items():
            self[name] = value

    def __setitem__(self, name, value):
        super().__setitem__(_lower(name), value)

    def __getitem__(self, name):
        return super().__getitem__(_lower(name))

    def __delitem__(self, name):
        super().__delitem__(_lower(name))

    def __contains__(self, name):
        return super().__contains__(_lower(name))

    def get(self, name, default=None):
        return super().get(_lower(name), default)

    def pop(self, name, *default):
        return super().pop(_lower(name), *default)

    def setdefault(self, name, default=None):
        return super().setdefault(_lower(name), default)


def _lower(name):
    return name.lower() if isinstance(name, str) else name


class Request:
    def __init__(self, data):
        self.id = data["id"]
        self.method = data["method"]
        self.url = data["path"]
        self.path = {}
        self.query = data["query"]
        self.headers = Headers(data["headers"])
        self.cookies = data.get("cookies") or {}
        self.user = data.get("user")
        self.json = data["json"]

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(
            f"request has no {name!r}; it has json, query, path, headers, cookies, id, method, url, user"
        )

    def __repr__(self):
        return f"<Request {self.method} {self.url}>"


class Response:
    def __init__(self, body=None, status=200, headers=None, cookies=None):
        if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
            raise TypeError(f"Response: status is a whole number from 100 to 599, not {status!r}")
        self.body = body
        self.status = status
        self.headers = Headers(headers or {})
        self.cookies = dict(cookies or {})


def response(answer):
    """Returns what a handler returned as status, headers and body."""
    if isinstance(answer, Response):
        given = {"status": answer.status, "headers": answer.headers, "body": answer.body}
        return {**given, "cookies": answer.cookies} if answer.cookies else given
    if isinstance(answer, tuple) and len(answer) == 2 and type(answer[1]) is int and 200 <= answer[1] <= 599:
        raise TypeError(
            f"a tuple is sent as a list: for the status {answer[1]} return Response(body, status={answer[1]})"
        )
    return {"status": 200, "headers": {}, "body": answer}


class Message:
    """One delivery of a message of a queue."""

    def __init__(self, data, topic):
        self.id = data["id"]
        self.body = data["body"]
        self.receive_count = data["receive_count"]
        self.topic = topic
        self._receipt = data["receipt"]
        self._settled = False

    def ack(self):
        self._settled = True
        return _host.call("queue.ack", (self._receipt,), {}, None, "message.ack()")

    def extend(self, seconds):
        checked_number("message.extend: seconds", seconds)
        return _host.call("queue.extend", (self._receipt, seconds), {}, None, "message.extend(…)")

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"message has no {name!r}; it has id, body, receive_count, topic, ack(), extend(seconds)")

    def __repr__(self):
        return f"<Message {self.id} of {self.topic}, received {self.receive_count} times>"


class User:
    """The one whose operation a client runs: .id and .data, the row that the lesson made up."""

    def __init__(self, data):
        self.id = data["id"]
        self.data = data["data"] if "data" in data else data

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        there = "".join(f", data.{known}" for known in self.data)
        raise AttributeError(f"user has no {name!r}; it has id{there}")

    def __repr__(self):
        return f"<User {self.id}>"


class app(Named):
    def __init__(self):
        self._routes = []
        self._client = None
        self._workers = {}
        self._jobs = {}

    def _route(self, method, path):
        if not isinstance(path, str) or not path.startswith("/"):
            raise ValueError(f"a route's path is a text that starts with /, such as \"/orders\": got {path!r}")
        parts = path.strip("/").split("/")

        def register(handler):
            self._routes.append((method, parts, _function(handler, f"@app.{method.lower()}({path!r})")))
            return handler

        return register

    def get(self, path):
        return self._route("GET", path)

    def post(self, path):
        return self._route("POST", path)

    def put(self, path):
        return self._route("PUT", path)

    def patch(self, path):
        return self._route("PATCH", path)

    def delete(self, path):
        return self._route("DELETE", path)

    def client(self, function=None, /):
        """Marks the function that is called once for each operation of the traffic."""
        if function is None:
            return self.client
        if self._client is not None:
            raise ValueError(f"there is one @app.client, and it is {self._client.__name__}")
        self._client = _function(function, "@app.client")
        return function

    def worker(self, topic, visibility_timeout=30):
        """Marks the function that is called with each delivered message of a topic."""
        if not isinstance(topic, str) or not topic:
            raise TypeError("a worker is for a topic: write @app.worker(\"emails\")")
        checked_number("@app.worker: visibility_timeout, in seconds,", visibility_timeout)

        def register(function):
            if topic in self._workers:
                raise ValueError(f"there is one @app.worker for {topic!r}, and it is {self._workers[topic][0].__name__}")
            self._workers[topic] = (_function(function, f"@app.worker({topic!r})"), visibility_timeout)
            return function

        return register

    def every(self, seconds):
        """Marks a job: a function that is called again and again."""
        if callable(seconds):
            raise TypeError("a job runs every so many seconds: write @app.every(60)")
        checked_number("@app.every: seconds", seconds)
        if seconds == 0:
            raise ValueError("@app.every: seconds must be more than 0")

        def register(function):
            name = _function(function, f"@app.every({seconds})").__name__
            if name in self._jobs:
                raise ValueError(f"there are two jobs called {name}: give one of them another name")
            self._jobs[name] = (function, seconds)
            return function

        return register

    def _registered(self, data=None):
        """What the files marked: workers, jobs, and whether there is a client."""
        topics = [{"topic": name, "visibility_timeout": worker[1]} for name, worker in self._workers.items()]
        jobs = [{"name": name, "seconds": job[1]} for name, job in self._jobs.items()]
        return {"topics": topics, "jobs": jobs, "client": self._client is not None}

    async def _serve(self, data):
        """Answers one request: finds the handler, awaits it, and gives status, headers and body as plain data."""
        try:
            return response(await self._answer(Request(data)))
        except HTTPError as error:
            return {"status": error.status, "headers": error.headers, "body": {"detail": error.detail}}

    async def _operate(self, data):
        """Runs one operation of a client: the function marked with @app.client."""
        if self._client is None:
            raise RuntimeError(
                "client.py has no client: put @app.client before its `async def`, such as `async def buy(user)`"
            )
        return await result(self._client(User(data["user"])))

    async def _work(self, data):
        """Hands one delivery of a message to the function marked with @app.worker."""
        topic = data["topic"]
        if topic not in self._workers:
            raise RuntimeError(f"no function works on the topic {topic!r}: put @app.worker({topic!r}) before one")
        function, seconds = self._workers[topic]
        message = Message(data["message"], topic)
        answer = await result(function(message))
        if not message._settled:
            _host.note(
                f"{function.__name__} ended without `await message.ack()`: the message {message.id} of {topic} is "
                f"delivered again {seconds} seconds after this delivery began"
            )
        return answer

    async def _job(self, data):
        """Runs a function marked with @app.every."""
        name = data["name"]
        if name not in self._jobs:
            raise RuntimeError(f"there is no job {name!r}: put @app.every(60) before a function of that name")
        return await result(self._jobs[name][0]())

    def _answer(self, request):
        handler, values = self._find(request.method, request.url)
        request.path = values
        return result(handler(request, **_arguments(handler, values)))

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


async def result(answer):
    """Awaits what an `async def` gave; what a plain function gave is there already."""
    return await answer if hasattr(answer, "__await__") else answer


def _function(function, mark):
    if not callable(function):
        raise TypeError(f"{mark} stands before a function, such as `async def`: got {function!r}")
    return function


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
