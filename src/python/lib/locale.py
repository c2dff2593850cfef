"""The C locale."""
LC_ALL = LC_TIME = LC_CTYPE = LC_NUMERIC = 0


def localeconv():
    return {"decimal_point": ".", "thousands_sep": "", "grouping": []}


def getencoding():
    return "utf-8"


def getlocale(category=LC_CTYPE):
    return ("C", "UTF-8")


def setlocale(category, locale=None):
    return "C"


def nl_langinfo(key):
    return ""


def normalize(name):
    return name
