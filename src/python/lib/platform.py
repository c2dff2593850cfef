"""The simulated machine."""


def system():
    return "Linux"


def python_version():
    return "3.14.0"


def node():
    return "server"
