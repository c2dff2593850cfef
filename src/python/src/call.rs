//! A call to the outside: what the framework makes, what a learner awaits.
//!
//! Awaited, it yields itself; the step ends there with its data as [`crate::Call`]. Its place is where it was
//! created. Used without `await` it says so: every other use raises in the same words as the note at the end
//! of the task.

use crate::{Call, state};
use rustpython_vm as vm;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use unhappy_trace::{Site, Value};
use vm::builtins::{PyBaseExceptionRef, PyStr};
use vm::protocol::{PyIterReturn, PyMappingMethods, PyNumberMethods};
use vm::types::{AsMapping, AsNumber, GetAttr, IterNext, Iterable, Representable};
use vm::{AsObject, Py, PyObjectRef, PyRef, PyResult, VirtualMachine, pyclass};

pub(crate) use native::HostCall;

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Created,
    Awaited,
    Yielded,
    Done,
}

/// What a call is called and where it was made.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) name: String,
    /// The call as the learner wrote it, such as `message.ack()`; none for one written as it is called.
    pub(crate) written: Option<String>,
    pub(crate) site: Option<Site>,
}

impl Origin {
    /// The call in a sentence.
    fn text(&self) -> String {
        self.written.clone().unwrap_or_else(|| format!("{}(…)", self.name))
    }
}

/// What a call sends; taken out when the task suspends.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) args: Value,
    pub(crate) fields: Value,
}

#[vm::pymodule(name = "_call")]
pub(crate) mod native {
    use super::{Origin, Sent, Stage};
    use rustpython_vm as vm;
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use vm::{PyPayload, pyclass};

    /// The class is named by what a learner sees in "unsupported operand type(s)".
    #[pyattr]
    #[pyclass(module = false, name = "unawaited call")]
    #[derive(Debug, PyPayload)]
    pub(crate) struct HostCall {
        pub(crate) origin: Rc<Origin>,
        pub(crate) sent: RefCell<Option<Sent>>,
        pub(crate) number: u64,
        pub(crate) stage: Cell<Stage>,
    }
}

impl HostCall {
    /// Makes a call that the learner's code made at `site`.
    pub(crate) fn create(origin: Origin, args: Value, fields: Value) -> HostCall {
        let origin = Rc::new(origin);
        let number = state::with(|state| state.created(Rc::clone(&origin))).unwrap_or_default();
        let sent = RefCell::new(Some(Sent { args, fields }));
        HostCall { origin, sent, number, stage: Cell::new(Stage::Created) }
    }

    /// Takes the call as the simulator sees it. It suspends a task once.
    pub(crate) fn take(&self) -> Option<Call> {
        let Sent { args, fields } = self.sent.borrow_mut().take()?;
        let Origin { name, site, .. } = &*self.origin;
        Some(Call { name: name.clone(), args, fields, site: site.clone() })
    }

    /// Says that the call was created and not awaited.
    pub(crate) fn words(&self) -> String {
        unawaited_words(&self.origin)
    }

    /// Counts the call as awaited, because a task will await it.
    pub(crate) fn hand_over(&self) {
        state::with(|state| state.awaited(self.number));
    }

    fn misuse(&self, vm: &VirtualMachine) -> PyBaseExceptionRef {
        vm.new_type_error(self.words())
    }
}

/// The sentence about a call that nobody awaited where it was used.
fn unawaited_words(origin: &Origin) -> String {
    let text = origin.text();
    let line = origin.site.as_ref().map(|site| format!(" on line {}", site.line)).unwrap_or_default();
    format!("`{text}`{line} was created but not awaited: put `await` before it to get its result")
}

/// The sentence about a call that nobody ever awaited.
pub(crate) fn forgotten_words(origin: &Origin) -> String {
    let text = origin.text();
    let line = origin.site.as_ref().map(|site| format!(" on line {}", site.line)).unwrap_or_default();
    format!("`{text}`{line} was created but never awaited: nothing was sent")
}

#[pyclass(with(Iterable, IterNext, GetAttr, AsMapping, AsNumber, Representable))]
impl HostCall {
    #[pymethod]
    fn __await__(zelf: PyRef<Self>, vm: &VirtualMachine) -> PyResult<PyRef<Self>> {
        if zelf.stage.get() != Stage::Created {
            return Err(vm.new_runtime_error(format!("`{}` cannot be awaited twice", zelf.origin.text())));
        }
        zelf.stage.set(Stage::Awaited);
        zelf.hand_over();
        Ok(zelf)
    }

    #[pymethod]
    fn send(zelf: PyRef<Self>, value: PyObjectRef, vm: &VirtualMachine) -> PyResult<PyIterReturn> {
        match zelf.stage.get() {
            Stage::Awaited => {
                zelf.stage.set(Stage::Yielded);
                Ok(PyIterReturn::Return(zelf.into()))
            }
            Stage::Yielded => {
                zelf.stage.set(Stage::Done);
                Ok(PyIterReturn::StopIteration((!vm.is_none(&value)).then_some(value)))
            }
            Stage::Created | Stage::Done => Err(zelf.misuse(vm)),
        }
    }

    #[pymethod]
    fn throw(zelf: PyRef<Self>, exception: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        zelf.stage.set(Stage::Done);
        Err(vm.normalize_exception(exception, vm.ctx.none(), vm.ctx.none())?)
    }

    #[pymethod]
    fn close(zelf: PyRef<Self>) {
        zelf.stage.set(Stage::Done);
    }
}

impl Iterable for HostCall {
    fn iter(zelf: PyRef<Self>, vm: &VirtualMachine) -> PyResult {
        if zelf.stage.get() == Stage::Awaited {
            // `yield from call.__await__()`, in an `__await__` of the framework's.
            return Ok(zelf.into());
        }
        Err(zelf.misuse(vm))
    }
}

impl IterNext for HostCall {
    fn next(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyIterReturn> {
        HostCall::send(zelf.to_owned(), vm.ctx.none(), vm)
    }
}

impl GetAttr for HostCall {
    fn getattro(zelf: &Py<Self>, name: &Py<PyStr>, vm: &VirtualMachine) -> PyResult {
        match zelf.as_object().generic_getattr_opt(name, None, vm)? {
            Some(value) => Ok(value),
            None if name.as_wtf8().as_bytes().starts_with(b"__") => {
                Err(vm.new_no_attribute_error(zelf.to_owned().into(), name.to_owned()))
            }
            None => Err(zelf.misuse(vm)),
        }
    }
}

impl AsMapping for HostCall {
    fn as_mapping() -> &'static PyMappingMethods {
        static METHODS: PyMappingMethods = PyMappingMethods {
            length: Some(|mapping, vm| Err(HostCall::mapping_downcast(mapping).misuse(vm))),
            subscript: Some(|mapping, _key, vm| Err(HostCall::mapping_downcast(mapping).misuse(vm))),
            ..PyMappingMethods::NOT_IMPLEMENTED
        };
        &METHODS
    }
}

impl AsNumber for HostCall {
    fn as_number() -> &'static PyNumberMethods {
        static METHODS: PyNumberMethods = PyNumberMethods {
            boolean: Some(|number, vm| {
                let call = number.obj.downcast_ref::<HostCall>().expect("the slot belongs to this class");
                Err(call.misuse(vm))
            }),
            ..PyNumberMethods::NOT_IMPLEMENTED
        };
        &METHODS
    }
}

impl Representable for HostCall {
    fn repr_str(zelf: &Py<Self>, _vm: &VirtualMachine) -> PyResult<String> {
        Ok(format!("<{}, not awaited>", zelf.origin.text()))
    }
}
