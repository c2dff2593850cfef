"""Hashes, computed natively."""
from _hash import new as _new

algorithms_available = algorithms_guaranteed = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}


def new(name, data=b"", *, usedforsecurity=True):
    return _new(name, data)


def _constructor(name):
    def make(data=b"", *, usedforsecurity=True):
        return _new(name, data)

    make.__name__ = make.__qualname__ = name
    return make


md5 = _constructor("md5")
sha1 = _constructor("sha1")
sha224 = _constructor("sha224")
sha256 = _constructor("sha256")
sha384 = _constructor("sha384")
sha512 = _constructor("sha512")
