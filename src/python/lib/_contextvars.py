"""Context variables: each task has its own, copied from the task that created it."""
import _host

_MISSING = object()


class Token:
    MISSING = _MISSING

    def __init__(self, var, old_value):
        self.var = var
        self.old_value = old_value


class ContextVar:
    def __init__(self, name, *, default=_MISSING):
        self.name = name
        self._default = default

    def get(self, default=_MISSING, /):
        value = _host.context().get(self, _MISSING)
        for found in (value, default, self._default):
            if found is not _MISSING:
                return found
        raise LookupError(self)

    def set(self, value, /):
        context = _host.context()
        token = Token(self, context.get(self, _MISSING))
        context[self] = value
        return token

    def reset(self, token, /):
        if token.old_value is _MISSING:
            _host.context().pop(self, None)
        else:
            _host.context()[self] = token.old_value


class Context(dict):
    def run(self, function, /, *args, **keywords):
        return function(*args, **keywords)


def copy_context():
    return Context(_host.context())
