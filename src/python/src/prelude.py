"""The prelude: runs once when the interpreter starts and changes what Python finds around it.

Imports, output, `exec`/`eval`/`compile`, identity, and everything that would reach a real machine.
Runs in a namespace that no learner's file can import.
"""
import builtins
import sys

import _host
import _frozen_importlib
from _frozen_importlib import ModuleSpec


class Row(dict):
    __slots__ = ()


_host.Row = Row


class _Ours:
    """Finds the program's modules and the packed library, before the interpreter's own modules."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        found = _host.find(name)
        if found is None:
            if _host.is_hidden(name):
                raise ModuleNotFoundError(_host.absent(name), name=name)
            return None
        return ModuleSpec(name, _Ours, origin=found[1], is_package=found[0])

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        _host.execute(module.__name__, module.__dict__)


_stock_find_and_load = _frozen_importlib._find_and_load
_Module = type(sys)


def _find_and_load(name, import_):
    """What `import` does with a module that is not loaded. Ours need neither locks nor finders."""
    parent, _, child = name.rpartition(".")
    found = None if name in sys.modules or parent and parent not in sys.modules else _host.find(name)
    if found is None:
        return _stock_find_and_load(name, import_)
    module = _Module(name)
    module.__spec__ = spec = ModuleSpec(name, _Ours, origin=found[1], is_package=found[0])
    module.__loader__ = _Ours
    module.__package__ = name if found[0] else parent
    if found[0]:
        module.__path__ = []
    sys.modules[name] = module
    spec._initializing = True
    try:
        _host.execute(name, module.__dict__)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    finally:
        spec._initializing = False
    module = sys.modules[name]
    if parent:
        setattr(sys.modules[parent], child, module)
    return module


class _Absent:
    """Comes last: says what there is instead of a module that nobody found."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        raise ModuleNotFoundError(_host.absent(name), name=name)


class _Output:
    encoding = "utf-8"
    errors = "strict"

    @staticmethod
    def write(text):
        _host.write(text)
        return len(text)

    @staticmethod
    def flush():
        pass

    @staticmethod
    def isatty():
        return False


def _running(original, mode):
    def run(source, globals=None, locals=None, /, **options):
        if isinstance(source, str):
            if mode == "eval":
                source = source.lstrip(" \t")
            source = _host.compile_source(source, "<string>", mode)
        if globals is None:
            caller = _getframe(1)
            globals = caller.f_globals
            if locals is None:
                locals = caller.f_locals
        return original(source, globals, globals if locals is None else locals, **options)

    run.__name__ = run.__qualname__ = original.__name__
    return run


def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1):
    return _host.compile_source(source, filename, mode)


def id(obj, /):
    return _host.identity(obj)


def hash(obj, /):
    return _host.hash(obj)


def open(*args, **options):
    raise OSError("there is no file system here: keep data in the database")


def input(prompt=""):
    raise OSError("there is no keyboard here")


def _exit(code=None):
    raise SystemExit(code)


def __repr__(self):
    return _host.object_repr(self)


__repr__.__qualname__ = "object.__repr__"


def _set_recursion_limit(limit):
    pass


_getframe = sys._getframe

import time as _stock_time

del sys.modules["time"]
sys.modules["_stock_time"] = _stock_time
for _name in ("gc", "marshal", "_thread", "_imp", "_signal", "posix", "os", "_ast", "_symtable"):
    sys.modules.pop(_name, None)

_frozen_importlib._find_and_load = _find_and_load
sys.meta_path.insert(0, _Ours)
sys.meta_path.append(_Absent)
sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = _Output()
sys.path[:] = []
sys.argv[:] = ["server.py"]
sys.dont_write_bytecode = True
sys.unraisablehook = lambda event: None
sys.excepthook = lambda *event: None
sys.setrecursionlimit = _set_recursion_limit
sys.exit = _exit
sys.set_coroutine_origin_tracking_depth(2)
for _name in ("settrace", "setprofile", "gettrace", "getprofile", "_current_frames", "monitoring", "addaudithook"):
    if hasattr(sys, _name):
        delattr(sys, _name)

builtins.exec = _running(builtins.exec, "exec")
builtins.eval = _running(builtins.eval, "eval")
for _function in (compile, id, hash, open, input):
    _function.__module__ = "builtins"
    setattr(builtins, _function.__name__, _function)
for _name in ("breakpoint", "exit", "quit", "help", "copyright", "credits", "license"):
    if hasattr(builtins, _name):
        delattr(builtins, _name)
