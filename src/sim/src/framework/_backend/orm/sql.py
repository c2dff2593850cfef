"""From conditions to SQL. Identifiers come from models only; every value is bound."""

_RESERVED = frozenset(
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate "
    "collation column concurrently constraint create cross current_catalog current_date current_role "
    "current_schema current_time current_timestamp current_user default deferrable desc distinct do else end "
    "except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into "
    "is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on "
    "only or order outer overlaps placing primary references returning right select session_user similar some "
    "symmetric table tablesample then to trailing true union unique user using variadic verbose when where "
    "window with".split()
)
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")
_COMPARED = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
LOOKUPS = (
    "exact", "not", "gt", "gte", "lt", "lte", "in", "not_in", "isnull", "contains", "icontains", "startswith",
    "endswith",
)


class FieldError(Exception):
    """A query names what its model does not have."""


def quoted(name):
    if _PLAIN.issuperset(name) and not name[0].isdigit() and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


class F:
    """A column inside of an expression: `F("stock") - 1` is computed by the database."""

    def __init__(self, name):
        self._parts = (name,)
        self._name = name

    def _with(self, left, operator, right):
        made = F(None)
        made._parts = (left, operator, right)
        return made

    def __add__(self, other):
        return self._with(self, "+", other)

    def __radd__(self, other):
        return self._with(other, "+", self)

    def __sub__(self, other):
        return self._with(self, "-", other)

    def __rsub__(self, other):
        return self._with(other, "-", self)

    def __mul__(self, other):
        return self._with(self, "*", other)

    def __rmul__(self, other):
        return self._with(other, "*", self)

    def __truediv__(self, other):
        return self._with(self, "/", other)

    def __mod__(self, other):
        return self._with(self, "%", other)

    def __bool__(self):
        raise TypeError("an F is computed by the database: Python cannot ask whether it is true")

    def __repr__(self):
        if self._name is not None:
            return f"F({self._name!r})"
        return " ".join(repr(part) if not isinstance(part, str) else part for part in self._parts)

    def __plain__(self):
        raise TypeError(f"{self!r} is computed by the database: its value is there after refresh_from_db()")


class Q:
    """A condition: `Q(status="new") | Q(total_cents__gt=1000)`, `~Q(…)`."""

    def __init__(self, *conditions, **lookups):
        for condition in conditions:
            if not isinstance(condition, Q):
                raise TypeError(f"a condition is a Q or a lookup by name, such as status=\"new\": got {condition!r}")
        self._parts = (*conditions, *lookups.items())
        self._word = " AND "
        self._not = False

    def _joined(self, other, word):
        if not isinstance(other, Q):
            raise TypeError(f"a Q is joined with another Q: got {other!r}")
        made = Q(self, other)
        made._word = word
        return made

    def __or__(self, other):
        return self._joined(other, " OR ")

    def __and__(self, other):
        return self._joined(other, " AND ")

    def __invert__(self):
        made = Q(self)
        made._not = True
        return made

    def __bool__(self):
        raise TypeError("join two Q with | and &, not with `or` and `and`")


