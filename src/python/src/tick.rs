//! The tick: what runs before every statement, lambda call and comprehension step.
//!
//! A tick is the expression `~object` on a native object that the compiler placed among the constants of the
//! code (`instrument.rs`, `compile.rs`), so there is nothing for a learner to rebind. It counts its site and
//! takes one unit of fuel. Below zero every further tick raises again: neither `except:` nor `finally` keeps
//! a stopped step alive.

use crate::Stopped;
use rustpython_vm as vm;
use std::cell::{Cell, RefCell};
use vm::builtins::{PyBaseExceptionRef, PyTypeRef};
use vm::{PyResult, VirtualMachine};

/// The site of ticks that take fuel but belong to no learner's line.
pub(crate) const UNCOUNTED: u32 = u32::MAX;

thread_local! {
    static FUEL: Cell<i64> = const { Cell::new(i64::MAX) };
    static GRANTED: Cell<i64> = const { Cell::new(i64::MAX) };
    static STOPPED: Cell<Option<Stopped>> = const { Cell::new(None) };
    static LEFT_AT_STOP: Cell<i64> = const { Cell::new(0) };
    static COUNTS: RefCell<Counts> = const { RefCell::new(Counts { by_site: Vec::new(), touched: Vec::new() }) };
    static EXCEEDED: RefCell<Option<PyTypeRef>> = const { RefCell::new(None) };
}

/// Ticks per site since the last call of [`take_counts`].
struct Counts {
    by_site: Vec<u32>,
    touched: Vec<u32>,
}

/// Sets the class that a stopped step raises: `BudgetExceeded(BaseException)`.
pub(crate) fn install(exceeded: PyTypeRef) {
    EXCEEDED.with_borrow_mut(|class| *class = Some(exceeded));
}

/// Returns whether an exception is the one that a stopped step raises.
pub(crate) fn is_stop(exception: &PyBaseExceptionRef) -> bool {
    use vm::AsObject;
    EXCEEDED.with_borrow(|class| class.as_ref().is_some_and(|class| exception.class().is(class)))
}

/// Gives the next step its fuel.
pub(crate) fn grant(fuel: u64) {
    let fuel = i64::try_from(fuel).unwrap_or(i64::MAX);
    FUEL.set(fuel);
    GRANTED.set(fuel);
    STOPPED.set(None);
}

/// Returns the ticks used since [`grant`].
pub(crate) fn used() -> u64 {
    let left = if STOPPED.get().is_some() { LEFT_AT_STOP.get() } else { FUEL.get() };
    u64::try_from(GRANTED.get().saturating_sub(left)).unwrap_or(0)
}

/// Returns which limit stopped the step, if one did.
pub(crate) fn stopped() -> Option<Stopped> {
    STOPPED.get()
}

/// Keeps every tick from succeeding, so that nothing of the learner's runs while objects are dropped.
pub(crate) fn forbid() {
    FUEL.set(-1);
}

/// Runs `body` on fuel of its own and gives back the fuel that was left before.
pub(crate) fn apart<T>(fuel: u64, body: impl FnOnce() -> T) -> T {
    let saved = (FUEL.get(), GRANTED.get(), STOPPED.get(), LEFT_AT_STOP.get());
    grant(fuel);
    let result = body();
    FUEL.set(saved.0);
    GRANTED.set(saved.1);
    STOPPED.set(saved.2);
    LEFT_AT_STOP.set(saved.3);
    result
}

/// Ends the step at its next tick because the memory limit was passed. Must not allocate.
pub(crate) fn memory_passed() {
    let left = FUEL.try_with(Cell::get).unwrap_or(0);
    let _ = LEFT_AT_STOP.try_with(|cell| cell.set(left));
    let _ = STOPPED.try_with(|cell| cell.set(Some(Stopped::Memory)));
    let _ = FUEL.try_with(|cell| cell.set(-1));
}

/// Makes room for the sites of a program.
pub(crate) fn reserve_sites(count: usize) {
    COUNTS.with_borrow_mut(|counts| {
        if counts.by_site.len() < count {
            counts.by_site.resize(count, 0);
        }
    });
}

/// Hands over every site that ticked since the last call, with its number of ticks, in order of first tick.
pub(crate) fn take_counts(mut each: impl FnMut(u32, u32)) {
    COUNTS.with_borrow_mut(|counts| {
        let Counts { by_site, touched } = counts;
        for site in touched.drain(..) {
            each(site, std::mem::take(&mut by_site[site as usize]));
        }
    });
}

fn tick(site: u32, vm: &VirtualMachine) -> PyResult<()> {
    if site != UNCOUNTED {
        COUNTS.with_borrow_mut(|counts| {
            let Some(count) = counts.by_site.get_mut(site as usize) else { return };
            if *count == 0 {
                counts.touched.push(site);
            }
            *count += 1;
        });
    }
    let left = FUEL.get() - 1;
    if left < 0 {
        return Err(stop(vm));
    }
    FUEL.set(left);
    Ok(())
}

#[cold]
fn stop(vm: &VirtualMachine) -> PyBaseExceptionRef {
    if STOPPED.get().is_none() {
        STOPPED.set(Some(Stopped::Fuel));
        LEFT_AT_STOP.set(0);
    }
    FUEL.set(-1);
    let class = EXCEEDED.with_borrow(Clone::clone).expect("the engine installs the class when it starts");
    let words = match STOPPED.get() {
        Some(Stopped::Memory) => "the memory budget of this step is used up",
        _ => "the step budget is used up",
    };
    vm.new_exception_msg(class, words.into())
}

pub(crate) use native::Tick;

#[vm::pymodule(name = "_tick")]
pub(crate) mod native {
    use rustpython_vm as vm;
    use vm::PyPayload;
    use vm::protocol::PyNumberMethods;
    use vm::pyclass;
    use vm::types::AsNumber;

    /// The object behind one tick.
    #[pyattr]
    #[pyclass(name = "tick")]
    #[derive(Debug, PyPayload)]
    pub(crate) struct Tick {
        pub(crate) site: u32,
    }

    #[pyclass(with(AsNumber))]
    impl Tick {}

    impl AsNumber for Tick {
        fn as_number() -> &'static PyNumberMethods {
            static METHODS: PyNumberMethods = PyNumberMethods {
                invert: Some(|number, vm| {
                    let site = number.obj.downcast_ref::<Tick>().map_or(super::UNCOUNTED, |tick| tick.site);
                    super::tick(site, vm)?;
                    Ok(vm.ctx.true_value.clone().into())
                }),
                ..PyNumberMethods::NOT_IMPLEMENTED
            };
            &METHODS
        }
    }
}
