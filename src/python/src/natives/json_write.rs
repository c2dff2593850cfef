//! Writing JSON as CPython's `json.dumps` does, with its options and error messages.

use crate::call::HostCall;
use crate::limits;
use rustpython_vm as vm;
use std::fmt::Write as _;
use vm::builtins::{PyDict, PyFloat, PyInt, PyList, PyStr, PyTuple};
use vm::{AsObject, PyObject, PyObjectRef, PyResult, TryFromObject, VirtualMachine};

/// The options of `json.dumps`.
pub(super) struct Style {
    pub(super) separators: Option<(String, String)>,
    pub(super) indent: Option<String>,
    pub(super) default: Option<PyObjectRef>,
    pub(super) sort_keys: bool,
    pub(super) ensure_ascii: bool,
    pub(super) allow_nan: bool,
    pub(super) skip_keys: bool,
}

/// Returns one level of indentation: a number of spaces or a text.
pub(super) fn indentation(indent: &PyObject, vm: &VirtualMachine) -> PyResult<String> {
    if let Some(text) = indent.downcast_ref::<PyStr>() {
        return Ok(text.to_string_lossy().into_owned());
    }
    let spaces = i64::try_from_object(vm, indent.to_owned())?;
    Ok(" ".repeat(spaces.clamp(0, 1000) as usize))
}

/// Returns the separators of items and of keys from a tuple or list of both.
pub(super) fn separators(pair: &PyObject, vm: &VirtualMachine) -> PyResult<(String, String)> {
    let texts: Vec<vm::builtins::PyStrRef> =
        vm.extract_elements_with(pair, |text| text.try_into_value(vm))?;
    match texts.as_slice() {
        [item, key] => Ok((item.to_string_lossy().into_owned(), key.to_string_lossy().into_owned())),
        _ => Err(vm.new_value_error("separators is a tuple of two texts")),
    }
}

/// Returns an object as JSON text.
pub(super) fn write(object: &PyObject, style: Style, vm: &VirtualMachine) -> PyResult<String> {
    let (item, key) = match (&style.separators, &style.indent) {
        (Some((item, key)), _) => (item.clone(), key.clone()),
        (None, Some(_)) => (",".to_owned(), ": ".to_owned()),
        (None, None) => (", ".to_owned(), ": ".to_owned()),
    };
    let mut writer = Writer { style, item, key, out: String::new(), vm };
    writer.value(object, 0)?;
    Ok(writer.out)
}

struct Writer<'a> {
    style: Style,
    item: String,
    key: String,
    out: String,
    vm: &'a VirtualMachine,
}

impl Writer<'_> {
    fn value(&mut self, object: &PyObject, depth: usize) -> PyResult<()> {
        let vm = self.vm;
        if depth > limits::DATA_DEPTH {
            return Err(vm.new_value_error("Circular reference detected"));
        }
        if let Some(text) = object.downcast_ref::<PyStr>() {
            self.text(&text.to_string_lossy());
            return Ok(());
        }
        if let Some(word) = scalar(object, self.style.allow_nan, vm)? {
            self.out.push_str(&word);
            return Ok(());
        }
        if let Some(dict) = object.downcast_ref::<PyDict>() {
            return self.object(dict, depth);
        }
        if let Some(list) = object.downcast_ref::<PyList>() {
            let items = list.borrow_vec().to_vec();
            return self.array(&items, depth);
        }
        if let Some(tuple) = object.downcast_ref::<PyTuple>() {
            return self.array(tuple.as_slice(), depth);
        }
        self.other(object, depth)
    }

    fn other(&mut self, object: &PyObject, depth: usize) -> PyResult<()> {
        let vm = self.vm;
        if let Some(default) = self.style.default.clone() {
            let replaced = default.call((object.to_owned(),), vm)?;
            return self.value(&replaced, depth + 1);
        }
        if let Some(call) = object.downcast_ref::<HostCall>() {
            return Err(vm.new_type_error(call.words()));
        }
        let class = object.class();
        Err(vm.new_type_error(format!("Object of type {} is not JSON serializable", &*class.name())))
    }

    fn array(&mut self, items: &[PyObjectRef], depth: usize) -> PyResult<()> {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            self.before_item(index, depth);
            self.value(item, depth + 1)?;
        }
        self.close(!items.is_empty(), depth, ']');
        Ok(())
    }

    fn object(&mut self, dict: &PyDict, depth: usize) -> PyResult<()> {
        self.out.push('{');
        let mut entries = Vec::new();
        for (key, value) in dict.items_vec() {
            if let Some(key) = self.name(&key)? {
                entries.push((key, value));
            }
        }
        if self.style.sort_keys {
            entries.sort_by(|left, right| left.0.cmp(&right.0));
        }
        for (index, (name, value)) in entries.iter().enumerate() {
            self.before_item(index, depth);
            self.text(name);
            let key = std::mem::take(&mut self.key);
            self.out.push_str(&key);
            self.key = key;
            self.value(value, depth + 1)?;
        }
        self.close(!entries.is_empty(), depth, '}');
        Ok(())
    }

    fn name(&self, key: &PyObject) -> PyResult<Option<String>> {
        let vm = self.vm;
        if let Some(text) = key.downcast_ref::<PyStr>() {
            return Ok(Some(text.to_string_lossy().into_owned()));
        }
        if let Some(word) = scalar(key, self.style.allow_nan, vm)? {
            return Ok(Some(word));
        }
        if self.style.skip_keys {
            return Ok(None);
        }
        let class = key.class();
        Err(vm.new_type_error(format!("keys must be str, int, float, bool or None, not {}", &*class.name())))
    }

    fn before_item(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push_str(&self.item);
        }
        self.line(depth + 1);
    }

    fn close(&mut self, has_items: bool, depth: usize, bracket: char) {
        if has_items {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.style.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(indent.as_str(), depth));
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                plain
                    if plain >= ' '
                        && (plain.is_ascii() && plain != '\u{7f}' || !self.style.ensure_ascii) =>
                {
                    self.out.push(plain);
                }
                '\u{7f}' => self.out.push('\u{7f}'),
                other => self.escaped(other),
            }
        }
        self.out.push('"');
    }

    fn escaped(&mut self, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(self.out, "\\u{unit:04x}").expect("writing to a string cannot fail");
        }
    }
}

/// Returns None, a boolean or a number as JSON; `None` for anything else.
fn scalar(object: &PyObject, allow_nan: bool, vm: &VirtualMachine) -> PyResult<Option<String>> {
    if vm.is_none(object) {
        return Ok(Some("null".to_owned()));
    }
    if object.class().is(vm.ctx.types.bool_type) {
        return Ok(Some(if object.is(&vm.ctx.true_value) { "true" } else { "false" }.to_owned()));
    }
    if let Some(number) = object.downcast_ref::<PyInt>() {
        return Ok(Some(number.as_bigint().to_string()));
    }
    let Some(number) = object.downcast_ref::<PyFloat>() else { return Ok(None) };
    let number = number.to_f64();
    if !number.is_finite() {
        return not_finite(number, allow_nan, vm).map(Some);
    }
    let text = vm.ctx.new_float(number).as_object().repr(vm)?;
    Ok(Some(text.to_string_lossy().into_owned()))
}

fn not_finite(number: f64, allow_nan: bool, vm: &VirtualMachine) -> PyResult<String> {
    let word = if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    if allow_nan {
        return Ok(word.to_owned());
    }
    let shown = word.to_lowercase().replace("infinity", "inf");
    Err(vm.new_value_error(format!("Out of range float values are not JSON compliant: {shown}")))
}