class Statement:
    """One statement on its way to text: its values, and the tables that it joins."""

    def __init__(self, model):
        self.model = model
        self.values = {}
        self.joins = {}

    def bind(self, value):
        name = f"p{len(self.values) + 1}"
        self.values[name] = value
        return f":{name}"

    def join(self, path):
        """Joins the table of a relation, such as ("customer",), and returns its model."""
        model = self.model
        for length in range(1, len(path) + 1):
            field = model._meta.relation(path[length - 1])
            target = field.target()
            self.joins.setdefault(path[:length], (model, field, target))
            model = target
        return model

    def resolve(self, name):
        """Returns path, field and what follows the field in a lookup's name."""
        model, path = self.model, ()
        parts = name.split("__")
        while True:
            part = parts.pop(0)
            field = model._meta.find(part)
            if part == field.name and hasattr(field, "to") and parts and parts[0] not in LOOKUPS:
                path += (part,)
                model = self.join(path)
                continue
            return path, field, "__".join(parts)

    def column(self, path, field):
        if not self.joins:
            return quoted(field.column)
        alias = self.alias(path)
        return f"{quoted(alias)}.{quoted(field.column)}"

    def alias(self, path):
        table = self.model._meta.table
        name = "__".join(path) if path else table
        return name if not path or name != table else f"{name}_2"

    def source(self):
        """What stands after FROM."""
        text = quoted(self.model._meta.table)
        for path, (_, field, target) in self.joins.items():
            alias = quoted(self.alias(path))
            table = quoted(target._meta.table)
            named = table if alias == table else f"{table} AS {alias}"
            left = f"{quoted(self.alias(path[:-1]))}.{quoted(field.column)}"
            text += f" LEFT JOIN {named} ON {alias}.{quoted(target._meta.key.column)} = {left}"
        return text

    def expression(self, value):
        """A value, or what an F computes."""
        if not isinstance(value, F):
            return self.bind(sendable(value))
        if value._name is not None:
            path, field, rest = self.resolve(value._name)
            if rest:
                raise FieldError(f"F takes a field's name: got {value._name!r}")
            return self.column(path, field)
        left, operator, right = value._parts
        sides = []
        for side in (left, right):
            text = self.expression(side)
            sides.append(f"({text})" if isinstance(side, F) and side._name is None else text)
        return f"{sides[0]} {operator} {sides[1]}"

    def collect(self, condition):
        """Joins every table that a condition needs, before the first column is named."""
        for part in condition._parts:
            if isinstance(part, Q):
                self.collect(part)
            else:
                self.resolve(part[0])
                if isinstance(part[1], F):
                    self.collect_expression(part[1])

    def collect_expression(self, value):
        if isinstance(value, F):
            if value._name is not None:
                self.resolve(value._name)
            else:
                self.collect_expression(value._parts[0])
                self.collect_expression(value._parts[2])

    def condition(self, condition, negated=False):
        negated = negated or condition._not
        texts = []
        for part in condition._parts:
            if isinstance(part, Q):
                text = self.condition(part, negated)
                several = len(part._parts) > 1 and not part._not
                texts.append(f"({text})" if several and text else text)
            else:
                texts.append(self.lookup(*part, negated))
        text = condition._word.join(text for text in texts if text)
        if not condition._not or not text:
            return text
        return f"NOT {text}" if len(texts) == 1 and text.startswith("(") else f"NOT ({text})"

    def lookup(self, name, value, negated):
        path, field, lookup = self.resolve(name)
        lookup = lookup or "exact"
        if lookup not in LOOKUPS:
            if lookup.split("__")[0] in LOOKUPS or hasattr(field, "to"):
                raise FieldError(f"there is no lookup {name!r}; after a field comes one of {', '.join(LOOKUPS[1:])}")
            raise FieldError(
                f"{name!r}: {field.name} has no {lookup!r}; after a field comes __ and one of {', '.join(LOOKUPS[1:])}"
            )
        column = self.column(path, field)
        text = self.compared(name, column, lookup, value)
        # As with Django, what is excluded must be known to match: a NULL stays.
        if negated and (field.null or path) and " IS " not in text and text != "FALSE":
            return f"({text} AND {column} IS NOT NULL)"
        return text

    def compared(self, name, column, lookup, value):
        if lookup == "isnull":
            return f"{column} IS NULL" if value else f"{column} IS NOT NULL"
        if lookup in ("in", "not_in"):
            word = "IN" if lookup == "in" else "NOT IN"
            return self.among(name, column, word, value)
        if lookup == "exact":
            return f"{column} IS NULL" if value is None else f"{column} = {self.expression(value)}"
        if lookup == "not":
            if value is None:
                return f"{column} IS NOT NULL"
            return f"({column} <> {self.expression(value)} OR {column} IS NULL)"
        if lookup in _COMPARED:
            if value is None:
                raise TypeError(f"{name}: nothing is more or less than None")
            return f"{column} {_COMPARED[lookup]} {self.expression(value)}"
        if not isinstance(value, str):
            raise TypeError(f"{name} takes a text, not {value!r}")
        pattern = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        before = "" if lookup == "startswith" else "%"
        after = "" if lookup == "endswith" else "%"
        word = "ILIKE" if lookup == "icontains" else "LIKE"
        return f"{column} {word} {self.bind(before + pattern + after)}"

    def among(self, name, column, word, value):
        if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
            raise TypeError(f"{name} takes a list of values, not {value!r}")
        values = [sendable(item) for item in value]
        if not values:
            return "FALSE" if word == "IN" else "TRUE"
        return f"{column} {word} ({self.bind(values)})"


def sendable(value):
    """An object stands for its primary key."""
    return value._key_value() if hasattr(type(value), "_meta") else value
