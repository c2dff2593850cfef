//! As much of SQL as the player must understand: where a statement ends, what it is called, whether it orders.
//!
//! In: the text of a step. Out: statements, a command tag, a yes or no. Everything else about a statement is
//! `db`'s.
//!
//! Rules: PostgreSQL manual, section 4.1 "Lexical Structure"; section 55.2.2 "Simple Query" for the tags.

use unhappy_db::StatementKind;

/// A word or mark outside strings, names in quotes and comments.
struct Piece<'a> {
    text: &'a str,
    /// Byte at which it begins.
    start: usize,
    /// How many parentheses are open.
    depth: usize,
}

/// Returns the statements of a message, without the marks between them. Empty ones are left out.
pub fn statements(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let ends = pieces(text).into_iter().filter(|piece| piece.text == ";").map(|piece| piece.start);
    for end in ends.chain([text.len()]) {
        if !is_blank(&text[start..end]) {
            found.push(text[start..end].trim());
        }
        start = (end + 1).min(text.len());
    }
    found
}

/// Returns whether the message itself, not a subquery in it, has ORDER BY.
pub fn is_ordered(text: &str) -> bool {
    let outer: Vec<Piece<'_>> = pieces(text).into_iter().filter(|piece| piece.depth == 0).collect();
    outer.windows(2).any(|pair| is(&pair[0], "order") && is(&pair[1], "by"))
}

/// What a statement does to the transaction block around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Opens a block.
    Begin,
    /// Ends a block.
    End,
    /// Ends a block and begins the next: AND CHAIN.
    Chain,
    /// Needs a block: SAVEPOINT, RELEASE, ROLLBACK TO.
    Savepoint,
    /// Everything else.
    None,
}

/// Returns what a statement does to the transaction block around it.
pub fn control(statement: &str) -> Control {
    let words = first_words(statement);
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    match words.first().map_or("", String::as_str) {
        "begin" | "start" => Control::Begin,
        "rollback" if has("to") => Control::Savepoint,
        "commit" | "end" | "abort" | "rollback" if has("chain") && !has("no") => Control::Chain,
        "commit" | "end" | "abort" | "rollback" => Control::End,
        "savepoint" | "release" => Control::Savepoint,
        _ => Control::None,
    }
}

/// Returns PostgreSQL's command tag, without counts.
pub fn tag(statement: &str, kind: StatementKind) -> String {
    let words = first_words(statement);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let tag = match (word(0), kind) {
        ("commit" | "end", StatementKind::Rollback) => "ROLLBACK",
        ("commit" | "end", _) => "COMMIT",
        ("abort", _) => "ROLLBACK",
        ("values" | "table", _) => "SELECT",
        ("with", _) => return body_word(statement).to_ascii_uppercase(),
        ("start", _) => "START TRANSACTION",
        ("truncate", _) => "TRUNCATE TABLE",
        ("lock", _) => "LOCK TABLE",
        ("create" | "alter" | "drop", _) => {
            let small = ["unique", "temp", "temporary", "unlogged", "global", "local", "or", "replace"];
            let what = words[1..].iter().find(|word| !small.contains(&word.as_str()));
            return format!("{} {}", word(0), what.map_or("", String::as_str)).trim().to_ascii_uppercase();
        }
        (first, _) => return first.to_ascii_uppercase(),
    };
    tag.to_owned()
}

/// WITH … ends in the statement that gives the tag.
fn body_word(statement: &str) -> &str {
    let bodies = ["select", "values", "insert", "update", "delete", "merge"];
    let found = pieces(statement)
        .into_iter()
        .find(|piece| piece.depth == 0 && bodies.iter().any(|word| is(piece, word)));
    found.map_or("select", |piece| if is(&piece, "values") { "select" } else { piece.text })
}

fn first_words(statement: &str) -> Vec<String> {
    pieces(statement).into_iter().take(6).map(|piece| piece.text.to_ascii_lowercase()).collect()
}

fn is(piece: &Piece<'_>, word: &str) -> bool {
    piece.text.eq_ignore_ascii_case(word)
}

/// Returns whether there is nothing but white space and comments.
fn is_blank(text: &str) -> bool {
    let mut rest = text.trim_start();
    while rest.starts_with("--") || rest.starts_with("/*") {
        rest = rest[skipped(rest).unwrap_or(rest.len())..].trim_start();
    }
    rest.is_empty()
}

/// Splits text into words and marks. Strings, names in quotes and comments are left out.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(first) = text[at..].chars().next() {
        let start = at;
        at += skipped(&text[at..]).unwrap_or_else(|| piece_length(&text[start..], first));
        let piece = &text[start..at];
        if skipped(piece).is_some() || first.is_whitespace() {
            continue;
        }
        depth = if piece == ")" { depth.saturating_sub(1) } else { depth };
        found.push(Piece { text: piece, start, depth });
        depth += usize::from(piece == "(");
    }
    found
}

fn piece_length(rest: &str, first: char) -> usize {
    let word = |character: char| character.is_alphanumeric() || character == '_';
    if !word(first) {
        return first.len_utf8();
    }
    rest.find(|character| !word(character)).unwrap_or(rest.len())
}

