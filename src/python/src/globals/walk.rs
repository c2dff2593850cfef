//! The walk over everything that the globals reach, breadth first, and the names of places for a reason.
//!
//! Every object that can be shared or changed gets a number when it is first met; whoever refers to it writes the
//! number. So what is the same object and what is merely equal are told apart, and cycles end.

use super::node;
use crate::limits;
use crate::program::Loaded;
use crate::state::State;
use rustpython_vm as vm;
use std::collections::BTreeMap;
use vm::builtins::{PyBytes, PyFloat, PyInt, PyModule, PyStr};
use vm::{AsObject, PyObject, PyObjectRef, PyRef, VirtualMachine};

/// A walk: what was met and what was written.
pub(super) struct Walk<'a> {
    pub(super) vm: &'a VirtualMachine,
    pub(super) program: &'a Loaded,
    own: Vec<(String, PyRef<PyModule>)>,
    out: Vec<u8>,
    nodes: Vec<Node>,
    /// By address. The nodes keep their objects alive, so no address comes twice.
    numbers: BTreeMap<usize, u32>,
    at: u32,
}

/// An object with a number.
struct Node {
    object: PyObjectRef,
    from: u32,
    edge: Edge,
}

/// How an object was reached from another.
pub(super) enum Edge {
    /// A module of the process.
    Module,
    /// An attribute or a module's global.
    Attribute(PyObjectRef),
    /// The value of a key.
    Key(PyObjectRef),
    /// An item by position.
    Index(usize),
    /// A part without a name of its own, such as the variable of a closure.
    Part(&'static str),
}

/// What a walk of one object comes to: its parts are written, or it has no value and this is what it is.
pub(super) type Written = Result<(), String>;

impl<'a> Walk<'a> {
    /// Returns a walk that has met nothing.
    pub(super) fn new(
        program: &'a Loaded,
        own: Vec<(String, PyRef<PyModule>)>,
        vm: &'a VirtualMachine,
    ) -> Walk<'a> {
        Walk { vm, program, own, out: Vec::new(), nodes: Vec::new(), numbers: BTreeMap::new(), at: 0 }
    }

    /// Writes everything; the error is a sentence about what has no value.
    pub(super) fn run(&mut self, state: &State) -> Result<(), String> {
        for (name, module) in self.own.clone() {
            let number = self.number(module.as_object(), Edge::Module);
            // Functions refer to their module's dict: it counts as the module.
            self.numbers.insert(address(module.dict().as_object()), number);
            self.text(name.as_bytes());
        }
        while let Some(object) = self.nodes.get(self.at as usize).map(|node| node.object.clone()) {
            if let Err(what) = node::write(self, &object) {
                return Err(format!("{} is {what}", self.path(self.at)));
            }
            if self.nodes.len() > limits::GLOBAL_OBJECTS || self.out.len() > limits::GLOBAL_BYTES {
                return Err(format!("{} holds more than can be compared", self.root(self.at)));
            }
            self.at += 1;
        }
        self.rest_of_the_process(state);
        Ok(())
    }

