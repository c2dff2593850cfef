//! Source code in lines of coloured pieces, for the places where no editor is loaded.
//!
//! A scanner for keywords, strings and comments: enough for the colours, and it never fails. The editor
//! itself parses properly.

/// Which language a file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeLanguage {
    /// Python.
    Python,
    /// SQL.
    Sql,
}

impl CodeLanguage {
    /// Returns the language of a file by its name: `.sql` is SQL, everything else Python.
    pub fn of_file(name: &str) -> CodeLanguage {
        if name.ends_with(".sql") { CodeLanguage::Sql } else { CodeLanguage::Python }
    }

    /// Returns the name that the editor knows it by.
    pub fn key(self) -> &'static str {
        match self {
            CodeLanguage::Python => "python",
            CodeLanguage::Sql => "sql",
        }
    }
}

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Anything else.
    Plain,
    /// A keyword.
    Keyword,
    /// The word `await`.
    Await,
    /// A string.
    Text,
    /// A comment.
    Comment,
}

impl SpanKind {
    /// Returns the CSS class; empty for plain code.
    pub fn class(self) -> &'static str {
        match self {
            SpanKind::Plain => "",
            SpanKind::Keyword => "k",
            SpanKind::Await => "k await",
            SpanKind::Text => "s",
            SpanKind::Comment => "c",
        }
    }
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSpan {
    /// What it is.
    pub kind: SpanKind,
    /// The text, without line break.
    pub text: String,
}

const PYTHON_KEYWORDS: [&str; 34] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with",
];

const SQL_KEYWORDS: [&str; 36] = [
    "AND",
    "AS",
    "ASC",
    "BY",
    "CHECK",
    "CREATE",
    "DEFAULT",
    "DELETE",
    "DESC",
    "FOREIGN",
    "FROM",
    "GROUP",
    "IN",
    "INDEX",
    "INSERT",
    "INTO",
    "JOIN",
    "KEY",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "PRIMARY",
    "REFERENCES",
    "SELECT",
    "SET",
    "TABLE",
    "UNIQUE",
    "UPDATE",
    "VALUES",
    "WHERE",
    "WITH",
];

/// Splits source code into lines of pieces.
pub fn code_lines(source: &str, language: CodeLanguage) -> Vec<Vec<CodeSpan>> {
    let mut lines = vec![Vec::new()];
    let mut rest = source;
    while !rest.is_empty() {
        let (kind, length) = piece(rest, language);
        push(&mut lines, kind, &rest[..length]);
        rest = &rest[length..];
    }
    if source.ends_with('\n') {
        lines.pop();
    }
    lines
}

/// Appends a piece, starting a new line at each line break in it.
fn push(lines: &mut Vec<Vec<CodeSpan>>, kind: SpanKind, text: &str) {
    for (index, part) in text.split('\n').enumerate() {
        if index > 0 {
            lines.push(Vec::new());
        }
        let line = lines.last_mut().expect("there is always a line");
        match line.last_mut() {
            _ if part.is_empty() => {}
            Some(last) if last.kind == kind => last.text.push_str(part),
            _ => line.push(CodeSpan { kind, text: part.to_owned() }),
        }
    }
}

/// Returns kind and length in bytes of the piece that `rest` begins with.
fn piece(rest: &str, language: CodeLanguage) -> (SpanKind, usize) {
    let first = rest.chars().next().expect("the rest is not empty");
    let comment = match language {
        CodeLanguage::Python => "#",
        CodeLanguage::Sql => "--",
    };
    if rest.starts_with(comment) {
        return (SpanKind::Comment, rest.find('\n').unwrap_or(rest.len()));
    }
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if rest.starts_with(quote) {
            return (SpanKind::Text, string_length(rest, quote));
        }
    }
    if is_word(first) && !first.is_ascii_digit() {
        let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
        return (word_kind(&rest[..length], language), length);
    }
    (SpanKind::Plain, first.len_utf8())
}

/// Letters beyond ASCII are taken to be letters: tables of all of them would weigh more than this crate.
pub(crate) fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || !character.is_ascii()
}

fn word_kind(word: &str, language: CodeLanguage) -> SpanKind {
    let known = match language {
        CodeLanguage::Python if word == "await" => return SpanKind::Await,
        CodeLanguage::Python => PYTHON_KEYWORDS.contains(&word),
        CodeLanguage::Sql => SQL_KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word)),
    };
    if known { SpanKind::Keyword } else { SpanKind::Plain }
}

/// The length of a string with its quotes. One that is not closed ends with its line, or with the file when
/// its quotes are triple.
fn string_length(rest: &str, quote: &str) -> usize {
    let mut escaped = false;
    for (index, character) in rest.char_indices().skip(quote.len()) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote.len() == 1 => return index,
            _ if rest[index..].starts_with(quote) => return index + quote.len(),
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: CodeLanguage, source: &str, expected: &str) {
        let shown = code_lines(source, language)
            .iter()
            .map(|line| {
                line.iter().map(|span| format!("{}⟨{}⟩", span.kind.class(), span.text)).collect::<String>()
            })
            .collect::<Vec<_>>()
            .join("\n");
        assert_eq!(shown, expected);
    }

    #[test]
    fn python() {
        check(
            CodeLanguage::Python,
            "a = await b(\"x # y\")  # why\n\nreturn 'it\\'s'\n",
            "⟨a = ⟩k await⟨await⟩⟨ b(⟩s⟨\"x # y\"⟩⟨)  ⟩c⟨# why⟩\n\nk⟨return⟩⟨ ⟩s⟨'it\\'s'⟩",
        );
        check(
            CodeLanguage::Python,
            "s = \"\"\"a\nb\"\"\" + 'open\nx",
            "⟨s = ⟩s⟨\"\"\"a⟩\ns⟨b\"\"\"⟩⟨ + ⟩s⟨'open⟩\n⟨x⟩",
        );
    }

    #[test]
    fn sql() {
        check(CodeLanguage::Sql, "select 'a' -- b\nfrom é", "k⟨select⟩⟨ ⟩s⟨'a'⟩⟨ ⟩c⟨-- b⟩\nk⟨from⟩⟨ é⟩");
    }
}
