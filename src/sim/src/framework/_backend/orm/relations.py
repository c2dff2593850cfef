"""Relations: `order.customer` is one object, `customer.orders` are many."""

from _backend.common import Doing
from _backend.orm.fields import ForeignKeyField
from _backend.orm.query import Query, call
from _backend.orm.sql import FieldError, Q, Statement, quoted


class Registry:
    """The models of one process, and the relations whose model is not there yet."""

    def __init__(self):
        self.models = {}
        self.waiting = []


class Nothing:
    """The object of a relation that is empty: false, equal to None, and can be awaited."""

    __slots__ = ("_text",)

    def __init__(self, text):
        self._text = text

    def __await__(self):
        return None
        yield

    def __bool__(self):
        return False

    def __eq__(self, other):
        return other is None or isinstance(other, Nothing)

    __hash__ = object.__hash__

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"{self._text} is None, so it has no {name!r}: ask `if {self._text}:` first")

    def __plain__(self):
        return None

    def __repr__(self):
        return "None"


class One(ForeignKeyField):
    """The attribute `order.customer`: loaded by one statement when it is first awaited, and kept, as in Django."""

    def __init__(self, field, name, registry):
        self.__dict__.update(field.__dict__)
        self.registry = registry
        self.name = name
        self.attribute = f"{name}_id"
        self.column = field.column or self.attribute

    def target(self):
        if isinstance(self.to, str):
            name = self.to.rsplit(".", 1)[-1]
            models = self.registry.models
            if name not in models:
                there = ", ".join(models)
                raise FieldError(f"{self.name} refers to a model {name!r} that is not there; there are {there}")
            self.to = models[name]
        return self.to

    def __get__(self, holder, kind=None):
        if holder is None:
            return self
        text = f"{type(holder).__name__.lower()}.{self.name}"
        if self.name in holder._cache:
            found = holder._cache[self.name]
            return Nothing(text) if found is None else found
        if getattr(holder, self.attribute) is None:
            return Nothing(text)
        return Doing(text, lambda place: self._load(holder, place))

    def __set__(self, holder, value):
        if isinstance(value, Nothing):
            value = None
        if value is not None and not isinstance(value, self.target()):
            raise TypeError(f"{self.name} is a {self.target().__name__}; write {self.attribute} = {value!r} for its id")
        setattr(holder, self.attribute, None if value is None else value._key_value())
        holder._cache[self.name] = value

    async def _load(self, holder, place):
        if self.name not in holder._cache:
            target = self.target()
            key = getattr(holder, self.attribute)
            statement = Statement(target)
            where = f"{quoted(target._meta.key.column)} = {statement.bind(key)}"
            sql = f"SELECT {columns(target)} FROM {quoted(target._meta.table)} WHERE {where}"
            row = await call("fetch_one", sql, statement.values, place)
            holder._cache[self.name] = None if row is None else target._loaded(row)
        return holder._cache[self.name]

    async def load_many(self, name, holders, place):
        target = self.target()
        wanted = {getattr(holder, self.attribute): None for holder in holders}
        keys = [key for key in wanted if key is not None]
        found = await Query(target, Q(pk__in=keys))._fetch(place) if keys else []
        by_key = {one._key_value(): one for one in found}
        for holder in holders:
            holder._cache[name] = by_key.get(getattr(holder, self.attribute))
        return target, found


class Many:
    """The attribute `customer.orders`: a query of those that refer to this object."""

    def __init__(self, name, model, field):
        self.name = name
        self.model = model
        self.field = field

    def __get__(self, holder, kind=None):
        if holder is None:
            return self
        return Those(self, holder)

    def __set__(self, holder, value):
        raise AttributeError(f"{self.name} are the objects that refer to this one: change their {self.field.name}")

    async def load_many(self, name, holders, place):
        keys = [holder._key_value() for holder in holders]
        found = await Query(self.model, Q(**{f"{self.field.attribute}__in": keys}))._fetch(place)
        by_key = {key: [] for key in keys}
        for one in found:
            by_key[getattr(one, self.field.attribute)].append(one)
        for holder in holders:
            holder._cache[name] = by_key[holder._key_value()]
        return self.model, found


class Those(Query):
    """A query of related objects. After prefetch_related it has them: no statement, and it can be looped over."""

    def __init__(self, many, holder):
        super().__init__(many.model, Q(**{many.field.attribute: holder._key_value()}))
        self._kept = holder._cache.get(many.name)
        self._said = f"{type(holder).__name__.lower()}.{many.name}"

    def _changed(self, **changes):
        made = super()._changed(**changes)
        if changes:
            made._kept = None
        return made

    async def _fetch(self, place):
        return self._kept if self._kept is not None else await super()._fetch(place)

    def _loaded(self):
        if self._kept is None:
            raise self._misused()
        return self._kept

    def _misused(self):
        return TypeError(
            f"{self._said} is not loaded: write `await {self._said}`, or load it with the query before by "
            f"prefetch_related({self._said.split('.')[1]!r})"
        )

    def __iter__(self):
        return iter(self._loaded())

    def __len__(self):
        return len(self._loaded())

    def __bool__(self):
        return bool(self._loaded())

    def __getitem__(self, key):
        return self._loaded()[key]

    def __plain__(self):
        return self._loaded()


def columns(model):
    """What stands after SELECT or RETURNING for a whole object."""
    return ", ".join(named(field, name) for name, field in model._meta.fields.items())


def named(field, name):
    column = quoted(field.column)
    return column if column == quoted(name) else f"{column} AS {quoted(name)}"


def connect(model, one):
    """Gives the model that a relation refers to the way back, once that model is there."""
    name = one.to.rsplit(".", 1)[-1] if isinstance(one.to, str) else one.to.__name__
    registry = one.registry
    if name not in registry.models:
        return
    registry.waiting.remove((model, one))
    reverse = one.related_name or model.__name__.lower() + "s"
    target = registry.models[name]
    if hasattr(Query, reverse) or target._meta.knows(reverse):
        raise FieldError(f"{name} has a {reverse} already: give {model.__name__}.{one.name} another related_name")
    many = Many(reverse, model, one)
    target._meta.reverse[reverse] = many
    setattr(target, reverse, many)
