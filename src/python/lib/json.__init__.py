"""json, read and written natively; the classes exist for code that subclasses them."""
import _json
from json.decoder import JSONDecodeError, JSONDecoder
from json.encoder import JSONEncoder


def dumps(
    obj, *, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=None, indent=None,
    separators=None, default=None, sort_keys=False, **options
):
    if cls is None:
        return _json.dumps(obj, indent, separators, default, sort_keys, ensure_ascii, allow_nan, skipkeys)
    return cls(
        skipkeys=skipkeys, ensure_ascii=ensure_ascii, check_circular=check_circular, allow_nan=allow_nan,
        indent=indent, separators=separators, default=default, sort_keys=sort_keys, **options
    ).encode(obj)


def dump(obj, fp, **options):
    fp.write(dumps(obj, **options))


def loads(s, *, cls=None, object_hook=None, parse_float=None, parse_int=None, object_pairs_hook=None, **options):
    if isinstance(s, (bytes, bytearray)):
        s = bytes(s).decode("utf-8")
    elif not isinstance(s, str):
        raise TypeError(f"the JSON object must be str, bytes or bytearray, not {type(s).__name__}")
    if cls is not None:
        return cls(object_hook=object_hook, **options).decode(s)
    return _json.loads(s, object_hook, parse_float, parse_int, object_pairs_hook, JSONDecodeError)


def load(fp, **options):
    return loads(fp.read(), **options)
