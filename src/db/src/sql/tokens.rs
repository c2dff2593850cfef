//! Splits SQL text into tokens by PostgreSQL's lexical rules.
//!
//! In: a statement or script. Out: tokens with their bytes, comments and white space left out. Only as much is
//! understood as shapes, parameters and refusals need. Not here: grammar; SQLite parses.
//!
//! Rules: PostgreSQL manual, section 4.1 "Lexical Structure".

use crate::answer::SqlError;

/// What kind of word a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A key word or unquoted name.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A string constant: `'…'`, `E'…'`, `$$…$$`.
    Text,
    /// A numeric constant.
    Number,
    /// `:name`.
    Named,
    /// `$1`.
    Numbered,
    /// An operator or punctuation mark.
    Symbol,
}

/// One token: a range of bytes of the text it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    /// Returns the token as written.
    pub(crate) fn of<'a>(&self, sql: &'a str) -> &'a str {
        &sql[self.start..self.end]
    }

    /// Returns whether this is the unquoted word `word`, in any case.
    pub(crate) fn is_word(&self, sql: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.of(sql).eq_ignore_ascii_case(word)
    }

    /// Returns whether this is the operator or mark `symbol`.
    pub(crate) fn is_symbol(&self, sql: &str, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.of(sql) == symbol
    }

    /// Returns whether this is a constant or a parameter.
    pub(crate) fn is_value(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Number | Kind::Named | Kind::Numbered)
    }

    /// Returns the name this token spells: folded to lower case unless quoted, as PostgreSQL does.
    pub(crate) fn name(&self, sql: &str) -> String {
        let text = self.of(sql);
        if self.kind == Kind::Quoted {
            return text[1..text.len() - 1].replace("\"\"", "\"");
        }
        text.to_ascii_lowercase()
    }

    /// Returns whether this token can be a name.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted)
    }
}

/// Operators of more than one character, longest first.
const LONG_SYMBOLS: [&str; 12] = ["->>", "#>>", "::", "<>", "!=", ">=", "<=", "==", "||", "->", "#>", ":="];

/// Splits `sql` into tokens.
///
/// # Errors
/// 42601 for a string, name or comment without its end.
pub(crate) fn tokenize(sql: &str) -> Result<Vec<Token>, SqlError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < sql.len() {
        let after = skip_blank(sql, at)?;
        if after > at {
            at = after;
            continue;
        }
        let (kind, end) = token_at(sql, at)?;
        tokens.push(Token { kind, start: at, end });
        at = end;
    }
    Ok(tokens)
}

/// Returns the byte after white space or one comment at `at`; `at` if there is none.
fn skip_blank(sql: &str, at: usize) -> Result<usize, SqlError> {
    let rest = &sql[at..];
    if rest.starts_with("--") {
        return Ok(rest.find('\n').map_or(sql.len(), |end| at + end + 1));
    }
    if rest.starts_with("/*") {
        return comment_end(sql, at);
    }
    let blank = rest.find(|character: char| !character.is_whitespace()).unwrap_or(rest.len());
    Ok(at + blank)
}

/// Comments nest in PostgreSQL.
fn comment_end(sql: &str, start: usize) -> Result<usize, SqlError> {
    let bytes = sql.as_bytes();
    let (mut at, mut depth) = (start, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(unterminated("/* comment", sql, start))
}

fn token_at(sql: &str, at: usize) -> Result<(Kind, usize), SqlError> {
    let rest = &sql[at..];
    let first = rest.chars().next().expect("the caller stops at the end");
    let second = rest[first.len_utf8()..].chars().next().unwrap_or(' ');
    match first {
        '\'' => Ok((Kind::Text, string_end(sql, at, at + 1, Escapes::Doubled)?)),
        'e' | 'E' if second == '\'' => Ok((Kind::Text, string_end(sql, at, at + 2, Escapes::Backslash)?)),
        '"' => Ok((Kind::Quoted, name_end(sql, at)?)),
        '$' if second.is_ascii_digit() => {
            Ok((Kind::Numbered, at + 1 + run(&rest[1..], |c| c.is_ascii_digit())))
        }
        '$' if dollar_tag(rest).is_some() => Ok((Kind::Text, dollar_end(sql, at)?)),
        ':' if is_name_start(second) => Ok((Kind::Named, at + 1 + run(&rest[1..], is_name_part))),
        _ if first.is_ascii_digit() || (first == '.' && second.is_ascii_digit()) => {
            Ok((Kind::Number, at + number_length(rest)))
        }
        _ if is_name_start(first) => Ok((Kind::Word, at + run(rest, is_name_part))),
        _ => Ok((Kind::Symbol, at + symbol_length(rest, first))),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    Doubled,
    Backslash,
}

fn string_end(sql: &str, start: usize, body: usize, escapes: Escapes) -> Result<usize, SqlError> {
    let bytes = sql.as_bytes();
    let mut at = body;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes == Escapes::Backslash => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Ok(at + 1),
            _ => at += 1,
        }
    }
    Err(unterminated("quoted string", sql, start))
}

fn name_end(sql: &str, start: usize) -> Result<usize, SqlError> {
    let bytes = sql.as_bytes();
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' if bytes.get(at + 1) == Some(&b'"') => at += 2,
            b'"' if at == start + 1 => {
                let message = "zero-length delimited identifier at or near \"\"\"\"";
                return Err(SqlError::new("42601", message).at(sql, start));
            }
            b'"' => return Ok(at + 1),
            _ => at += 1,
        }
    }
    Err(unterminated("quoted identifier", sql, start))
}

/// Returns the opening mark of a dollar-quoted string, `$$` or `$tag$`.
fn dollar_tag(rest: &str) -> Option<&str> {
    let length = run(&rest[1..], is_name_part);
    (rest[1 + length..].starts_with('$')).then(|| &rest[..length + 2])
}

fn dollar_end(sql: &str, start: usize) -> Result<usize, SqlError> {
    let tag = dollar_tag(&sql[start..]).expect("the caller saw a tag");
    let body = start + tag.len();
    match sql[body..].find(tag) {
        Some(end) => Ok(body + end + tag.len()),
        None => Err(unterminated("dollar-quoted string", sql, start)),
    }
}

fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let sign_of_exponent = matches!(bytes[at], b'+' | b'-') && matches!(bytes[at - 1], b'e' | b'E');
        if !(bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'.' | b'_') || sign_of_exponent) {
            break;
        }
        at += 1;
    }
    at
}

fn symbol_length(rest: &str, first: char) -> usize {
    LONG_SYMBOLS
        .iter()
        .find(|symbol| rest.starts_with(**symbol))
        .map_or(first.len_utf8(), |symbol| symbol.len())
}

fn is_name_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

fn is_name_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Returns the bytes of the longest prefix whose characters all satisfy `accept`.
fn run(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|character| !accept(character)).unwrap_or(text.len())
}

fn unterminated(what: &str, sql: &str, start: usize) -> SqlError {
    SqlError::new("42601", format!("unterminated {what} at or near \"{}\"", &sql[start..])).at(sql, start)
}
