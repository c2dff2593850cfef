"""`log` and `metrics`: told, never awaited."""

import _host

from _backend.common import Named, is_number


class log(Named):
    def _write(self, level, text, more, fields):
        if more:
            raise TypeError(
                f"log.{level} takes one text and then fields by name, as in log.{level}(\"order created\", order=7)"
            )
        _host.tell(f"log.{level}", (text if isinstance(text, str) else str(text),), fields)

    def info(self, text, /, *more, **fields):
        self._write("info", text, more, fields)

    def warning(self, text, /, *more, **fields):
        self._write("warning", text, more, fields)

    def error(self, text, /, *more, **fields):
        self._write("error", text, more, fields)


class metrics(Named):
    def _write(self, what, name, value, labels):
        if not isinstance(name, str) or not name:
            raise TypeError(f"metrics.{what} takes the metric's name first, a text: got {name!r}")
        if not is_number(value):
            raise TypeError(f"metrics.{what}: the value of {name!r} is a number, not {value!r}")
        _host.tell(f"metrics.{what}", (name, value), labels)

    def count(self, name, value=1, /, **labels):
        self._write("count", name, value, labels)

    def observe(self, name, value, /, **labels):
        self._write("observe", name, value, labels)
