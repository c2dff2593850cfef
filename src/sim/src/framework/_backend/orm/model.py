"""Models: a class for a table, an object for a row."""

from _backend.common import Doing
from _backend.orm.fields import Field, ForeignKeyField, IntField
from _backend.orm.query import DoesNotExist, MultipleObjectsReturned, Query, assignments, call, prefetch
from _backend.orm.relations import One, Registry, connect, named
from _backend.orm.sql import F, FieldError, Q, Statement, quoted
from _backend.orm.write import get_or_create, insert


class Meta:
    """What a model's class body said."""

    def __init__(self, model, table, fields, relations):
        self.model = model
        self.table = table
        self.fields = fields
        self.relations = relations
        self.reverse = {}
        self.key = next(field for field in fields.values() if field.primary_key)

    def knows(self, name):
        return name in self.fields or name in self.relations or name in self.reverse or name == "pk"

    def names(self):
        return ", ".join((*self.fields, *self.relations, *self.reverse))

    def missing(self, name):
        return FieldError(f"{self.model.__name__} has no field {name!r}; it has {self.names()}")

    def find(self, name):
        """The field of a name in a condition; a relation stands for its column."""
        if name == "pk":
            return self.key
        if name in self.relations:
            return self.relations[name]
        if name not in self.fields:
            raise self.missing(name)
        return self.fields[name]

    def settable(self, name):
        if name in self.relations:
            return self.fields[self.relations[name].attribute]
        return self.find(name)

    def relation(self, name):
        if name not in self.relations:
            if name in self.reverse:
                raise FieldError(f"{name} are many: load them with prefetch_related({name!r})")
            there = ", ".join(self.relations) or "none"
            raise FieldError(f"{self.model.__name__} has no relation {name!r} to one object; it has {there}")
        return self.relations[name]

    def any_relation(self, name):
        found = self.relations.get(name) or self.reverse.get(name)
        if found is None:
            there = ", ".join((*self.relations, *self.reverse)) or "none"
            raise FieldError(f"{self.model.__name__} has no relation {name!r}; it has {there}")
        return found


class Kind(type):
    """The class of models: reads the fields of the class body."""

    def __new__(mcs, name, bases, body):
        given = {key: value for key, value in body.items() if isinstance(value, Field)}
        rest = {key: value for key, value in body.items() if key not in given and key != "Meta"}
        for base in bases:
            inherited = getattr(base, "_given", {})
            given = {**inherited, **given}
        rest["_given"] = given
        model = super().__new__(mcs, name, bases, rest)
        if "_registry" not in body and not getattr(body.get("Meta"), "abstract", False):
            describe(model, given, getattr(body.get("Meta"), "table", None) or name.lower() + "s")
        return model

    def __getattr__(cls, name):
        if name.startswith("_"):
            raise AttributeError(name)
        meta = cls.__dict__.get("_meta")
        if meta is not None and name in meta.fields:
            raise AttributeError(f"{name} is a field of each {cls.__name__}, not of the class: name it in a query, as in filter({name}=…)")
        there = ", ".join(known for known in dir(Model) if not known.startswith("_"))
        raise AttributeError(f"{cls.__name__} has no {name!r}; it has {there}")


def describe(model, given, table):
    """Makes a model's fields and relations, and what other models know of it."""
    fields, relations = {}, {}
    if not any(field.primary_key for field in given.values()):
        given = {"id": IntField(primary_key=True), **given}
    for name, field in given.items():
        if isinstance(field, ForeignKeyField):
            one = One(field, name, model._registry)
            column = IntField(null=field.null, default=field.default, unique=field.unique)
            column.name, column.column = one.attribute, one.column
            fields[one.attribute], relations[name] = column, one
            setattr(model, name, one)
        else:
            field.name, field.column = name, field.column or name
            fields[name] = field
    model._meta = Meta(model, table, fields, relations)
    registry = model._registry
    registry.models[model.__name__] = model
    registry.waiting.extend((model, one) for one in relations.values())
    for pair in list(registry.waiting):
        connect(*pair)


def process_model():
    """Makes the `Model` of one process: what models know of each other hangs on it."""
    return Kind("Model", (Model,), {"_registry": Registry(), "__module__": "backend.orm"})


