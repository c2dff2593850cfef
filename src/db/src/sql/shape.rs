//! Shapes: a statement with its values taken out, so that equal work counts as one.
//!
//! In: tokens. Out: the text a learner sees, such as `SELECT name FROM customers WHERE id = ?`. Constants and
//! parameters become `?`, a list of them after IN becomes `(?, …)`, rows of VALUES beyond the first become
//! `…`. White space and comments become one space; names and the spelling of key words stay as written.
//! PostgreSQL's `pg_stat_statements` does the same.

use super::tokens::{Kind, Token};

/// Returns the shape of a statement.
pub(crate) fn shape(sql: &str, tokens: &[Token]) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut index = 0;
    let mut previous_end = None;
    while index < tokens.len() {
        let token = &tokens[index];
        if previous_end.is_some_and(|end| end < token.start) {
            out.push(' ');
        }
        let next = push(sql, tokens, index, &mut out);
        previous_end = Some(tokens[next - 1].end);
        index = next;
    }
    out
}

/// Writes the token at `index`, or the group that begins there; returns the index after it.
fn push(sql: &str, tokens: &[Token], index: usize, out: &mut String) -> usize {
    let token = &tokens[index];
    if token.is_word(sql, "in")
        && let Some(end) = list_end(sql, tokens, index + 1)
    {
        out.push_str(token.of(sql));
        out.push_str(" (?, …)");
        return end;
    }
    if token.is_word(sql, "values")
        && let Some((row_end, end)) = value_rows(sql, tokens, index + 1)
    {
        out.push_str(token.of(sql));
        out.push(' ');
        out.push_str(&shape(sql, &tokens[index + 1..row_end]));
        out.push_str(", …");
        return end;
    }
    match token.is_value() {
        true => out.push('?'),
        false => out.push_str(token.of(sql)),
    }
    index + 1
}

/// Returns the index after `(value, value …)` or after one parameter, if that is what stands at `index`.
pub(crate) fn list_end(sql: &str, tokens: &[Token], index: usize) -> Option<usize> {
    let first = tokens.get(index)?;
    if matches!(first.kind, Kind::Named | Kind::Numbered) {
        return Some(index + 1);
    }
    if !first.is_symbol(sql, "(") {
        return None;
    }
    let close = index + tokens[index..].iter().position(|token| token.is_symbol(sql, ")"))?;
    let inside = &tokens[index + 1..close];
    let only_values = inside.iter().all(|token| {
        token.is_value()
            || token.is_symbol(sql, ",")
            || token.is_symbol(sql, "-")
            || token.is_word(sql, "null")
    });
    (only_values && !inside.is_empty()).then_some(close + 1)
}

/// Returns where the first row of several ends and where the last one does.
fn value_rows(sql: &str, tokens: &[Token], index: usize) -> Option<(usize, usize)> {
    let first_end = group_end(sql, tokens, index)?;
    let mut end = first_end;
    while tokens.get(end).is_some_and(|token| token.is_symbol(sql, ",")) {
        end = group_end(sql, tokens, end + 1)?;
    }
    (end > first_end).then_some((first_end, end))
}

/// Returns the index after the bracket that closes the one at `index`.
pub(crate) fn group_end(sql: &str, tokens: &[Token], index: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (offset, token) in tokens.get(index..)?.iter().enumerate() {
        if token.is_symbol(sql, "(") {
            depth += 1;
        } else if token.is_symbol(sql, ")") {
            depth = depth.checked_sub(1)?;
        }
        if depth == 0 {
            return (offset > 0).then_some(index + offset + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokenize;
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let tokens = tokenize(sql).expect("the test's text is well formed");
        assert_eq!(shape(sql, &tokens), expected);
    }

    #[test]
    fn values_are_taken_out() {
        check("SELECT name FROM customers WHERE id = 7", "SELECT name FROM customers WHERE id = ?");
        check("SELECT name FROM customers WHERE id = :id", "SELECT name FROM customers WHERE id = ?");
        check(
            "select  *\n from t -- all\n where a=$1 /* b /* c */ */ and b='it''s'",
            "select * from t where a=? and b=?",
        );
        check("SELECT E'a\\'b', $tag$x$tag$, 1.5e-3, .5", "SELECT ?, ?, ?, ?");
        check("SELECT \"Odd 1\", a1, :a::int FROM t1", "SELECT \"Odd 1\", a1, ?::int FROM t1");
        check("SELECT 1 WHERE a IS NULL AND b = TRUE", "SELECT ? WHERE a IS NULL AND b = TRUE");
    }

    #[test]
    fn lists_of_values_are_one_shape() {
        check("SELECT 1 FROM t WHERE id IN (1)", "SELECT ? FROM t WHERE id IN (?, …)");
        check("SELECT 1 FROM t WHERE id in (1, -2, :c)", "SELECT ? FROM t WHERE id in (?, …)");
        check("SELECT 1 FROM t WHERE id IN :ids", "SELECT ? FROM t WHERE id IN (?, …)");
        check("SELECT 1 FROM t WHERE id IN (SELECT 2)", "SELECT ? FROM t WHERE id IN (SELECT ?)");
        check("SELECT 1 FROM t WHERE id IN (a, 2)", "SELECT ? FROM t WHERE id IN (a, ?)");
        check("SELECT 1 FROM t WHERE id = ANY(:ids)", "SELECT ? FROM t WHERE id = ANY(?)");
        check("INSERT INTO t (a, b) VALUES (1, 2), (3, 4)", "INSERT INTO t (a, b) VALUES (?, ?), …");
        check("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (?)");
    }
}
