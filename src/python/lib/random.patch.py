

class _SharedRandom(Random):
    """The generator behind the module's functions: follows the stream of the task that runs.

    A kept second normal number would let one task's draw shift another's, so none is kept.
    """

    gauss_next = property(lambda self: None, lambda self, value: None)

    def __init__(self):
        self._share()
        super().__init__()


_inst = _SharedRandom()
for _name in (
    "seed random uniform triangular randint choice randrange sample shuffle choices normalvariate lognormvariate "
    "expovariate vonmisesvariate gammavariate gauss betavariate binomialvariate paretovariate weibullvariate "
    "getstate setstate getrandbits randbytes"
).split():
    globals()[_name] = getattr(_inst, _name)
del _name
