//! Powers of floats by `libm`, so that `**` gives the same bits natively and in wasm.

use num_traits::{Signed, ToPrimitive, Zero};
use rustpython_vm as vm;
use std::cell::Cell;
use vm::builtins::{PyFloat, PyInt};
use vm::protocol::PyNumberTernaryFunc;
use vm::{PyObject, PyResult, VirtualMachine};

thread_local! {
    static STOCK_FLOAT: Cell<Option<PyNumberTernaryFunc>> = const { Cell::new(None) };
    static STOCK_INT: Cell<Option<PyNumberTernaryFunc>> = const { Cell::new(None) };
}

/// Replaces the power slots of `float` and `int`. The classes belong to the thread: a second interpreter on
/// it finds them replaced.
pub(crate) fn install(vm: &VirtualMachine) {
    let types = &vm.ctx.types;
    for (class, stock, ours) in [
        (types.float_type, &STOCK_FLOAT, float_power as PyNumberTernaryFunc),
        (types.int_type, &STOCK_INT, int_power as PyNumberTernaryFunc),
    ] {
        if stock.get().is_some() {
            continue;
        }
        let slots = &class.slots.as_number;
        stock.set(slots.power.load());
        slots.power.store(Some(ours));
        slots.right_power.store(Some(ours));
    }
}

fn real(object: &PyObject) -> Option<f64> {
    if let Some(number) = object.downcast_ref::<PyFloat>() {
        return Some(number.to_f64());
    }
    object.downcast_ref::<PyInt>()?.as_bigint().to_f64().filter(|number| number.is_finite())
}

fn float_power(base: &PyObject, exponent: &PyObject, modulus: &PyObject, vm: &VirtualMachine) -> PyResult {
    match (real(base), real(exponent)) {
        (Some(left), Some(right)) if vm.is_none(modulus) && is_real_power(left, right) => {
            power(left, right, vm)
        }
        _ => stock(&STOCK_FLOAT, base, exponent, modulus, vm),
    }
}

fn int_power(base: &PyObject, exponent: &PyObject, modulus: &PyObject, vm: &VirtualMachine) -> PyResult {
    let (Some(left), Some(right)) = (base.downcast_ref::<PyInt>(), exponent.downcast_ref::<PyInt>()) else {
        return stock(&STOCK_INT, base, exponent, modulus, vm);
    };
    if !right.as_bigint().is_negative() || left.as_bigint().is_zero() || !vm.is_none(modulus) {
        return stock(&STOCK_INT, base, exponent, modulus, vm);
    }
    match (real(base), real(exponent)) {
        (Some(left), Some(right)) => power(left, right, vm),
        _ => stock(&STOCK_INT, base, exponent, modulus, vm),
    }
}

/// Excludes complex results and division by zero, which the stock function words.
fn is_real_power(base: f64, exponent: f64) -> bool {
    let whole = exponent == libm::floor(exponent);
    !(base == 0.0 && exponent < 0.0) && (whole || !base.is_sign_negative())
}

fn power(base: f64, exponent: f64, vm: &VirtualMachine) -> PyResult {
    let result = libm::pow(base, exponent);
    if result.is_infinite() && base.is_finite() && exponent.is_finite() {
        return Err(vm.new_overflow_error("(34, 'Numerical result out of range')"));
    }
    Ok(vm.ctx.new_float(result).into())
}

fn stock(
    kept: &'static std::thread::LocalKey<Cell<Option<PyNumberTernaryFunc>>>,
    base: &PyObject,
    exponent: &PyObject,
    modulus: &PyObject,
    vm: &VirtualMachine,
) -> PyResult {
    match kept.get() {
        Some(function) => function(base, exponent, modulus, vm),
        None => Ok(vm.ctx.not_implemented()),
    }
}
