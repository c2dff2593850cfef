"""Columns of a model. A field says which column there is; the schema says what may be in it."""

from _backend.orm.sql import FieldError


class Field:
    def __init__(
        self, *, primary_key=False, pk=False, null=False, default=None, unique=False, source_field=None, **more
    ):
        self.primary_key = primary_key or pk
        self.null = null
        self.default = default
        self.unique = unique or self.primary_key
        self.column = source_field
        self.name = None

    def start(self):
        """The value of a new object for which none was given."""
        return self.default() if callable(self.default) else self.default


class IntField(Field):
    pass


class SmallIntField(Field):
    pass


class BigIntField(Field):
    pass


class FloatField(Field):
    pass


class DecimalField(Field):
    pass


class BooleanField(Field):
    pass


class TextField(Field):
    pass


class CharField(Field):
    pass


class UUIDField(Field):
    pass


class JSONField(Field):
    pass


class DateField(Field):
    pass


class DatetimeField(Field):
    """Rows have the same text here as those of `db`. With auto_now_add a new object gets the clock's time."""

    def __init__(self, *, auto_now_add=False, auto_now=False, **more):
        super().__init__(**more)
        self.auto_now = auto_now
        if auto_now_add or auto_now:
            self.default = _now


def _now():
    from datetime import datetime

    return datetime.now().isoformat(sep=" ")


class ForeignKeyField(Field):
    """A reference: `customer` is the other object, `customer_id` the column."""

    def __init__(self, to, related_name=None, **more):
        super().__init__(**more)
        if not isinstance(to, (str, type)):
            raise FieldError(f"ForeignKeyField takes a model or its name, such as \"Customer\": got {to!r}")
        self.to = to
        self.related_name = related_name


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    there = ", ".join(known for known in globals() if known.endswith("Field") and known != "Field")
    raise AttributeError(f"fields has no {name!r}; it has {there}")
