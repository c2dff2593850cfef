"""struct with the standard sizes; the bits of floats come from the engine."""
import _host


class error(Exception):
    pass


_INTEGERS = {
    "b": (1, True), "B": (1, False), "h": (2, True), "H": (2, False), "i": (4, True), "I": (4, False),
    "l": (4, True), "L": (4, False), "q": (8, True), "Q": (8, False), "n": (8, True), "N": (8, False),
}
_OTHERS = {"f": 4, "d": 8, "?": 1, "x": 1, "c": 1}


def _parse(format):
    if isinstance(format, bytes):
        format = format.decode()
    order = "little"
    if format[:1] in tuple("<>!=@"):
        order = "big" if format[0] in ">!" else "little"
        format = format[1:]
    items = []
    digits = ""
    for code in format:
        if code.isspace():
            continue
        if code.isdigit():
            digits += code
            continue
        count = int(digits) if digits else 1
        digits = ""
        if code == "s":
            items.append((code, count))
        elif code in _INTEGERS or code in _OTHERS:
            items.extend([(code, 1)] * count)
        else:
            raise error("bad char in struct format")
    return order, items


def _size(code, count):
    if code == "s":
        return count
    return _INTEGERS[code][0] if code in _INTEGERS else _OTHERS[code]


def calcsize(format):
    return sum(_size(code, count) for code, count in _parse(format)[1])


def _pack_one(code, count, value, order):
    if code == "s":
        return value[:count].ljust(count, b"\0")
    if code == "c":
        return value
    if code == "?":
        return b"\1" if value else b"\0"
    if code in "fd":
        return _host.float_bits(float(value), code == "d").to_bytes(_OTHERS[code], order)
    size, signed = _INTEGERS[code]
    try:
        return value.to_bytes(size, order, signed=signed)
    except OverflowError:
        raise error("argument out of range") from None


def pack(format, *values):
    order, items = _parse(format)
    expected = sum(code != "x" for code, _ in items)
    if len(values) != expected:
        raise error(f"pack expected {expected} items for packing (got {len(values)})")
    rest = iter(values)
    return b"".join(
        b"\0" if code == "x" else _pack_one(code, count, next(rest), order) for code, count in items
    )


def _unpack_one(code, data, order):
    if code in "sc":
        return data
    if code == "?":
        return data != b"\0"
    if code in "fd":
        return _host.bits_float(int.from_bytes(data, order), code == "d")
    return int.from_bytes(data, order, signed=_INTEGERS[code][1])


def unpack_from(format, buffer, offset=0):
    order, items = _parse(format)
    out = []
    for code, count in items:
        size = _size(code, count)
        if code != "x":
            out.append(_unpack_one(code, bytes(buffer[offset : offset + size]), order))
        offset += size
    return tuple(out)


def unpack(format, buffer):
    if len(buffer) != calcsize(format):
        raise error(f"unpack requires a buffer of {calcsize(format)} bytes")
    return unpack_from(format, buffer)


def iter_unpack(format, buffer):
    size = calcsize(format)
    for offset in range(0, len(buffer), size):
        yield unpack_from(format, buffer, offset)


class Struct:
    def __init__(self, format):
        self.format = format
        self.size = calcsize(format)

    def pack(self, *values):
        return pack(self.format, *values)

    def unpack(self, buffer):
        return unpack(self.format, buffer)

    def unpack_from(self, buffer, offset=0):
        return unpack_from(self.format, buffer, offset)
