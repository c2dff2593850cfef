//! What an editor shows of a file.

use expect_test::expect;
use unhappy_python::Python;

#[track_caller]
fn check(source: &str, expected: expect_test::Expect) {
    let checked = Python::new().check("server.py", source);
    let mut lines: Vec<String> = checked
        .diagnostics
        .iter()
        .map(|found| {
            format!(
                "{}:{}-{}:{} {}",
                found.line, found.column, found.end_line, found.end_column, found.message
            )
        })
        .collect();
    lines.extend(checked.awaits.iter().map(|mark| format!("{}:{} await", mark.line, mark.column)));
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn mistakes_have_places() {
    check("def f(:\n    pass\n", expect!["1:6-1:7 '(' was never closed"]);
    check("x = (1,\ny = 2\n", expect!["1:5-1:6 '(' was never closed"]);
    check("if True\n    x = 1\n", expect!["1:8-1:9 Expected `:`, found newline"]);
    check(
        "def f():\nreturn 1\n",
        expect!["2:1-2:7 expected an indented block after function definition on line 1"],
    );
    check("é = 'abc\n", expect!["1:5-1:6 unterminated string literal (detected at line 1)"]);
    check("return 1\n", expect!["1:1-1:9 'return' outside function"]);
    check(
        "def f():\n    await g()\n",
        expect![[r#"
        2:5-2:14 'await' outside async function
        2:5 await"#]],
    );
    check(
        "x = 1\nx ==== 2\ny = 3\nz = = 4\n",
        expect![[r#"
        2:5-2:7 invalid syntax
        4:5-4:6 invalid syntax"#]],
    );
}

#[test]
fn awaits_are_marked_even_in_a_broken_file() {
    check(
        "\
async def main():
    row = await db.fetch_one('q')
    async with db.transaction():
        x = [await f(i) async for i in g()]
    é = f'{await h()}'
    text = 'await'
",
        expect![[r#"
            2:11 await
            3:5 await
            4:14 await
            4:25 await
            5:12 await"#]],
    );
    check(
        "async def main():\n    await f()\n    x = = 1\n",
        expect![[r#"
        3:9-3:10 invalid syntax
        2:5 await"#]],
    );
}

#[test]
fn a_mistake_in_any_file_stops_loading() {
    let module = |file: &str, source: &str| crate::harness::module(file, source);
    let mistake = Python::new()
        .load(&[], &[module("server.py", "x = 1\n"), module("other.py", "def f(:\n")])
        .err()
        .expect("other.py does not compile");
    assert_eq!((mistake.file.as_str(), mistake.line, mistake.column), ("other.py", 1, 6));
}
