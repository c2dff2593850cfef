//! JSON text: checked, and as `jsonb` spells it.
//!
//! In: text. Out: nothing or the normal form: one space after `:` and `,`, keys by length and then by bytes, the
//! last of equal keys. Rules: RFC 8259; PostgreSQL manual, section 8.14.

use super::kind::Kind;
use super::literal::invalid;
use crate::answer::SqlError;
use std::collections::BTreeMap;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 100;

/// Checks JSON text.
///
/// # Errors
/// 22P02.
pub(crate) fn check(text: &str) -> Result<(), SqlError> {
    read(text).map(|_| ()).ok_or_else(|| wrong(Kind::Json, text))
}

/// Returns JSON text as `jsonb` prints it.
///
/// # Errors
/// 22P02, and 0A000 for numbers with an exponent.
pub(crate) fn normalised(text: &str) -> Result<String, SqlError> {
    let (normal, exponent) = read(text).ok_or_else(|| wrong(Kind::Jsonb, text))?;
    match exponent {
        true => Err(SqlError::new("0A000", "jsonb numbers with an exponent are not available here")),
        false => Ok(normal),
    }
}

fn wrong(kind: Kind, text: &str) -> SqlError {
    let error = invalid(kind, text);
    SqlError { message: "invalid input syntax for type json".to_owned(), ..error }
}

fn read(text: &str) -> Option<(String, bool)> {
    let mut reader = Reader { rest: text, exponent: false };
    let normal = reader.value(0)?;
    reader.blank();
    reader.rest.is_empty().then_some((normal, reader.exponent))
}

struct Reader<'a> {
    rest: &'a str,
    exponent: bool,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn accept(&mut self, mark: &str) -> bool {
        self.blank();
        let after = self.rest.strip_prefix(mark);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        for word in ["null", "true", "false"] {
            if self.accept(word) {
                return Some(word.to_owned());
            }
        }
        if self.accept("[") {
            return self.array(depth);
        }
        if self.accept("{") {
            return self.object(depth);
        }
        if self.rest.starts_with('"') {
            return self.string().map(|text| spelled(&text));
        }
        self.number()
    }

    fn array(&mut self, depth: usize) -> Option<String> {
        let mut items = Vec::new();
        while !self.accept("]") {
            if !items.is_empty() && !self.accept(",") {
                return None;
            }
            items.push(self.value(depth + 1)?);
        }
        Some(format!("[{}]", items.join(", ")))
    }

    fn object(&mut self, depth: usize) -> Option<String> {
        let mut entries: BTreeMap<(usize, String), String> = BTreeMap::new();
        let mut first = true;
        while !self.accept("}") {
            if !first && !self.accept(",") {
                return None;
            }
            first = false;
            self.blank();
            let key = self.string()?;
            if !self.accept(":") {
                return None;
            }
            let value = self.value(depth + 1)?;
            entries.insert((key.len(), key), value);
        }
        let shown: Vec<String> =
            entries.iter().map(|((_, key), value)| format!("{}: {value}", spelled(key))).collect();
        Some(format!("{{{}}}", shown.join(", ")))
    }

    fn string(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut characters = self.rest.strip_prefix('"')?.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => out.push(match characters.next()? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'u' => unicode(&mut characters)?,
                    plain @ ('"' | '\\' | '/') => plain,
                    _ => return None,
                }),
                control if control < ' ' => return None,
                other => out.push(other),
            }
        }
        self.rest = characters.as_str();
        Some(out)
    }

    fn number(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, power) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let power = power.strip_prefix(['+', '-']).unwrap_or(power);
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if !digits(whole) || !digits(fraction) || !digits(power) || leading_zero {
            return None;
        }
        self.exponent |= unsigned.contains(['e', 'E']);
        self.rest = rest;
        let negative_zero = text.starts_with('-') && mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        Some(if negative_zero { unsigned.to_owned() } else { text.to_owned() })
    }
}

fn unicode(characters: &mut std::str::Chars<'_>) -> Option<char> {
    let high = four_digits(characters)?;
    if (0xd800..0xdc00).contains(&high) {
        if characters.next() != Some('\\') || characters.next() != Some('u') {
            return None;
        }
        let low = four_digits(characters)?;
        let pair = 0x1_0000 + ((high - 0xd800) << 10) + low.checked_sub(0xdc00)?;
        return char::from_u32(pair);
    }
    char::from_u32(high).filter(|character| *character != '\0')
}

fn four_digits(characters: &mut std::str::Chars<'_>) -> Option<u32> {
    let mut number = 0;
    for _ in 0..4 {
        number = number * 16 + characters.next()?.to_digit(16)?;
    }
    Some(number)
}

fn spelled(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
