//! Our tokens as the parser's tokens.
//!
//! In: PostgreSQL's tokens (`tokens.rs`). Out: tokens of the library `sqlparser` whose places are bytes of the
//! learner's text, and the parameters. What the library's grammar lacks is folded here: the strengths and
//! aliases of locking clauses go into one quoted name, `IN :ids` gets brackets, a parameter becomes `:p` and its
//! index. Text that would make a recursive reader run out of stack is refused. Not here: grammar (`parse.rs`).

use super::keywords::is_keyword;
use super::params::{Param, Takes};
use super::tokens::{Kind, Token};
use crate::answer::SqlError;
use crate::limits::MAX_EXPRESSION_DEPTH;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span, Token as Fed, TokenWithSpan, Word};

/// Words that join two operands, like operators.
const JOINING: [&str; 14] = [
    "and",
    "or",
    "is",
    "not",
    "like",
    "ilike",
    "in",
    "between",
    "union",
    "intersect",
    "except",
    "isnull",
    "notnull",
    "join",
];

/// Words after FOR, and the name by which the parser's FOR UPDATE carries them.
const STRENGTHS: [(&[&str], &str); 4] = [
    (&["for", "no", "key", "update"], "nokeyupdate"),
    (&["for", "key", "share"], "keyshare"),
    (&["for", "update"], "update"),
    (&["for", "share"], "share"),
];

/// Tokens for the parser, with the parameters in order of appearance.
pub(crate) fn feed(sql: &str, tokens: &[Token]) -> Result<(Vec<TokenWithSpan>, Vec<Param>), SqlError> {
    check_depth(sql, tokens)?;
    let mut feeder = Feeder { sql, tokens, out: Vec::with_capacity(tokens.len() + 1), params: Vec::new() };
    let mut at = 0;
    while at < tokens.len() {
        at = feeder.push(at)?;
    }
    let end = span(sql.trim_end().len(), sql.trim_end().len());
    feeder.out.push(TokenWithSpan::new(Fed::EOF, end));
    Ok((feeder.out, feeder.params))
}

/// A place as the parser keeps it: one long line, bytes for columns, counted from 1.
fn span(start: usize, end: usize) -> Span {
    Span::new(Location::new(1, start as u64 + 1), Location::new(1, end as u64 + 1))
}

/// Returns the first byte of a parsed node, if it has a place.
pub(crate) fn byte_of(span: Span) -> Option<usize> {
    (span.start.line == 1).then(|| (span.start.column - 1) as usize)
}

/// Returns the byte after a parsed node, if it has a place.
pub(crate) fn end_of(span: Span) -> Option<usize> {
    (span.end.line == 1).then(|| (span.end.column - 1) as usize)
}

struct Feeder<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    out: Vec<TokenWithSpan>,
    params: Vec<Param>,
}