    /// What belongs to the process and to no module: numbers given out by `id`, and a seeded `random`.
    fn rest_of_the_process(&mut self, state: &State) {
        self.count(state.identities.len());
        for object in &state.identities {
            let number = self.number_of(object).unwrap_or(u32::MAX);
            self.out.extend_from_slice(&number.to_le_bytes());
        }
        self.tag(if state.shared_random.is_some() { b'1' } else { b'0' });
        if let Some(twister) = &state.shared_random {
            twister.write_to(&mut self.out);
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// The number of an object that was met.
    pub(super) fn number_of(&self, object: &PyObject) -> Option<u32> {
        self.numbers.get(&address(object)).copied()
    }

    /// The name of one of the process's modules.
    pub(super) fn own_name(&self, module: &PyObject) -> Option<&str> {
        self.own.iter().find(|(_, own)| own.is(module)).map(|(name, _)| name.as_str())
    }

    fn number(&mut self, object: &PyObject, edge: Edge) -> u32 {
        let next = self.nodes.len() as u32;
        let number = *self.numbers.entry(address(object)).or_insert(next);
        if number == next {
            self.nodes.push(Node { object: object.to_owned(), from: self.at, edge });
        }
        number
    }

    /// Writes a value: itself when it is plain and cannot change, else its number.
    pub(super) fn value(&mut self, object: &PyObject, edge: Edge) {
        if !self.plain(object) {
            let number = self.number(object, edge);
            self.tag(b'>');
            self.out.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// Writes an object that may be missing.
    pub(super) fn optional(&mut self, object: Option<&PyObject>, edge: Edge) {
        match object {
            Some(object) => self.value(object, edge),
            None => self.tag(b'-'),
        }
    }

    fn plain(&mut self, object: &PyObject) -> bool {
        let types = &self.vm.ctx.types;
        let class = object.class();
        if class.is(types.str_type) {
            self.tag(b's');
            self.payload(object)
        } else if class.is(types.int_type) {
            self.tag(b'i');
            self.payload(object)
        } else if class.is(types.none_type) {
            self.tag(b'N');
            true
        } else if class.is(types.bool_type) {
            self.tag(if object.is(&self.vm.ctx.true_value) { b'T' } else { b'F' });
            true
        } else if class.is(types.float_type) {
            self.tag(b'f');
            self.payload(object)
        } else if class.is(types.bytes_type) {
            self.tag(b'b');
            self.payload(object)
        } else if class.is(types.ellipsis_type) || class.is(types.not_implemented_type) {
            self.tag(b'.');
            self.text(class.name().as_bytes());
            true
        } else {
            false
        }
    }

    /// Writes the text, number or bytes of an object, its class aside. `false` for another payload.
    pub(super) fn payload(&mut self, object: &PyObject) -> bool {
        if let Some(text) = object.downcast_ref::<PyStr>() {
            self.text(text.as_wtf8().as_bytes());
        } else if let Some(number) = object.downcast_ref::<PyInt>() {
            self.text(&number.as_bigint().to_signed_bytes_le());
        } else if let Some(number) = object.downcast_ref::<PyFloat>() {
            self.out.extend_from_slice(&number.to_f64().to_bits().to_le_bytes());
        } else if let Some(bytes) = object.downcast_ref::<PyBytes>() {
            self.text(bytes.as_bytes());
        } else {
            return false;
        }
        true
    }

    pub(super) fn tag(&mut self, tag: u8) {
        self.out.push(tag);
    }

    pub(super) fn count(&mut self, count: usize) {
        self.out.extend_from_slice(&(count as u32).to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        self.count(text.len());
        self.out.extend_from_slice(text);
    }

    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Every object met, with its number.
    pub(super) fn object(&self, number: u32) -> &PyObject {
        &self.nodes[number as usize].object
    }

    /// The name of the module that an object was reached from.
    fn root(&self, mut at: u32) -> &str {
        while !matches!(self.nodes[at as usize].edge, Edge::Module) {
            at = self.nodes[at as usize].from;
        }
        self.own_name(&self.nodes[at as usize].object).unwrap_or_default()
    }

    /// Where an object was met first: `server.POOL[0]`.
    fn path(&self, at: u32) -> String {
        let node = &self.nodes[at as usize];
        let before = || self.path(node.from);
        match &node.edge {
            Edge::Module => self.own_name(&node.object).unwrap_or_default().to_owned(),
            Edge::Attribute(name) => format!("{}.{}", before(), shown(name, "")),
            Edge::Key(key) => format!("{}[{}]", before(), shown(key, "'")),
            Edge::Index(index) => format!("{}[{index}]", before()),
            Edge::Part(part) => format!("{}'s {part}", before()),
        }
    }
}

fn shown(key: &PyObject, quote: &str) -> String {
    if let Some(text) = key.downcast_ref::<PyStr>() {
        format!("{quote}{}{quote}", text.to_string_lossy())
    } else if let Some(number) = key.downcast_ref::<PyInt>() {
        number.as_bigint().to_string()
    } else {
        "…".to_owned()
    }
}

fn address(object: &PyObject) -> usize {
    object.as_raw().addr()
}
