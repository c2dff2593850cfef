"""Every exception that learners catch, each with `sqlstate` or `status` and a message in the product's words."""

__all__ = [
    "HTTPError",
    "DatabaseError",
    "IntegrityError",
    "UniqueViolation",
    "ForeignKeyViolation",
    "CheckViolation",
    "NotNullViolation",
    "DeadlockDetected",
    "SerializationFailure",
    "LockNotAvailable",
    "QueryCanceled",
    "SyntaxOrAccessError",
    "PoolTimeout",
    "Timeout",
    "ConnectionLost",
    "PaymentError",
    "CardDeclined",
    "IdempotencyConflict",
]


class _Fields:
    """Takes the message first or as `message=`; everything else that is given becomes an attribute."""

    status = None

    def __new__(cls, message="", **fields):
        return super().__new__(cls, message)

    def __init__(self, message="", **fields):
        super().__init__(message)
        if self.status is not None:
            self.status = self.status
        for name, value in fields.items():
            setattr(self, name, value)

    def __str__(self):
        return str(self.args[0]) if self.args else ""


class HTTPError(Exception):
    def __init__(self, status=500, detail="", *, message=None, headers=None, **fields):
        if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
            raise TypeError(f"HTTPError takes a status first, as in HTTPError(404, \"no such order\"): got {status!r}")
        if message is not None:
            detail = message
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        for name, value in fields.items():
            setattr(self, name, value)


class DatabaseError(Exception):
    _sqlstate = "XX000"

    def __init__(
        self, message="", sqlstate=None, detail=None, hint=None, position=None, statement=None, **fields
    ):
        super().__init__(message)
        self.sqlstate = self._sqlstate if sqlstate is None else sqlstate
        self.detail = detail
        self.hint = hint
        self.position = position
        self.statement = statement
        for name, value in fields.items():
            setattr(self, name, value)


class IntegrityError(DatabaseError):
    _sqlstate = "23000"


class UniqueViolation(IntegrityError):
    _sqlstate = "23505"


class ForeignKeyViolation(IntegrityError):
    _sqlstate = "23503"


class CheckViolation(IntegrityError):
    _sqlstate = "23514"


class NotNullViolation(IntegrityError):
    _sqlstate = "23502"


class DeadlockDetected(DatabaseError):
    _sqlstate = "40P01"


class SerializationFailure(DatabaseError):
    _sqlstate = "40001"


class LockNotAvailable(DatabaseError):
    _sqlstate = "55P03"


class QueryCanceled(DatabaseError):
    _sqlstate = "57014"


class SyntaxOrAccessError(DatabaseError):
    _sqlstate = "42000"


class PoolTimeout(_Fields, TimeoutError):
    """No connection of the pool became free in time."""


class Timeout(_Fields, TimeoutError):
    """No answer came in time. Whether the other side did the work is not known."""


class ConnectionLost(_Fields, ConnectionError):
    """The connection broke. Whether the other side did the work is not known."""


class PaymentError(_Fields, Exception):
    """The payment provider refused."""

    status = 400


class CardDeclined(PaymentError):
    status = 402


class IdempotencyConflict(PaymentError):
    """The idempotency key was used before with other values."""

    status = 409