impl Feeder<'_> {
    /// Adds the token at `at`, or the group that begins there; returns the index after it.
    fn push(&mut self, at: usize) -> Result<usize, SqlError> {
        if let Some(after) = self.locking(at) {
            return Ok(after);
        }
        if overriding(self.sql, self.tokens, at) {
            return Ok(at + 3);
        }
        if self.word(at, "insert") && self.word(at + 1, "or") {
            return Err(super::command::syntax_error(self.sql, &self.tokens[at + 1]));
        }
        self.check_conflict_target(at)?;
        self.check_bracket(at)?;
        let token = self.tokens[at];
        let list = at > 0
            && self.tokens[at - 1].is_word(self.sql, "in")
            && matches!(token.kind, Kind::Named | Kind::Numbered);
        if list {
            self.add(&token, Fed::LParen);
        }
        let fed = match token.kind {
            Kind::Word => word(token.of(self.sql)),
            Kind::Quoted => Fed::make_word(&token.name(self.sql), Some('"')),
            Kind::Text => Fed::SingleQuotedString(text_of(self.sql, &token)?),
            Kind::Number => Fed::Number(number_of(self.sql, &token)?, false),
            Kind::Named | Kind::Numbered => Fed::Placeholder(self.param(&token)),
            Kind::Symbol => symbol(self.sql, &token)?,
        };
        self.add(&token, fed);
        if list {
            self.add(&token, Fed::RParen);
        }
        Ok(at + 1)
    }

    fn add(&mut self, token: &Token, fed: Fed) {
        self.out.push(TokenWithSpan::new(fed, span(token.start, token.end)));
    }

    fn word(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_word(self.sql, word))
    }

    /// `FOR NO KEY UPDATE OF a, b` becomes `FOR UPDATE OF "nokeyupdate:a,b"`.
    fn locking(&mut self, at: usize) -> Option<usize> {
        let fits = |words: &[&str]| words.iter().enumerate().all(|(index, word)| self.word(at + index, word));
        let (words, strength) = STRENGTHS.iter().find(|(words, _)| fits(words))?;
        let mut after = at + words.len();
        let mut names = Vec::new();
        if self.word(after, "of") {
            loop {
                let name = self.tokens.get(after + 1).filter(|token| token.is_name())?;
                names.push(name.name(self.sql));
                after += 2;
                if !self.tokens.get(after).is_some_and(|token| token.is_symbol(self.sql, ",")) {
                    break;
                }
            }
        }
        let (first, last) = (self.tokens[at], self.tokens[after - 1]);
        let whole = Token { kind: Kind::Word, start: first.start, end: last.end };
        self.add(&whole, Fed::make_keyword("FOR"));
        self.add(&whole, Fed::make_keyword("UPDATE"));
        self.add(&whole, Fed::make_keyword("OF"));
        self.add(&whole, Fed::make_word(&format!("{strength}:{}", names.join(",")), Some('"')));
        Some(after)
    }

    /// `[` follows ARRAY or a value; SQLite also writes names in it.
    fn check_bracket(&self, at: usize) -> Result<(), SqlError> {
        let token = &self.tokens[at];
        let value = |before: &Token| {
            before.is_symbol(self.sql, ")") || before.is_symbol(self.sql, "]") || before.is_name()
        };
        let before = at.checked_sub(1).map(|before| &self.tokens[before]);
        let follows = before.is_some_and(|before| value(before) && !before.is_word(self.sql, "select"));
        match token.is_symbol(self.sql, "[") && !follows {
            true => Err(super::command::syntax_error(self.sql, token)),
            false => Ok(()),
        }
    }

    /// The parser knows only columns between ON CONFLICT and DO.
    fn check_conflict_target(&self, at: usize) -> Result<(), SqlError> {
        let target = self.word(at, "on")
            && self.word(at + 1, "conflict")
            && self.tokens.get(at + 2).is_some_and(|token| token.is_symbol(self.sql, "("));
        if !target {
            return Ok(());
        }
        let until_do = self.tokens[at + 3..].iter().take_while(|token| !token.is_word(self.sql, "do"));
        let odd =
            until_do.clone().find(|token| token.is_symbol(self.sql, "(") || token.is_word(self.sql, "where"));
        match odd {
            Some(token) => {
                let message = "ON CONFLICT over expressions or partial indexes is not available here";
                Err(SqlError::new("0A000", message).at(self.sql, token.start))
            }
            None => Ok(()),
        }
    }

    fn param(&mut self, token: &Token) -> String {
        let name = &token.of(self.sql)[1..];
        let known = self.params.iter().position(|param| param.name == name);
        let index = known.unwrap_or_else(|| {
            let param = Param { name: name.to_owned(), start: token.start, takes: Takes::Either, kind: None };
            self.params.push(param);
            self.params.len() - 1
        });
        format!(":p{index}")
    }
}

/// A word that PostgreSQL does not know is a name, whatever other databases take it for.
fn word(text: &str) -> Fed {
    let keyword = Fed::make_word(text, None);
    match keyword {
        Fed::Word(word) if !is_keyword(text) => Fed::Word(Word { keyword: Keyword::NoKeyword, ..word }),
        keyword => keyword,
    }
}

/// Whether OVERRIDING SYSTEM VALUE begins at a token: the parser does not know it.
pub(crate) fn overriding(sql: &str, tokens: &[Token], at: usize) -> bool {
    let words = ["overriding", "system", "value"];
    words
        .iter()
        .enumerate()
        .all(|(ahead, word)| tokens.get(at + ahead).is_some_and(|token| token.is_word(sql, word)))
}

/// Refuses text so deep that reading it recursively could end the stack.
fn check_depth(sql: &str, tokens: &[Token]) -> Result<(), SqlError> {
    let mut open = vec![0_usize];
    let mut total = 0;
    for token in tokens {
        let last = open.last_mut().expect("one level is always open");
        if token.is_symbol(sql, "(") || token.is_symbol(sql, "[") || token.is_word(sql, "case") {
            open.push(0);
        } else if token.is_symbol(sql, ")") || token.is_symbol(sql, "]") || token.is_word(sql, "end") {
            if open.len() > 1 {
                total -= open.pop().unwrap_or(0);
            }
        } else if token.is_symbol(sql, ",") || token.is_word(sql, "where") {
            total -= std::mem::take(last);
        } else if joins(sql, token) {
            *last += 1;
            total += 1;
        }
        if total + 4 * open.len() > MAX_EXPRESSION_DEPTH {
            return Err(too_deep());
        }
    }
    Ok(())
}

