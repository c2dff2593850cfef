//! Exceptions as data, and modules that do not exist.

use crate::harness::{check, raise, server};
use expect_test::expect;
use unhappy_trace::Value;

// Columns count characters: `détail` before the failing expression takes six.
#[test]
fn a_traceback_has_ranges_and_no_framework_frames() {
    check(
        "\
from backend import fail
def inner(détail):
    return détail + (1 / 0)
async def main():
    try:
        inner(1)
    except ZeroDivisionError as error:
        raise KeyError('sku') from error
",
        expect![[r#"
            0 raises KeyError: 'sku'
                server.py 8:9-8:41 main
              from ZeroDivisionError: division by zero
                server.py 6:9-6:17 main
                server.py 3:22-3:27 inner"#]],
    );
    check(
        "from backend import fail\nasync def main():\n    fail()\n",
        expect![[r#"
            0 raises ValueError: inside the framework
                server.py 3:5-3:11 main"#]],
    );
}

#[test]
fn exceptions_are_thrown_in_with_their_fields() {
    let mut world = server(
        "\
from backend import db, UniqueViolation, HTTPError
async def main():
    try:
        await db.execute('insert')
    except UniqueViolation as error:
        print(type(error).__name__, error, error.sqlstate)
        raise HTTPError(409, 'sold out')
",
    );
    let fields =
        [("message", Value::Text("duplicate key".into())), ("sqlstate", Value::Text("23505".into()))];
    world.failures.insert("db.execute", raise("backend", "UniqueViolation", &fields));
    world.start("main", Vec::new(), 0);
    expect![[r#"
        0 calls db.execute["insert"] at 4:15
        0 prints at 6:9: UniqueViolation duplicate key 23505
        0 raises HTTPError: 409: sold out
            server.py 7:9-7:41 main
            status = 409
            detail = "sold out"
          from UniqueViolation: duplicate key
            server.py 4:9-4:35 main
            sqlstate = "23505""#]]
    .assert_eq(&world.drive());
}

#[test]
fn absent_modules_say_what_there_is_instead() {
    for (name, words) in [
        ("requests", "No module named 'requests': other services are called with `from backend import http`"),
        ("psycopg2", "No module named 'psycopg2': the database is reached with `from backend import db`"),
        ("numpy", "No module named 'numpy': plain Python with `statistics`, `math` and `decimal` is here"),
        ("gc", "No module named 'gc': it is left out on purpose"),
        (
            "nonsense",
            "No module named 'nonsense': only `backend` and a part of the standard library are here",
        ),
    ] {
        let mut world = server(&format!("async def main():\n    import {name}\n"));
        world.start("main", Vec::new(), 0);
        let transcript = world.drive();
        assert!(transcript.starts_with(&format!("0 raises ModuleNotFoundError: {words}\n")), "{transcript}");
        assert!(transcript.contains("server.py 2:5-"), "{transcript}");
    }
}

#[test]
fn an_error_at_the_top_level_is_the_import_s_outcome() {
    let world = server("x = 1\nprint(x)\ny = x / 0\n");
    expect![[r#"
        import prints at 2:1: 1
        import raises ZeroDivisionError: division by zero
            server.py 3:5-3:10 <module>"#]]
    .assert_eq(&world.transcript.join("\n"));
}

#[test]
fn a_missing_function_and_a_wrong_one_are_outcomes() {
    let mut world = server("def plain():\n    return 4\n");
    world.start("nothing", Vec::new(), 0);
    world.start("plain", Vec::new(), 0);
    expect![[r#"
        0 raises AttributeError: module 'server' has no attribute 'nothing'
        1 returns 4"#]]
    .assert_eq(&world.drive());
}
