"""time on the simulator's clock, in UTC. `sleep` cannot suspend: it keeps the whole process busy."""
import _host
from _stock_time import asctime as _asctime
from _stock_time import gmtime as _gmtime
from _stock_time import strftime as _strftime
from _stock_time import struct_time

timezone = altzone = daylight = 0
tzname = ("UTC", "UTC")
CLOCK_REALTIME = 0
CLOCK_MONOTONIC = 1


def time():
    return _host.wall_micros() / 1000000


def time_ns():
    return _host.wall_micros() * 1000


def monotonic():
    return _host.run_micros() / 1000000


def monotonic_ns():
    return _host.run_micros() * 1000


perf_counter = process_time = thread_time = monotonic
perf_counter_ns = process_time_ns = thread_time_ns = monotonic_ns


def sleep(seconds, /):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    _host.sleep_micros(round(seconds * 1000000))


def gmtime(seconds=None, /):
    return _gmtime(time() if seconds is None else seconds)


localtime = gmtime


def strftime(format, t=None, /):
    return _strftime(format, gmtime() if t is None else t)


def strptime(string, format="%a %b %d %H:%M:%S %Y", /):
    import _strptime

    return _strptime._strptime_time(string, format)


def asctime(t=None, /):
    return _asctime(gmtime() if t is None else t)


def ctime(seconds=None, /):
    return _asctime(gmtime(seconds))


def mktime(t, /):
    import calendar

    return float(calendar.timegm(t))
