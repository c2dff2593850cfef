//! Reads the short JSON texts that a trace carries: bound values, rows, arguments of services.
//!
//! In: JSON as [`Value::to_json`] writes it. Out: the value; none for a text that was cut. Not here: JSON of
//! anybody else.

use unhappy_trace::Value;

/// How deep lists and maps may lie in each other.
const DEEPEST: u32 = 32;

/// Reads a text; none when it is no whole JSON value.
pub(crate) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.rest.trim_start().is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        for (word, value) in
            [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))]
        {
            if self.eat(word) {
                return Some(value);
            }
        }
        match self.rest.trim_start().chars().next()? {
            _ if depth > DEEPEST => None,
            '"' => self.string().map(Value::Text),
            '[' => self.list(depth),
            '{' => self.map(depth),
            _ => self.number(),
        }
    }

    fn list(&mut self, depth: u32) -> Option<Value> {
        let mut items = vec![];
        if !self.eat("[") || self.eat("]") {
            return Some(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.eat("]") {
                return Some(Value::List(items));
            }
            self.eat(",").then_some(())?;
        }
    }

    fn map(&mut self, depth: u32) -> Option<Value> {
        let mut entries = vec![];
        if !self.eat("{") || self.eat("}") {
            return Some(Value::Map(entries));
        }
        loop {
            let key = self.string()?;
            self.eat(":").then_some(())?;
            entries.push((key, self.value(depth + 1)?));
            if self.eat("}") {
                return Some(Value::Map(entries));
            }
            self.eat(",").then_some(())?;
        }
    }

    fn string(&mut self) -> Option<String> {
        self.eat("\"").then_some(())?;
        let mut out = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[index + 1..];
                    return Some(out);
                }
                '\\' => out.push(match characters.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'u' => {
                        let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                        char::from_u32(u32::from_str_radix(&digits, 16).ok()?).unwrap_or('\u{fffd}')
                    }
                    other => other,
                }),
                other => out.push(other),
            }
        }
        None
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest.trim_start();
        let end = rest.find(|part: char| !part.is_ascii_digit() && !"+-.eE".contains(part));
        let (digits, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.rest = rest;
        if let Ok(number) = digits.parse() {
            return Some(Value::Int(number));
        }
        digits.parse().ok().map(Value::Float)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_trace_writes_reads_back() {
        for text in [
            "null",
            "-3",
            "1.5",
            "\"a \\\"b\\\"\\n\"",
            "[]",
            "[[1,\"Lamp\",null]]",
            "{\"id\":1,\"n\":[true]}",
        ] {
            assert_eq!(read(text).map(|value| value.to_json()).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_cut_text_does_not_read() {
        for text in ["", "[1,", "{\"a\":\"b", "[1]… (99 characters in all)", "{} #0"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