fn joins(sql: &str, token: &Token) -> bool {
    match token.kind {
        Kind::Symbol => !token.is_symbol(sql, "."),
        Kind::Word => JOINING.iter().any(|word| token.is_word(sql, word)),
        _ => false,
    }
}

/// Returns PostgreSQL's error for a statement that is nested too deeply.
pub(crate) fn too_deep() -> SqlError {
    SqlError::new("54001", "stack depth limit exceeded")
        .with_hint("Write the statement with fewer nested or chained expressions.")
}

/// Returns the content of a string constant.
fn text_of(sql: &str, token: &Token) -> Result<String, SqlError> {
    let text = token.of(sql);
    let content = match text.as_bytes()[0] {
        b'\'' => text[1..text.len() - 1].replace("''", "'"),
        b'$' => dollar_body(text).to_owned(),
        _ => unescaped(sql, token, &text[2..text.len() - 1])?,
    };
    if content.contains('\0') {
        let error = SqlError::new("22021", "invalid byte sequence for encoding \"UTF8\": 0x00");
        return Err(error.at(sql, token.start));
    }
    Ok(content)
}

fn dollar_body(text: &str) -> &str {
    let tag = 2 + text[1..].find('$').expect("a dollar-quoted string has a tag");
    &text[tag..text.len() - tag]
}

/// Reads the escapes of `E'…'` that PostgreSQL documents as single letters; numeric ones are refused.
fn unescaped(sql: &str, token: &Token, body: &str) -> Result<String, SqlError> {
    let mut out = String::with_capacity(body.len());
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push(match characters.next().unwrap_or('\\') {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'x' | 'u' | 'U' | '0'..='7' => {
                    let message = "numeric escapes in a string are not available here";
                    return Err(SqlError::new("0A000", message).at(sql, token.start));
                }
                other => other,
            }),
            '\'' => {
                characters.next();
                out.push('\'');
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// PostgreSQL 15 reads `1abc` as a number and a name; so does nobody on purpose.
fn number_of(sql: &str, token: &Token) -> Result<String, SqlError> {
    let text = token.of(sql);
    let exponent = text.find(['e', 'E']);
    let mantissa = &text[..exponent.unwrap_or(text.len())];
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = mantissa.bytes().filter(|byte| *byte == b'.').count() <= 1
        && digits(&mantissa.replacen('.', "", 1))
        && exponent.is_none_or(|at| {
            let power = text[at + 1..].trim_start_matches(['+', '-']);
            !power.is_empty() && digits(power)
        });
    match whole {
        true => Ok(text.to_owned()),
        false => {
            Err(SqlError::new("42601", format!("trailing junk after numeric literal at or near \"{text}\""))
                .at(sql, token.start))
        }
    }
}

/// PostgreSQL's operators that the parser knows; others are named in a refusal.
fn symbol(sql: &str, token: &Token) -> Result<Fed, SqlError> {
    let text = token.of(sql);
    Ok(match text {
        "," => Fed::Comma,
        "(" => Fed::LParen,
        ")" => Fed::RParen,
        "[" => Fed::LBracket,
        "]" => Fed::RBracket,
        "." => Fed::Period,
        "=" => Fed::Eq,
        "<>" | "!=" => Fed::Neq,
        "<" => Fed::Lt,
        ">" => Fed::Gt,
        "<=" => Fed::LtEq,
        ">=" => Fed::GtEq,
        "+" => Fed::Plus,
        "-" => Fed::Minus,
        "*" => Fed::Mul,
        "/" => Fed::Div,
        "%" => Fed::Mod,
        "||" => Fed::StringConcat,
        "::" => Fed::DoubleColon,
        "==" => {
            return Err(SqlError::new("42883", "operator does not exist: ==")
                .at(sql, token.start)
                .with_hint("PostgreSQL compares with a single =."));
        }
        "?" => {
            let error = super::command::syntax_error(sql, token);
            return Err(error.with_hint("A parameter is written :name."));
        }
        ":" | "`" | "\\" | "{" | "}" | ";" => return Err(super::command::syntax_error(sql, token)),
        _ => {
            let message = format!("the operator {text} is not available here");
            return Err(SqlError::new("0A000", message).at(sql, token.start));
        }
    })
}