/// Returns the bytes of the string, quoted name or comment at the beginning of `rest`, if there is one.
fn skipped(rest: &str) -> Option<usize> {
    let to = |from: usize, mark: &str| {
        rest[from..].find(mark).map_or(rest.len(), |found| from + found + mark.len())
    };
    if rest.starts_with("--") {
        return Some(to(2, "\n"));
    }
    if rest.starts_with("/*") {
        return Some(comment_length(rest));
    }
    // A doubled quote ends one string and begins the next, which comes to the same.
    if rest.starts_with('\'') {
        return Some(to(1, "'"));
    }
    if rest.starts_with('"') {
        return Some(to(1, "\""));
    }
    if rest.starts_with("E'") || rest.starts_with("e'") {
        return Some(escaped_length(rest));
    }
    let tag = dollar_tag(rest)?;
    Some(to(tag.len(), tag))
}

/// Comments nest in PostgreSQL.
fn comment_length(rest: &str) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        let Some(found) = rest[at..].find("/*").into_iter().chain(rest[at..].find("*/")).min() else {
            return rest.len();
        };
        at += found;
        depth = if rest[at..].starts_with("/*") { depth + 1 } else { depth - 1 };
        at += 2;
    }
    at
}

/// A string with backslashes: `E'…'`.
fn escaped_length(rest: &str) -> usize {
    let mut at = 2;
    while let Some(found) = rest[at..].find(['\\', '\'']) {
        at += found;
        if rest[at..].starts_with('\'') {
            return at + 1;
        }
        at += 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8);
    }
    rest.len()
}

/// Returns the opening mark of a dollar-quoted string, `$$` or `$tag$`.
fn dollar_tag(rest: &str) -> Option<&str> {
    let name = rest.strip_prefix('$')?;
    let length = name.find(|character: char| !(character.is_alphanumeric() || character == '_'))?;
    let named = !name.starts_with(|character: char| character.is_ascii_digit());
    (named && name[length..].starts_with('$')).then(|| &rest[..length + 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_marks_outside_strings_names_and_comments() {
        for (text, wanted) in [
            ("", vec![]),
            (" ; -- isn't\n; /* */ -- 'x", vec![]),
            ("SELECT 1", vec!["SELECT 1"]),
            (
                "BEGIN; SELECT ';', \";\" /* ; /* ; */ ; */ ;",
                vec!["BEGIN", "SELECT ';', \";\" /* ; /* ; */ ; */"],
            ),
            ("SELECT $a$;$a$; SELECT E'\\';', 'it''s;'", vec!["SELECT $a$;$a$", "SELECT E'\\';', 'it''s;'"]),
            ("SELECT '; SELECT 1", vec!["SELECT '; SELECT 1"]),
        ] {
            assert_eq!(statements(text), wanted, "{text}");
        }
    }

    #[test]
    fn only_an_outer_order_by_orders() {
        for (text, wanted) in [
            ("SELECT a FROM t ORDER\n BY a", true),
            ("SELECT a FROM (SELECT a FROM t ORDER BY a) x", false),
            ("SELECT 'order by' FROM t", false),
            ("SELECT a FROM t -- order by", false),
            ("SELECT row_number() OVER (ORDER BY a) FROM t", false),
        ] {
            assert_eq!(is_ordered(text), wanted, "{text}");
        }
    }

    #[test]
    fn commands_of_a_transaction_are_told_apart() {
        for (statement, wanted) in [
            ("START TRANSACTION", Control::Begin),
            ("abort", Control::End),
            ("COMMIT AND NO CHAIN", Control::End),
            ("ROLLBACK AND CHAIN", Control::Chain),
            ("ROLLBACK WORK TO SAVEPOINT a", Control::Savepoint),
            ("RELEASE a", Control::Savepoint),
            ("SET TRANSACTION READ ONLY", Control::None),
        ] {
            assert_eq!(control(statement), wanted, "{statement}");
        }
    }

    #[test]
    fn tags_are_postgresqls() {
        for (statement, kind, wanted) in [
            ("select 1", StatementKind::Query, "SELECT"),
            ("VALUES (1)", StatementKind::Query, "SELECT"),
            ("WITH x AS (DELETE FROM t RETURNING a) INSERT INTO u", StatementKind::Change, "INSERT"),
            ("WITH x AS (SELECT 1) SELECT * FROM x", StatementKind::Query, "SELECT"),
            ("Commit", StatementKind::Commit, "COMMIT"),
            ("END", StatementKind::Rollback, "ROLLBACK"),
            ("ABORT", StatementKind::Rollback, "ROLLBACK"),
            ("ROLLBACK TO x", StatementKind::Savepoint, "ROLLBACK"),
            ("START TRANSACTION", StatementKind::Begin, "START TRANSACTION"),
            ("SET TRANSACTION READ ONLY", StatementKind::Begin, "SET"),
            ("CREATE UNIQUE INDEX i ON t (a)", StatementKind::Schema, "CREATE INDEX"),
            ("alter table t add column b int", StatementKind::Schema, "ALTER TABLE"),
            ("LOCK t", StatementKind::Query, "LOCK TABLE"),
            ("truncate t", StatementKind::Change, "TRUNCATE TABLE"),
        ] {
            assert_eq!(tag(statement, kind), wanted, "{statement}");
        }
    }
}
