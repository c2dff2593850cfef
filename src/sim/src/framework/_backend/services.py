"""Calls of other services: payments, http, queue, cache, mail. Each is one awaited call."""

import _host

from _backend.common import Named, checked_number, checked_text, Then
from _backend.errors import HTTPError
from _backend.web import Headers


def _cents(what, amount):
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise TypeError(f"{what}: amount is a whole number of cents, so 19.99 is 1999: got {amount!r}")
    if amount <= 0:
        raise ValueError(f"{what}: amount must be more than 0 cents: got {amount}")
    return amount


def _key(what, key):
    if key is not None and (not isinstance(key, str) or not key):
        raise TypeError(f"{what}: idempotency_key is a text that is not empty: got {key!r}")
    return key


class payments(Named):
    def charge(self, amount, card, idempotency_key=None):
        fields = {
            "amount": _cents("payments.charge", amount),
            "card": checked_text("payments.charge: card", card),
            "idempotency_key": _key("payments.charge", idempotency_key),
        }
        return _host.call("payments.charge", (), fields)

    def refund(self, charge_id, amount=None, *, idempotency_key=None):
        fields = {
            "amount": None if amount is None else _cents("payments.refund", amount),
            "idempotency_key": _key("payments.refund", idempotency_key),
        }
        return _host.call("payments.refund", (charge_id,), fields)

    def find(self, *, idempotency_key=None, id=None, card=None):
        by = {"idempotency_key": idempotency_key, "id": id, "card": card}
        given = {name: value for name, value in by.items() if value is not None}
        if not given:
            raise TypeError("payments.find needs one of idempotency_key=, id= and card=")
        return _host.call("payments.find", (), given)


class HTTPResponse:
    """What another service answered: .status .json .headers"""

    def __init__(self, answer):
        self.status = answer["status"]
        self.headers = Headers(answer.get("headers") or {})
        self.json = answer.get("json")

    @property
    def ok(self):
        return self.status < 400

    def raise_for_status(self):
        if self.status >= 400:
            raise HTTPError(self.status, f"the service answered {self.status}")
        return self

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"a response has no {name!r}; it has status, json, headers, ok, raise_for_status()")

    def __plain__(self):
        return {"status": self.status, "json": self.json}

    def __repr__(self):
        return f"<HTTPResponse {self.status}>"


class http(Named):
    def _request(self, method, url, json, headers, timeout):
        what = f"http.{method.lower()}"
        checked_text(f"{what}: the address", url)
        if timeout is not None:
            checked_number(f"{what}: timeout, in seconds,", timeout)
        given = dict(headers or {})
        for name, value in given.items():
            checked_text(f"{what}: the header {name!r}", value)
        fields = {"method": method, "url": url, "json": json, "headers": given, "timeout": timeout}
        return Then(_host.call("http.request", (), fields, None, f"{what}(…)"), HTTPResponse)

    def get(self, url, *, json=None, headers=None, timeout=None):
        return self._request("GET", url, json, headers, timeout)

    def post(self, url, *, json=None, headers=None, timeout=None):
        return self._request("POST", url, json, headers, timeout)

    def put(self, url, *, json=None, headers=None, timeout=None):
        return self._request("PUT", url, json, headers, timeout)

    def patch(self, url, *, json=None, headers=None, timeout=None):
        return self._request("PATCH", url, json, headers, timeout)

    def delete(self, url, *, json=None, headers=None, timeout=None):
        return self._request("DELETE", url, json, headers, timeout)


class queue(Named):
    def publish(self, topic, body=None, *, delay=0):
        checked_text("queue.publish: topic", topic)
        checked_number("queue.publish: delay, in seconds,", delay)
        return _host.call("queue.publish", (topic, body), {"delay": delay})


class cache(Named):
    def _call(self, name, key, *values, **fields):
        checked_text(f"cache.{name}: key", key)
        if fields.get("ttl") is not None:
            checked_number(f"cache.{name}: ttl, in seconds,", fields["ttl"])
        return _host.call(f"cache.{name}", (key, *values), fields)

    def get(self, key):
        return self._call("get", key)

    def set(self, key, value, *, ttl=None):
        return self._call("set", key, value, ttl=ttl)

    def add(self, key, value, *, ttl=None):
        return self._call("add", key, value, ttl=ttl)

    def delete(self, key):
        return self._call("delete", key)

    def incr(self, key, amount=1, *, ttl=None):
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise TypeError(f"cache.incr: amount is a whole number, not {amount!r}")
        return self._call("incr", key, amount, ttl=ttl)


class mail(Named):
    def send(self, *, to, subject, body=""):
        fields = {
            "to": checked_text("mail.send: to", to),
            "subject": checked_text("mail.send: subject", subject),
            "body": checked_text("mail.send: body", body),
        }
        return _host.call("mail.send", (), fields)
