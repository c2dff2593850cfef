"""os for a server without a disk, in an empty environment."""
import _host
import sys

name = "posix"
sep = "/"
altsep = None
extsep = "."
pathsep = ":"
linesep = "\n"
curdir = "."
pardir = ".."
devnull = "/dev/null"
environ = {}
error = OSError


def getenv(key, default=None):
    return environ.get(key, default)


def getpid():
    return 1


def urandom(size):
    return _host.urandom(size)


def getcwd():
    return "/app"


def cpu_count():
    return 1


def register_at_fork(**functions):
    pass


class PathLike:
    pass


def fspath(path):
    if isinstance(path, (str, bytes)):
        return path
    return type(path).__fspath__(path)


def _missing(path, *args, **options):
    raise FileNotFoundError(2, "No such file or directory", path)


stat = listdir = scandir = remove = unlink = rename = mkdir = makedirs = rmdir = _missing


class _Path:
    sep = "/"

    @staticmethod
    def join(*parts):
        out = ""
        for part in parts:
            if part.startswith("/") or not out:
                out = part
            else:
                out = out + part if out.endswith("/") else out + "/" + part
        return out

    @staticmethod
    def basename(path):
        return path.rsplit("/", 1)[-1]

    @staticmethod
    def dirname(path):
        return path.rsplit("/", 1)[0] if "/" in path else ""

    @staticmethod
    def splitext(path):
        dot = path.rfind(".")
        return (path[:dot], path[dot:]) if dot > path.rfind("/") + 1 else (path, "")

    @staticmethod
    def normcase(path):
        return path

    abspath = realpath = normpath = normcase

    @staticmethod
    def isabs(path):
        return path.startswith("/")

    @staticmethod
    def exists(path):
        return False

    isfile = isdir = exists


path = _Path()
sys.modules["os.path"] = path
