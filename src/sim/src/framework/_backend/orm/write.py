"""Writing objects: one INSERT for any number of them, and the two looks of get_or_create."""

from _backend.common import Unopened
from _backend.database import Transaction
from _backend.errors import IntegrityError
from _backend.orm.query import DoesNotExist, call
from _backend.orm.relations import columns
from _backend.orm.sql import Statement, quoted


async def insert(model, objects, place):
    """One INSERT for all; what the database filled in comes back."""
    if not objects:
        return objects
    meta = model._meta
    statement = Statement(model)
    chosen = [
        (name, field)
        for name, field in meta.fields.items()
        if any(getattr(one, name) is not None for one in objects)
    ]
    rows = []
    for one in objects:
        rows.append("(" + ", ".join(statement.bind(getattr(one, name)) for name, _ in chosen) + ")")
    into = f"INSERT INTO {quoted(meta.table)} "
    if chosen:
        into += f"({', '.join(quoted(field.column) for _, field in chosen)}) VALUES {', '.join(rows)}"
    else:
        into += "DEFAULT VALUES"
    found = await call("fetch_all", f"{into} RETURNING {columns(model)}", statement.values, place)
    for one, row in zip(objects, found):
        one.__dict__.update(row, _saved=True)
    return objects


async def get_or_create(found, made, place):
    """Returns the object and whether it was made. As in Django, one that another request makes meanwhile is found
    by a second look."""
    try:
        return await found._fetch(place), False
    except DoesNotExist:
        pass
    block = Transaction(text="get_or_create")
    block._place = place
    try:
        async with block:
            await made._insert(place)
        return made, True
    except IntegrityError:
        again = await found._changed(_single="get_or_none")._fetch(place)
        if again is None:
            raise
        return again, False


@Unopened
def in_transaction(isolation="read committed", read_only=False):
    return Transaction(isolation, read_only, "in_transaction()")


def unknown(name):
    """Answers `from backend.orm import name` for a name that is not there."""
    if name.startswith("_"):
        raise AttributeError(name)
    raise ImportError(f"backend.orm has no {name!r}; it has Model, fields, F, Q, in_transaction, DoesNotExist")
