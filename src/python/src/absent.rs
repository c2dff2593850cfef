//! What is said when a module is imported that does not exist here.

/// Modules that learners reach for, and what there is instead.
const INSTEAD: &[(&[&str], &str)] = &[
    (
        &["requests", "httpx", "aiohttp", "urllib", "urllib3", "http", "socket", "ssl", "websockets", "grpc"],
        "other services are called with `from backend import http`",
    ),
    (
        &[
            "psycopg2",
            "psycopg",
            "asyncpg",
            "sqlite3",
            "databases",
            "pymysql",
            "aiosqlite",
            "mysql",
            "pymongo",
            "aiopg",
            "MySQLdb",
        ],
        "the database is reached with `from backend import db`",
    ),
    (
        &["tortoise", "sqlalchemy", "peewee", "sqlmodel", "ormar", "piccolo"],
        "the ORM here is `from backend.orm import Model, fields`",
    ),
    (
        &[
            "flask",
            "fastapi",
            "django",
            "starlette",
            "aiohttp_web",
            "tornado",
            "bottle",
            "uvicorn",
            "gunicorn",
        ],
        "routes are made with `from backend import app`",
    ),
    (&["redis", "aioredis", "memcache", "pymemcache"], "the cache here is `from backend import cache`"),
    (
        &["celery", "rq", "pika", "aio_pika", "kafka", "aiokafka", "boto3", "botocore", "dramatiq"],
        "the queue here is `from backend import app, queue`",
    ),
    (&["stripe"], "the payment provider here is `from backend import payments`"),
    (&["smtplib", "sendgrid"], "mail is sent with `from backend import mail`"),
    (
        &["multiprocessing", "concurrent", "queue", "_thread", "gevent", "eventlet", "trio", "anyio"],
        "there are no threads here: tasks are made with `asyncio.create_task` and `asyncio.gather`",
    ),
    (&["numpy", "pandas", "scipy", "polars"], "plain Python with `statistics`, `math` and `decimal` is here"),
    (&["pydantic", "attr", "attrs", "marshmallow"], "`dataclasses` is here"),
    (&["pytest", "unittest", "doctest", "mock"], "the page itself runs and judges your code"),
    (
        &["subprocess", "shutil", "pathlib", "tempfile", "glob", "ctypes", "mmap", "signal", "select"],
        "there is no operating system here",
    ),
    (
        &["gc", "marshal", "pickle", "importlib", "imp", "code", "dis", "tracemalloc"],
        "it is left out on purpose",
    ),
];

/// Said of every other module.
const OTHERWISE: &str = "only `backend` and a part of the standard library are here";

/// Returns the whole message of the `ModuleNotFoundError`.
pub(crate) fn message(name: &str) -> String {
    let top = name.split('.').next().unwrap_or(name);
    let instead =
        INSTEAD.iter().find(|(names, _)| names.contains(&top)).map_or(OTHERWISE, |(_, instead)| instead);
    format!("No module named '{name}': {instead}")
}

/// Modules of the interpreter that learners' files may not import.
pub(crate) fn is_hidden(name: &str) -> bool {
    matches!(name, "gc" | "marshal" | "_thread" | "_imp" | "_signal" | "posix" | "_symtable" | "_ast")
}
