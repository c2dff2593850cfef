//! Splits a spec into tokens.
//!
//! In: the text. Out: tokens with line and column. SQL blocks are kept as they are and not looked into; a `}`
//! ends one wherever it stands. Not here: what may follow what (`parse.rs`).
//!
//! Rule followed: PostgreSQL's `src/test/isolation/README`, the subset that `tests/oracle/README.md` names.

use super::SpecError;

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `setup`, `teardown`, `session`, `step` or `permutation`.
    Keyword(&'static str),
    /// A name, bare or in double quotes.
    Name(String),
    /// What stands between braces, without white space around it.
    Sql(String),
    /// A number or a mark of a blocker list.
    Mark(String),
    /// The end of the text.
    End,
}

/// One token and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
}

const KEYWORDS: [&str; 5] = ["setup", "teardown", "session", "step", "permutation"];

impl Token {
    /// Returns the error that something else was expected here.
    pub fn expected(&self, expected: &'static str) -> SpecError {
        let found = match &self.kind {
            Kind::Keyword(word) => format!("{word:?}"),
            Kind::Name(name) => format!("the name {name:?}"),
            Kind::Sql(_) => "an SQL block".to_owned(),
            Kind::Mark(mark) => format!("{mark:?}"),
            Kind::End => "the end of the spec".to_owned(),
        };
        SpecError::Syntax { line: self.line, column: self.column, expected, found }
    }

    /// Returns the error that the name here cannot be used.
    pub fn wrong(&self, problem: String) -> SpecError {
        SpecError::Name { line: self.line, column: self.column, problem }
    }
}

/// Splits a spec into tokens; the last one is [`Kind::End`].
///
/// # Errors
/// The first character that begins no token, or a name or SQL block without its end.
pub fn scan(text: &str) -> Result<Vec<Token>, SpecError> {
    let mut scanner = Scanner { rest: text, line: 1, column: 1 };
    let mut tokens = Vec::new();
    loop {
        scanner.skip_blank();
        let token = scanner.token()?;
        let ended = token.kind == Kind::End;
        tokens.push(token);
        if ended {
            return Ok(tokens);
        }
    }
}

struct Scanner<'a> {
    rest: &'a str,
    line: u32,
    column: u32,
}

impl<'a> Scanner<'a> {
    fn skip_blank(&mut self) {
        loop {
            let blank = length(self.rest, char::is_whitespace);
            self.take(blank);
            if !self.rest.starts_with('#') {
                return;
            }
            self.take(length(self.rest, |character| character != '\n'));
        }
    }

    fn token(&mut self) -> Result<Token, SpecError> {
        let (line, column) = (self.line, self.column);
        let kind = self.kind()?;
        Ok(Token { kind, line, column })
    }

    fn kind(&mut self) -> Result<Kind, SpecError> {
        let Some(first) = self.rest.chars().next() else { return Ok(Kind::End) };
        match first {
            '{' => self.sql(),
            '"' => self.quoted(),
            '(' | ')' | ',' | '*' => Ok(Kind::Mark(self.take(1).to_owned())),
            _ if first.is_ascii_digit() => {
                let digits = length(self.rest, |character| character.is_ascii_digit());
                Ok(Kind::Mark(self.take(digits).to_owned()))
            }
            _ if begins_name(first) => Ok(self.word()),
            _ => Err(self.error("a keyword, a name or an SQL block", format!("{first:?}"))),
        }
    }

    fn sql(&mut self) -> Result<Kind, SpecError> {
        let Some(end) = self.rest.find('}') else {
            return Err(self.error("\"}\" at the end of an SQL block", "none".to_owned()));
        };
        let block = self.take(end + 1);
        Ok(Kind::Sql(block[1..end].trim().to_owned()))
    }

    /// A name in double quotes; two of them stand for one.
    fn quoted(&mut self) -> Result<Kind, SpecError> {
        let line = self.rest.lines().next().unwrap_or("");
        let mut at = 1;
        while let Some(found) = line[at..].find('"') {
            at += found + 1;
            if !line[at..].starts_with('"') {
                let name = self.take(at);
                return Ok(Kind::Name(name[1..at - 1].replace("\"\"", "\"")));
            }
            at += 1;
        }
        Err(self.error("\"\\\"\" at the end of a name", "the end of the line".to_owned()))
    }

    fn word(&mut self) -> Kind {
        let word = self.take(length(self.rest, in_name));
        match KEYWORDS.iter().find(|keyword| **keyword == word) {
            Some(keyword) => Kind::Keyword(keyword),
            None => Kind::Name(word.to_owned()),
        }
    }

    /// Takes the next bytes and counts lines and columns.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        for character in taken.chars() {
            if character == '\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
        self.rest = rest;
        taken
    }

    fn error(&self, expected: &'static str, found: String) -> SpecError {
        SpecError::Syntax { line: self.line, column: self.column, expected, found }
    }
}

/// Returns the bytes of the longest beginning whose characters are all accepted.
fn length(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|character| !accept(character)).unwrap_or(text.len())
}

fn begins_name(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn in_name(character: char) -> bool {
    begins_name(character) || character.is_ascii_digit() || character == '$'
}
