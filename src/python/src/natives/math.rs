//! `math` over floats, by `libm`: the same bits natively and in wasm. Whole-number functions: `math_exact.rs`.
//!
//! Errors follow CPython: not-a-number out of a number is "math domain error", infinity out of finite numbers
//! is "math range error".
#![expect(clippy::unwrap_used, reason = "the attribute macro for module attributes writes it")]

pub(super) use native::module_def;
use rustpython_vm as vm;
use vm::VirtualMachine;
use vm::builtins::PyBaseExceptionRef;

fn domain(vm: &VirtualMachine) -> PyBaseExceptionRef {
    vm.new_value_error("math domain error")
}

fn range(vm: &VirtualMachine) -> PyBaseExceptionRef {
    vm.new_overflow_error("math range error")
}

fn checked(x: f64, function: fn(f64) -> f64, vm: &VirtualMachine) -> vm::PyResult<f64> {
    let result = function(x);
    if result.is_nan() && !x.is_nan() {
        return Err(domain(vm));
    }
    if result.is_infinite() && x.is_finite() {
        return Err(range(vm));
    }
    Ok(result)
}

/// Exact sum of floats (Shewchuk 1997, "Adaptive Precision Floating-Point Arithmetic"), as CPython's `fsum`.
fn exact_sum(numbers: impl Iterator<Item = vm::PyResult<f64>>) -> vm::PyResult<f64> {
    let mut partials: Vec<f64> = Vec::new();
    for number in numbers {
        let mut x = number?;
        let mut kept = 0;
        for index in 0..partials.len() {
            let mut y = partials[index];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        partials.truncate(kept);
        partials.push(x);
    }
    Ok(rounded(partials))
}

/// Adds up non-overlapping partials, rounding half to even across more than two of them.
fn rounded(mut partials: Vec<f64>) -> f64 {
    let Some(mut high) = partials.pop() else { return 0.0 };
    let mut low = 0.0;
    while let Some(y) = partials.pop() {
        let x = high;
        high = x + y;
        low = y - (high - x);
        if low != 0.0 {
            break;
        }
    }
    if let Some(next) = partials.last()
        && low != 0.0
        && (low < 0.0) == (*next < 0.0)
    {
        let doubled = low * 2.0;
        let x = high + doubled;
        if doubled == x - high {
            high = x;
        }
    }
    high
}

fn length(numbers: &[f64]) -> f64 {
    if let [a, b] = numbers {
        return libm::hypot(*a, *b);
    }
    let largest = numbers.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    largest * libm::sqrt(numbers.iter().map(|number| (number / largest) * (number / largest)).sum())
}

#[vm::pymodule(name = "math", with(super::math_exact::native))]
mod native {
    use super::{checked, domain, exact_sum, length, range};
    use rustpython_vm as vm;
    use vm::function::{ArgIntoFloat, ArgIterable, OptionalArg, PosArgs};
    use vm::{PyResult, VirtualMachine};

    #[pyattr]
    #[expect(non_upper_case_globals, reason = "Python's name")]
    const pi: f64 = std::f64::consts::PI;
    #[pyattr]
    #[expect(non_upper_case_globals, reason = "Python's name")]
    const e: f64 = std::f64::consts::E;
    #[pyattr]
    #[expect(non_upper_case_globals, reason = "Python's name")]
    const tau: f64 = std::f64::consts::TAU;
    #[pyattr]
    #[expect(non_upper_case_globals, reason = "Python's name")]
    const inf: f64 = f64::INFINITY;
    #[pyattr]
    #[expect(non_upper_case_globals, reason = "Python's name")]
    const nan: f64 = f64::NAN;

    #[pyfunction]
    fn sqrt(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::sqrt, vm)
    }

    #[pyfunction]
    fn sin(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::sin, vm)
    }

    #[pyfunction]
    fn cos(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::cos, vm)
    }

    #[pyfunction]
    fn tan(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::tan, vm)
    }

    #[pyfunction]
    fn asin(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::asin, vm)
    }

    #[pyfunction]
    fn acos(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::acos, vm)
    }

    #[pyfunction]
    fn atan(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::atan, vm)
    }

    #[pyfunction]
    fn sinh(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::sinh, vm)
    }

    #[pyfunction]
    fn cosh(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::cosh, vm)
    }

    #[pyfunction]
    fn tanh(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::tanh, vm)
    }

    #[pyfunction]
    fn asinh(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::asinh, vm)
    }

    #[pyfunction]
    fn acosh(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::acosh, vm)
    }

    #[pyfunction]
    fn exp(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::exp, vm)
    }

    #[pyfunction]
    fn exp2(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::exp2, vm)
    }

    #[pyfunction]
    fn expm1(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::expm1, vm)
    }

    #[pyfunction]
    fn cbrt(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::cbrt, vm)
    }

    #[pyfunction]
    fn erf(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::erf, vm)
    }

    #[pyfunction]
    fn erfc(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::erfc, vm)
    }

    #[pyfunction]
    fn gamma(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::tgamma, vm)
    }

    #[pyfunction]
    fn lgamma(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        checked(x.into_float(), libm::lgamma, vm)
    }

    #[pyfunction]
    fn atanh(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        let x = x.into_float();
        if x.abs() >= 1.0 { Err(domain(vm)) } else { Ok(libm::atanh(x)) }
    }

    #[pyfunction]
    fn log1p(x: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        let x = x.into_float();
        if x <= -1.0 { Err(domain(vm)) } else { Ok(libm::log1p(x)) }
    }

    #[pyfunction]
    fn atan2(y: ArgIntoFloat, x: ArgIntoFloat) -> f64 {
        libm::atan2(y.into_float(), x.into_float())
    }

    #[pyfunction]
    fn fabs(x: ArgIntoFloat) -> f64 {
        x.into_float().abs()
    }

    #[pyfunction]
    fn degrees(x: ArgIntoFloat) -> f64 {
        x.into_float() * (180.0 / pi)
    }

    #[pyfunction]
    fn radians(x: ArgIntoFloat) -> f64 {
        x.into_float() * (pi / 180.0)
    }

    #[pyfunction]
    fn copysign(x: ArgIntoFloat, sign: ArgIntoFloat) -> f64 {
        x.into_float().copysign(sign.into_float())
    }

    #[pyfunction]
    fn fmod(x: ArgIntoFloat, y: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        let (x, y) = (x.into_float(), y.into_float());
        let result = libm::fmod(x, y);
        if result.is_nan() && !x.is_nan() && !y.is_nan() { Err(domain(vm)) } else { Ok(result) }
    }

    #[pyfunction]
    fn remainder(x: ArgIntoFloat, y: ArgIntoFloat) -> f64 {
        libm::remainder(x.into_float(), y.into_float())
    }

    #[pyfunction]
    fn pow(x: ArgIntoFloat, y: ArgIntoFloat, vm: &VirtualMachine) -> PyResult<f64> {
        let (x, y) = (x.into_float(), y.into_float());
        let result = libm::pow(x, y);
        if !x.is_finite() || !y.is_finite() {
            return Ok(result);
        }
        if result.is_nan() || x == 0.0 && result.is_infinite() {
            return Err(domain(vm));
        }
        if result.is_infinite() { Err(range(vm)) } else { Ok(result) }
    }

    #[pyfunction]
    fn isnan(x: ArgIntoFloat) -> bool {
        x.into_float().is_nan()
    }

    #[pyfunction]
    fn isinf(x: ArgIntoFloat) -> bool {
        x.into_float().is_infinite()
    }

    #[pyfunction]
    fn isfinite(x: ArgIntoFloat) -> bool {
        x.into_float().is_finite()
    }

    #[derive(vm::FromArgs)]
    struct Closeness {
        #[pyarg(positional)]
        a: ArgIntoFloat,
        #[pyarg(positional)]
        b: ArgIntoFloat,
        #[pyarg(named, optional)]
        rel_tol: OptionalArg<ArgIntoFloat>,
        #[pyarg(named, optional)]
        abs_tol: OptionalArg<ArgIntoFloat>,
    }

    #[pyfunction]
    fn isclose(arguments: Closeness) -> bool {
        let (a, b) = (arguments.a.into_float(), arguments.b.into_float());
        let relative = arguments.rel_tol.into_option().map_or(1e-9, ArgIntoFloat::into_float);
        let absolute = arguments.abs_tol.into_option().map_or(0.0, ArgIntoFloat::into_float);
        if a == b {
            return true;
        }
        let distance = (b - a).abs();
        let near =
            distance <= (relative * b).abs() || distance <= (relative * a).abs() || distance <= absolute;
        a.is_finite() && b.is_finite() && near
    }

    #[pyfunction]
    fn frexp(x: ArgIntoFloat) -> (f64, i32) {
        let x = x.into_float();
        if x == 0.0 || !x.is_finite() { (x, 0) } else { libm::frexp(x) }
    }

    #[pyfunction]
    fn ldexp(x: ArgIntoFloat, exponent: i64, vm: &VirtualMachine) -> PyResult<f64> {
        let x = x.into_float();
        let result = libm::scalbn(x, exponent.clamp(-5000, 5000) as i32);
        if result.is_infinite() && x.is_finite() { Err(range(vm)) } else { Ok(result) }
    }

    #[pyfunction]
    fn modf(x: ArgIntoFloat) -> (f64, f64) {
        libm::modf(x.into_float())
    }

    #[pyfunction]
    fn nextafter(x: ArgIntoFloat, y: ArgIntoFloat) -> f64 {
        libm::nextafter(x.into_float(), y.into_float())
    }

    #[pyfunction]
    fn ulp(x: ArgIntoFloat) -> f64 {
        let x = x.into_float().abs();
        if !x.is_finite() {
            return x;
        }
        let next = f64::from_bits(x.to_bits() + 1);
        if next.is_infinite() { x - f64::from_bits(x.to_bits() - 1) } else { next - x }
    }

    #[pyfunction]
    fn fma(x: ArgIntoFloat, y: ArgIntoFloat, z: ArgIntoFloat) -> f64 {
        libm::fma(x.into_float(), y.into_float(), z.into_float())
    }

    #[pyfunction]
    fn fsum(numbers: ArgIterable<ArgIntoFloat>, vm: &VirtualMachine) -> PyResult<f64> {
        exact_sum(numbers.iter(vm)?.map(|number| number.map(ArgIntoFloat::into_float)))
    }

    #[pyfunction]
    fn hypot(numbers: PosArgs<ArgIntoFloat>) -> f64 {
        let numbers: Vec<f64> = numbers.into_vec().into_iter().map(ArgIntoFloat::into_float).collect();
        length(&numbers)
    }

    #[pyfunction]
    fn dist(from: Vec<ArgIntoFloat>, to: Vec<ArgIntoFloat>, vm: &VirtualMachine) -> PyResult<f64> {
        if from.len() != to.len() {
            return Err(vm.new_value_error("both points must have the same number of dimensions"));
        }
        let differences: Vec<f64> =
            from.into_iter().zip(to).map(|(from, to)| from.into_float() - to.into_float()).collect();
        Ok(length(&differences))
    }
}
