"""Queries: a chain of calls that becomes one statement when it is awaited."""

import _host

from _backend.common import Doing
from _backend.orm.sql import F, FieldError, Q, Statement, quoted


class DoesNotExist(Exception):
    pass


class MultipleObjectsReturned(Exception):
    pass


def call(name, sql, values, place):
    return _host.call(f"db.{name}", (sql,), values, place)


class Query:
    """`await` gives a list; after get, get_or_none and first it gives one object."""

    def __init__(self, model, condition=None):
        self._model = model
        self._conditions = () if condition is None else (condition,)
        self._order = ()
        self._limit = None
        self._offset = None
        self._related = ()
        self._prefetch = ()
        self._lock = ""
        self._names = None
        self._flat = None
        self._distinct = False
        self._single = None
        self._place = _host.place()

    def _changed(self, **changes):
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, **changes)
        return made

    def all(self):
        return self._changed()

    def filter(self, *conditions, **lookups):
        if not conditions and not lookups:
            return self._changed()
        condition = Q(*conditions, **lookups)
        Statement(self._model).collect(condition)
        return self._changed(_conditions=(*self._conditions, condition))

    def exclude(self, *conditions, **lookups):
        return self.filter(~Q(*conditions, **lookups))

    def order_by(self, *names):
        for name in names:
            path, field, rest = Statement(self._model).resolve(name.lstrip("-"))
            if rest:
                raise FieldError(f"order_by takes names of fields: got {name!r}")
        return self._changed(_order=names)

    def limit(self, count):
        return self._changed(_limit=_count("limit", count))

    def offset(self, count):
        return self._changed(_offset=_count("offset", count))

    def distinct(self):
        return self._changed(_distinct=True)

    def select_related(self, *names):
        """Brings the objects of relations along, with one LEFT JOIN each."""
        for name in names:
            Statement(self._model).join(tuple(name.split("__")))
        return self._changed(_related=(*self._related, *names))

    def prefetch_related(self, *names):
        """Brings the objects of relations along, with one more statement each."""
        for name in names:
            self._model._meta.any_relation(name.split("__")[0])
        return self._changed(_prefetch=(*self._prefetch, *names))

    def select_for_update(self, nowait=False, skip_locked=False):
        if nowait and skip_locked:
            raise ValueError("select_for_update: nowait and skip_locked exclude each other")
        return self._changed(_lock=" NOWAIT" if nowait else " SKIP LOCKED" if skip_locked else " ")

    def values(self, *names):
        for name in names:
            Statement(self._model).resolve(name)
        return self._changed(_names=names or tuple(self._model._meta.fields))

    def values_list(self, *names, flat=False):
        if flat and len(names) != 1:
            raise TypeError("values_list with flat=True takes one name")
        return self.values(*names)._changed(_flat=flat)

    def get(self, *conditions, **lookups):
        return self.filter(*conditions, **lookups)._changed(_single="get")

    def get_or_none(self, *conditions, **lookups):
        return self.filter(*conditions, **lookups)._changed(_single="get_or_none")

    def first(self):
        return self._changed(_single="first", _order=self._order or ("pk",))

    def count(self):
        return Doing(self._text("count()"), self._do_count)

    def exists(self):
        return Doing(self._text("exists()"), self._do_exists)

    def update(self, **values):
        if not values:
            raise TypeError("update needs what to change, such as update(status=\"paid\")")
        self._unsliced("update")
        changes = [(self._model._meta.settable(name), value) for name, value in values.items()]
        return Doing(self._text("update(…)"), lambda place: self._do_update(changes, place))

    def delete(self):
        self._unsliced("delete")
        return Doing(self._text("delete()"), self._do_delete)

    def create(self, **values):
        return self._model.create(**values)

    def _text(self, last):
        name = self._model.__name__
        return f"{name}.filter(…).{last}" if self._conditions else f"{name}.all().{last}"

    def _unsliced(self, what):
        if self._limit is not None or self._offset is not None:
            raise TypeError(f"{what} changes every row that the conditions choose: it takes no limit and no offset")

    # Statements

    def _statement(self):
        statement = Statement(self._model)
        for condition in self._conditions:
            statement.collect(condition)
        return statement

    def _where(self, statement):
        texts = []
        for condition in self._conditions:
            text = statement.condition(condition)
            several = len(self._conditions) > 1 and condition._word == " OR "
            texts.append(f"({text})" if several else text)
        return f" WHERE {' AND '.join(texts)}" if texts else ""

    def _select(self):
        """Returns the statement, its SQL and, for each joined object, its path and the names of its columns."""
        statement = self._statement()
        related = [tuple(name.split("__")) for name in self._related] if self._names is None else []
        for path in related:
            statement.join(path)
        orders = [(name.startswith("-"), *statement.resolve(name.lstrip("-"))) for name in self._order]
        columns, objects = self._columns(statement, related)
        distinct = "DISTINCT " if self._distinct else ""
        sql = f"SELECT {distinct}{', '.join(columns)} FROM {statement.source()}{self._where(statement)}"
        if orders:
            by = (statement.column(path, field) + (" DESC" if down else "") for down, path, field, _ in orders)
            sql += f" ORDER BY {', '.join(by)}"
        limit = self._row_limit()
        if limit is not None:
            sql += f" LIMIT {limit}"
        if self._offset is not None:
            sql += f" OFFSET {self._offset}"
        if self._lock:
            of = f" OF {quoted(self._model._meta.table)}" if statement.joins else ""
            sql += f" FOR UPDATE{of}{self._lock.rstrip()}"
        return statement, sql, objects

    def _row_limit(self):
        if self._single == "first":
            return 1
        if self._single is not None and self._limit is None and not self._by_key():
            return 2
        return self._limit

    def _by_key(self):
        """Whether the conditions name one row by a unique column."""
        for condition in self._conditions:
            if not condition._not and condition._word == " AND ":
                for part in condition._parts:
                    if not isinstance(part, Q) and "__" not in part[0] and self._model._meta.find(part[0]).unique:
                        return True
        return False

    def _columns(self, statement, related):
        if self._names is not None:
            chosen = [(name, *statement.resolve(name)) for name in self._names]
            return [self._as(statement.column(path, field), name) for name, path, field, _ in chosen], []
        columns = [
            self._as(statement.column((), field), name) for name, field in self._model._meta.fields.items()
        ]
        objects = []
        for path in (path for path in statement.joins if any(path == full[: len(path)] for full in related)):
            target = statement.joins[path][2]
            prefix = "__".join(path)
            names = [(f"{prefix}__{name}", name) for name in target._meta.fields]
            for (key, name) in names:
                columns.append(f"{statement.column(path, target._meta.fields[name])} AS {quoted(key)}")
            objects.append((path, target, names))
        return columns, objects

    def _as(self, column, name):
        return column if column == quoted(name) or column.endswith(f".{quoted(name)}") else f"{column} AS {quoted(name)}"

    # Work

    def __await__(self):
        return self._fetch(self._place).__await__()

    async def _fetch(self, place):
        statement, sql, objects = self._select()
        rows = await call("fetch_all", sql, statement.values, place)
        if self._names is None:
            rows = [self._object(row, objects) for row in rows]
            for name in self._prefetch:
                await prefetch(self._model, rows, name.split("__"), place)
        elif self._flat is not None:
            rows = [row[self._names[0]] if self._flat else tuple(row[name] for name in self._names) for row in rows]
        return rows if self._single is None else self._one(rows)

    def _one(self, rows):
        if len(rows) > 1:
            raise MultipleObjectsReturned(f"more than one {self._model.__name__} matches")
        if not rows and self._single == "get":
            raise DoesNotExist(f"no {self._model.__name__} matches")
        return rows[0] if rows else None

    def _object(self, row, objects):
        if not objects:
            return self._model._loaded(row)
        made = self._model._loaded({name: row[name] for name in self._model._meta.fields})
        for path, target, names in objects:
            holder = made
            for step in path[:-1]:
                holder = holder._cache.get(step) if holder is not None else None
            if holder is not None:
                values = {name: row[key] for key, name in names}
                found = values[target._meta.key.name] is not None
                holder._cache[path[-1]] = target._loaded(values) if found else None
        return made

    async def _do_count(self, place):
        statement = self._statement()
        sql = f"SELECT count(*) FROM {statement.source()}{self._where(statement)}"
        count = await call("fetch_value", sql, statement.values, place)
        count = max(0, count - (self._offset or 0))
        return count if self._limit is None else min(count, self._limit)

    async def _do_exists(self, place):
        statement = self._statement()
        sql = f"SELECT 1 FROM {statement.source()}{self._where(statement)} LIMIT 1"
        return await call("fetch_value", sql, statement.values, place) is not None

    async def _do_update(self, changes, place):
        table = quoted(self._model._meta.table)
        statement, where = self._narrowed(lambda statement: assignments(statement, changes))
        return await call("execute", f"UPDATE {table} SET {where}", statement.values, place)

    async def _do_delete(self, place):
        table = quoted(self._model._meta.table)
        statement, where = self._narrowed(lambda statement: "")
        return await call("execute", f"DELETE FROM {table}{where}", statement.values, place)

    def _narrowed(self, before):
        """What an UPDATE or DELETE says, with a sub-select where a condition is about another table."""
        joined = self._statement()
        if not joined.joins:
            first = before(joined)
            return joined, first + self._where(joined)
        plain = Statement(self._model)
        first = before(plain)
        joined.values = plain.values
        key = self._model._meta.key
        inner = f"SELECT {joined.column((), key)} FROM {joined.source()}{self._where(joined)}"
        return plain, f"{first} WHERE {quoted(key.column)} IN ({inner})"

    # Use without await

    def _misused(self):
        return TypeError(
            f"a query of {self._model.__name__} was not awaited: put `await` before it to get its result"
        )

    async def __aiter__(self):
        for item in await self:
            yield item

    def __iter__(self):
        raise self._misused()

    def __bool__(self):
        raise self._misused()

    def __len__(self):
        raise self._misused()

    def __getitem__(self, key):
        raise self._misused()

    def __plain__(self):
        raise self._misused()

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if self._model._meta.knows(name):
            raise self._misused()
        there = ", ".join(known for known in dir(Query) if not known.startswith("_"))
        raise AttributeError(f"a query has no {name!r}; it has {there}")

    def __repr__(self):
        return f"<query of {self._model.__name__}, not awaited>"


def _count(what, count):
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise TypeError(f"{what} takes a whole number that is not negative: got {count!r}")
    return count


def assignments(statement, changes):
    texts = (f"{quoted(field.column)} = {statement.expression(value)}" for field, value in changes)
    return ", ".join(texts)


async def prefetch(model, objects, path, place):
    """Loads a relation of many objects with one statement, then what lies behind it."""
    if not objects:
        return
    name = path[0]
    field = model._meta.any_relation(name)
    target, found = await field.load_many(name, objects, place)
    if len(path) > 1:
        await prefetch(target, found, path[1:], place)
