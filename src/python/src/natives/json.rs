//! `_json`: reading JSON (RFC 8259 with CPython's extensions NaN, Infinity and -Infinity) into Python objects,
//! with CPython's error messages and positions. Writing: `json_write.rs`.

use crate::limits;
use rustpython_vm as vm;
use vm::builtins::PyBaseExceptionRef;
use vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};

/// The functions that a caller may pass for parts of the text, `None` where absent.
struct Hooks {
    object: Option<PyObjectRef>,
    float: Option<PyObjectRef>,
    int: Option<PyObjectRef>,
    pairs: Option<PyObjectRef>,
    error: PyObjectRef,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    hooks: Hooks,
    vm: &'a VirtualMachine,
}

impl Reader<'_> {
    fn document(&mut self) -> PyResult {
        self.skip_space();
        let value = self.value(0)?;
        self.skip_space();
        if self.at < self.text.len() {
            return Err(self.error("Extra data", self.at));
        }
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> PyResult {
        if depth > limits::DATA_DEPTH * 5 {
            return Err(self
                .vm
                .new_recursion_error("maximum recursion depth exceeded while decoding a JSON document"));
        }
        let ctx = &self.vm.ctx;
        for (word, value) in
            [("null", ctx.none()), ("true", ctx.new_bool(true).into()), ("false", ctx.new_bool(false).into())]
        {
            if self.take(word) {
                return Ok(value);
            }
        }
        for (word, number) in
            [("NaN", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)]
        {
            if self.take(word) {
                return Ok(ctx.new_float(number).into());
            }
        }
        match self.peek() {
            Some(b'"') => self.string().map(|text| ctx.new_str(text).into()),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.error("Expecting value", self.at)),
        }
    }

    fn array(&mut self, depth: usize) -> PyResult {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take("]") {
            return Ok(self.vm.ctx.new_list(items).into());
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take("]") {
                return Ok(self.vm.ctx.new_list(items).into());
            }
            let comma = self.at;
            if !self.take(",") {
                return Err(self.error("Expecting ',' delimiter", self.at));
            }
            self.skip_space();
            if self.peek() == Some(b']') {
                return Err(self.error("Illegal trailing comma before end of array", comma));
            }
        }
    }

    fn object(&mut self, depth: usize) -> PyResult {
        const NAME: &str = "Expecting property name enclosed in double quotes";
        self.at += 1;
        let mut pairs: Vec<(PyObjectRef, PyObjectRef)> = Vec::new();
        self.skip_space();
        if self.take("}") {
            return self.finished_object(pairs);
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.error(NAME, self.at));
            }
            let name: PyObjectRef = self.string().map(|name| self.vm.ctx.new_str(name).into())?;
            self.skip_space();
            if !self.take(":") {
                return Err(self.error("Expecting ':' delimiter", self.at));
            }
            self.skip_space();
            pairs.push((name, self.value(depth + 1)?));
            self.skip_space();
            if self.take("}") {
                return self.finished_object(pairs);
            }
            let comma = self.at;
            if !self.take(",") {
                return Err(self.error("Expecting ',' delimiter", self.at));
            }
            self.skip_space();
            if self.peek() == Some(b'}') {
                return Err(self.error("Illegal trailing comma before end of object", comma));
            }
        }
    }

    fn finished_object(&self, pairs: Vec<(PyObjectRef, PyObjectRef)>) -> PyResult {
        let vm = self.vm;
        if let Some(hook) = &self.hooks.pairs {
            let pairs = pairs.into_iter().map(|(name, value)| vm.new_tuple((name, value)).into()).collect();
            return hook.call((vm.ctx.new_list(pairs),), vm);
        }
        let dict = vm.ctx.new_dict();
        for (name, value) in pairs {
            dict.set_item(name.as_object(), value, vm)?;
        }
        match &self.hooks.object {
            Some(hook) => hook.call((dict,), vm),
            None => Ok(dict.into()),
        }
    }

    fn number(&mut self) -> PyResult {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.skip_digits(),
            _ => return Err(self.error("Expecting value", start)),
        }
        let whole = self.at;
        if self.peek() == Some(b'.') && self.digit_at(self.at + 1) {
            self.at += 1;
            self.skip_digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(self.byte(self.at + 1), Some(b'+' | b'-')));
            if self.digit_at(self.at + 1 + signed) {
                self.at += 1 + signed;
                self.skip_digits();
            }
        }
        self.finished_number(&self.text[start..self.at], self.at == whole)
    }

    fn finished_number(&self, digits: &str, is_whole: bool) -> PyResult {
        let vm = self.vm;
        let hook = if is_whole { &self.hooks.int } else { &self.hooks.float };
        if let Some(hook) = hook {
            return hook.call((vm.ctx.new_str(digits),), vm);
        }
        if !is_whole {
            return Ok(vm.ctx.new_float(digits.parse().unwrap_or(f64::NAN)).into());
        }
        if let Ok(number) = digits.parse::<i64>() {
            return Ok(vm.ctx.new_int(number).into());
        }
        let text: PyObjectRef = vm.ctx.new_str(digits).into();
        vm.ctx.types.int_type.to_owned().as_object().call((text,), vm)
    }

    fn string(&mut self) -> PyResult<String> {
        let start = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|character: char| matches!(character, '"' | '\\') || character < ' ');
            let Some(plain) = plain else { return Err(self.error("Unterminated string starting at", start)) };
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => self.escape(&mut out, start)?,
                _ => return Err(self.error("Invalid control character at", self.at)),
            }
        }
    }

    fn escape(&mut self, out: &mut String, string_start: usize) -> PyResult<()> {
        let backslash = self.at;
        let Some(code) = self.byte(backslash + 1) else {
            return Err(self.error("Unterminated string starting at", string_start));
        };
        self.at += 2;
        out.push(match code {
            b'"' | b'\\' | b'/' => code as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode(backslash)?,
            _ => return Err(self.error("Invalid \\escape", backslash)),
        });
        Ok(())
    }

    /// Half of a surrogate pair that stands alone becomes U+FFFD.
    fn unicode(&mut self, backslash: usize) -> PyResult<char> {
        let high = self.hex(backslash)?;
        if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
            let rewind = self.at;
            self.at += 2;
            let low = self.hex(rewind)?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = rewind;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self, backslash: usize) -> PyResult<u32> {
        let digits = self.text.get(self.at..self.at + 4);
        let number = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        number.ok_or_else(|| self.error("Invalid \\uXXXX escape", backslash + 1))
    }

    fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn digit_at(&self, at: usize) -> bool {
        self.byte(at).is_some_and(|byte| byte.is_ascii_digit())
    }

    fn skip_digits(&mut self) {
        while self.digit_at(self.at) {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Makes a `JSONDecodeError`, whose positions count characters.
    fn error(&self, message: &str, at: usize) -> PyBaseExceptionRef {
        let vm = self.vm;
        let characters = self.text.get(..at).map_or(at, |before| before.chars().count());
        let made = self.hooks.error.call((message.to_owned(), self.text.to_owned(), characters), vm);
        match made.and_then(|made| {
            made.downcast().map_err(|_| vm.new_type_error("the error class makes no exception"))
        }) {
            Ok(error) | Err(error) => error,
        }
    }
}

pub(super) use native::module_def;

#[vm::pymodule(name = "_json")]
mod native {
    use super::super::json_write;
    use super::{Hooks, Reader};
    use rustpython_vm as vm;
    use vm::builtins::PyStrRef;
    use vm::{PyObjectRef, PyResult, VirtualMachine};

    #[pyfunction]
    fn loads(
        text: PyStrRef,
        object: Option<PyObjectRef>,
        float: Option<PyObjectRef>,
        int: Option<PyObjectRef>,
        pairs: Option<PyObjectRef>,
        error: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let text = text.to_string_lossy();
        Reader { text: &text, at: 0, hooks: Hooks { object, float, int, pairs, error }, vm }.document()
    }

    #[derive(vm::FromArgs)]
    struct Options {
        #[pyarg(positional)]
        object: PyObjectRef,
        #[pyarg(positional)]
        indent: Option<PyObjectRef>,
        #[pyarg(positional)]
        separators: Option<PyObjectRef>,
        #[pyarg(positional)]
        default: Option<PyObjectRef>,
        #[pyarg(positional)]
        sort_keys: bool,
        #[pyarg(positional)]
        ensure_ascii: bool,
        #[pyarg(positional)]
        allow_nan: bool,
        #[pyarg(positional)]
        skip_keys: bool,
    }

    #[pyfunction]
    fn dumps(options: Options, vm: &VirtualMachine) -> PyResult<String> {
        let indent = options.indent.map(|indent| json_write::indentation(&indent, vm)).transpose()?;
        let separators = options.separators.map(|pair| json_write::separators(&pair, vm)).transpose()?;
        let style = json_write::Style {
            separators,
            indent,
            default: options.default,
            sort_keys: options.sort_keys,
            ensure_ascii: options.ensure_ascii,
            allow_nan: options.allow_nan,
            skip_keys: options.skip_keys,
        };
        json_write::write(&options.object, style, vm)
    }
}
