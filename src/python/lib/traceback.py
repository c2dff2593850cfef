"""Tracebacks of live exceptions, without source lines. Only the learner's frames are shown."""
import sys


class FrameSummary:
    def __init__(self, filename, lineno, name):
        self.filename = filename
        self.lineno = lineno
        self.name = name
        self.line = ""

    def __repr__(self):
        return f"<FrameSummary file {self.filename}, line {self.lineno} in {self.name}>"


def walk_tb(tb):
    while tb is not None:
        if not tb.tb_frame.f_code.co_filename.startswith(("<", "_frozen")):
            yield tb.tb_frame, tb.tb_lineno
        tb = tb.tb_next


def extract_tb(tb, limit=None):
    return [FrameSummary(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in walk_tb(tb)]


def format_list(frames):
    return [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n' for frame in frames]


def format_tb(tb, limit=None):
    return format_list(extract_tb(tb))


def format_exception_only(error, value=None):
    error = error if value is None else value
    kind = type(error)
    text = str(error)
    name = kind.__qualname__
    return [f"{name}: {text}\n" if text else f"{name}\n"] + [
        note + "\n" for note in getattr(error, "__notes__", ())
    ]


def format_exception(error, value=None, tb=None, *, chain=True, limit=None):
    error = error if value is None else value
    out = []
    if chain and error.__cause__ is not None:
        out += format_exception(error.__cause__)
        out.append("\nThe above exception was the direct cause of the following exception:\n\n")
    elif chain and error.__context__ is not None and not error.__suppress_context__:
        out += format_exception(error.__context__)
        out.append("\nDuring handling of the above exception, another exception occurred:\n\n")
    out.append("Traceback (most recent call last):\n")
    return out + format_tb(error.__traceback__) + format_exception_only(error)


def format_exc(limit=None, chain=True):
    error = sys.exc_info()[1]
    return "NoneType: None\n" if error is None else "".join(format_exception(error))


def print_exc(limit=None, file=None, chain=True):
    print(format_exc(), end="", file=file or sys.stderr)


def print_exception(error, value=None, tb=None, limit=None, file=None, chain=True):
    print("".join(format_exception(error, value)), end="", file=file or sys.stderr)


def print_tb(tb, limit=None, file=None):
    print("".join(format_tb(tb)), end="", file=file or sys.stderr)


def print_stack(*args, **options):
    pass


def format_stack(*args):
    return []