class Model(metaclass=Kind):
    _registry = None
    DoesNotExist = DoesNotExist
    MultipleObjectsReturned = MultipleObjectsReturned

    def __init__(self, **values):
        meta = type(self)._meta
        self._cache = {}
        self._saved = False
        for name, field in meta.fields.items():
            if name not in values and not any(name == one.attribute and key in values for key, one in meta.relations.items()):
                setattr(self, name, field.start())
        for name, value in values.items():
            if name == "pk":
                name = meta.key.name
            if name not in meta.fields and name not in meta.relations:
                raise meta.missing(name)
            setattr(self, name, value)

    @classmethod
    def _loaded(cls, row):
        made = object.__new__(cls)
        made.__dict__.update(row, _cache={}, _saved=True)
        return made

    @classmethod
    def all(cls):
        return Query(cls)

    @classmethod
    def filter(cls, *conditions, **lookups):
        return Query(cls).filter(*conditions, **lookups)

    @classmethod
    def exclude(cls, *conditions, **lookups):
        return Query(cls).exclude(*conditions, **lookups)

    @classmethod
    def order_by(cls, *names):
        return Query(cls).order_by(*names)

    @classmethod
    def get(cls, *conditions, **lookups):
        return Query(cls).get(*conditions, **lookups)

    @classmethod
    def get_or_none(cls, *conditions, **lookups):
        return Query(cls).get_or_none(*conditions, **lookups)

    @classmethod
    def first(cls):
        return Query(cls).first()

    @classmethod
    def count(cls):
        return Query(cls).count()

    @classmethod
    def exists(cls, *conditions, **lookups):
        return Query(cls).filter(*conditions, **lookups).exists()

    @classmethod
    def select_related(cls, *names):
        return Query(cls).select_related(*names)

    @classmethod
    def prefetch_related(cls, *names):
        return Query(cls).prefetch_related(*names)

    @classmethod
    def select_for_update(cls, nowait=False, skip_locked=False):
        return Query(cls).select_for_update(nowait, skip_locked)

    @classmethod
    def values(cls, *names):
        return Query(cls).values(*names)

    @classmethod
    def create(cls, **values):
        made = cls(**values)
        return Doing(f"{cls.__name__}.create(…)", lambda place: made._insert(place))

    @classmethod
    def bulk_create(cls, objects):
        objects = list(objects)
        return Doing(f"{cls.__name__}.bulk_create(…)", lambda place: insert(cls, objects, place))

    @classmethod
    def get_or_create(cls, defaults=None, **lookups):
        found = cls.get(**lookups)
        plain = {name: value for name, value in lookups.items() if "__" not in name}
        made = cls(**{**plain, **(defaults or {})})
        return Doing(f"{cls.__name__}.get_or_create(…)", lambda place: get_or_create(found, made, place))

    def save(self, update_fields=None):
        meta = type(self)._meta
        names = [name for name in meta.fields if name != meta.key.name] if update_fields is None else update_fields
        chosen = [meta.settable(name) for name in names]
        return Doing(self._said("save()"), lambda place: self._save(chosen, place))

    def delete(self):
        return Doing(self._said("delete()"), self._delete)

    def refresh_from_db(self):
        return Doing(self._said("refresh_from_db()"), self._refresh)

    def fetch_related(self, *names):
        for name in names:
            type(self)._meta.any_relation(name.split("__")[0])
        return Doing(self._said("fetch_related(…)"), lambda place: self._fetch_related(names, place))

    def dict(self):
        """The columns as a dict; an object that a handler returns becomes the same."""
        return {name: getattr(self, name) for name in type(self)._meta.fields}

    @property
    def pk(self):
        return self._key_value()

    def _said(self, what):
        return f"{type(self).__name__.lower()}.{what}"

    def _key_value(self):
        return getattr(self, type(self)._meta.key.name)

    async def _insert(self, place):
        return (await insert(type(self), [self], place))[0]

    async def _save(self, chosen, place):
        if not self._saved:
            await self._insert(place)
            return
        changes = []
        for field in chosen:
            if getattr(field, "auto_now", False):
                setattr(self, field.name, field.start())
            changes.append((field, getattr(self, field.name)))
        if changes:
            await self._update(changes, place)

    async def _update(self, changes, place):
        meta = type(self)._meta
        statement = Statement(type(self))
        sql = f"UPDATE {quoted(meta.table)} SET {assignments(statement, changes)}"
        sql += f" WHERE {quoted(meta.key.column)} = {statement.bind(self._key_value())}"
        computed = [field for field, value in changes if isinstance(value, F)]
        if computed:
            names = ", ".join(named(field, field.name) for field in computed)
            row = await call("fetch_one", f"{sql} RETURNING {names}", statement.values, place)
            self.__dict__.update(row or {})
        else:
            row = await call("execute", sql, statement.values, place)
        if not row:
            raise DoesNotExist(f"{self!r} is not in the table any more: nothing was saved")

    async def _delete(self, place):
        meta = type(self)._meta
        statement = Statement(type(self))
        where = f"{quoted(meta.key.column)} = {statement.bind(self._key_value())}"
        self._saved = False
        return await call("execute", f"DELETE FROM {quoted(meta.table)} WHERE {where}", statement.values, place)

    async def _refresh(self, place):
        found = await Query(type(self), Q(pk=self._key_value()))._changed(_single="get")._fetch(place)
        self.__dict__.update(found.dict(), _cache={})

    async def _fetch_related(self, names, place):
        for name in names:
            await prefetch(type(self), [self], name.split("__"), place)

    def __await__(self):
        """What is loaded can be awaited all the same: `await order.customer` after select_related."""
        return self
        yield

    def __iter__(self):
        return iter(self.dict().items())

    def __getitem__(self, name):
        raise TypeError(f"{type(self).__name__} has attributes: write .{name}, or .dict()[{name!r}]")

    def __setitem__(self, name, value):
        raise TypeError(f"{type(self).__name__} has attributes: write .{name} = …, or change a copy made by .dict()")

    def __plain__(self):
        return self.dict()

    def __eq__(self, other):
        if type(other) is not type(self) or self._key_value() is None:
            return self is other
        return self._key_value() == other._key_value()

    def __hash__(self):
        return hash((type(self).__name__, self._key_value()))

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"{type(self).__name__} has no {name!r}; it has {type(self)._meta.names()}")

    def __repr__(self):
        return f"<{type(self).__name__} {self._key_value()}>"
