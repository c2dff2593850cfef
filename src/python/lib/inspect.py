"""The part of inspect that web code and dataclasses use."""
import types

CO_COROUTINE = 0x80


class _Empty:
    pass


class Parameter:
    empty = _Empty
    POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)

    def __init__(self, name, kind=POSITIONAL_OR_KEYWORD, *, default=_Empty, annotation=_Empty):
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation


class Signature:
    empty = _Empty

    def __init__(self, parameters):
        self.parameters = parameters

    def __str__(self):
        return "(" + ", ".join(self.parameters) + ")"


def signature(function, **options):
    function = unwrap(function)
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        raise ValueError(f"no signature found for {function!r}")
    defaults = function.__defaults__ or ()
    first_default = code.co_argcount - len(defaults)
    parameters = {}
    for index, name in enumerate(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]):
        if index < code.co_argcount:
            default = defaults[index - first_default] if index >= first_default else _Empty
            parameters[name] = Parameter(name, default=default)
        else:
            default = (function.__kwdefaults__ or {}).get(name, _Empty)
            parameters[name] = Parameter(name, Parameter.KEYWORD_ONLY, default=default)
    return Signature(parameters)


def isfunction(obj):
    return isinstance(obj, types.FunctionType)


def ismethod(obj):
    return isinstance(obj, types.MethodType)


def isclass(obj):
    return isinstance(obj, type)


def iscoroutine(obj):
    return isinstance(obj, types.CoroutineType)


def isgenerator(obj):
    return isinstance(obj, types.GeneratorType)


def isasyncgen(obj):
    return isinstance(obj, types.AsyncGeneratorType)


def iscoroutinefunction(obj):
    function = getattr(obj, "__func__", obj)
    return isfunction(function) and bool(function.__code__.co_flags & CO_COROUTINE)


def isawaitable(obj):
    return isinstance(obj, types.CoroutineType) or hasattr(obj, "__await__")


def unwrap(function, *, stop=None):
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def getdoc(obj):
    return obj.__doc__


def cleandoc(doc):
    return doc
