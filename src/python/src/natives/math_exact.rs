//! The part of `math` that works on whole numbers of any size and on whatever has its own arithmetic.

use malachite_bigint::BigInt;
use num_traits::{FromPrimitive, One, Signed, ToPrimitive, Zero};
use rustpython_vm as vm;
use vm::builtins::{PyFloat, PyInt, PyStrInterned};
use vm::function::ArgIntoFloat;
use vm::{PyObject, PyObjectRef, PyResult, TryFromObject, VirtualMachine};

/// Largest argument of `factorial`, `comb` and `perm`: beyond it one call works too long. Unit: steps.
const MOST_FACTORS: u64 = 20_000;

fn common_divisor(left: &BigInt, right: &BigInt) -> BigInt {
    let (mut left, mut right) = (left.abs(), right.abs());
    while !right.is_zero() {
        let rest = &left % &right;
        left = std::mem::replace(&mut right, rest);
    }
    left
}

fn common_multiple(left: &BigInt, right: &BigInt) -> BigInt {
    if left.is_zero() || right.is_zero() {
        return BigInt::zero();
    }
    (left / common_divisor(left, right) * right).abs()
}

/// `n (n-1) … (n-k+1)`, divided by `k!` for combinations.
fn selections(n: &BigInt, k: &BigInt, ordered: Ordered, vm: &VirtualMachine) -> PyResult<BigInt> {
    if n.is_negative() || k.is_negative() {
        return Err(vm.new_value_error("n and k must be non-negative integers"));
    }
    if k > n {
        return Ok(BigInt::zero());
    }
    let rest = n - k;
    let fewer = if ordered == Ordered::No && rest < *k { rest } else { k.clone() };
    let count = fewer
        .to_u64()
        .filter(|count| *count <= MOST_FACTORS)
        .ok_or_else(|| vm.new_overflow_error(format!("more than {MOST_FACTORS} factors are refused here")))?;
    let mut result = BigInt::one();
    for index in 0..count {
        result *= n - index;
        if ordered == Ordered::No {
            result /= index + 1;
        }
    }
    Ok(result)
}

/// Whether the order of a selection counts.
#[derive(Clone, Copy, PartialEq)]
enum Ordered {
    Yes,
    No,
}

/// Logarithm of a whole number too large for a float: halved until it fits.
fn logarithm(x: &PyObject, function: fn(f64) -> f64, vm: &VirtualMachine) -> PyResult<f64> {
    if let Some(number) = x.downcast_ref::<PyInt>() {
        let number = number.as_bigint();
        if !number.is_positive() {
            return Err(vm.new_value_error("expected a positive input"));
        }
        if let Some(small) = number.to_f64().filter(|small| small.is_finite()) {
            return Ok(function(small));
        }
        let shift = number.bits() - 60;
        let top = (number >> shift).to_f64().unwrap_or(f64::MAX);
        return Ok(function(top) + shift as f64 * function(2.0));
    }
    let number = ArgIntoFloat::try_from_object(vm, x.to_owned())?.into_float();
    if number > 0.0 || number.is_nan() {
        return Ok(function(number));
    }
    Err(vm.new_value_error("expected a positive input"))
}

/// `floor`, `ceil` and `trunc`: by the object's own method if it is not a float.
fn rounded(
    x: PyObjectRef,
    method: &'static PyStrInterned,
    function: fn(f64) -> f64,
    vm: &VirtualMachine,
) -> PyResult {
    if x.downcast_ref::<PyFloat>().is_none()
        && let Some(method) = vm.get_attribute_opt(&x, method)?
    {
        return method.call((), vm);
    }
    let number = function(ArgIntoFloat::try_from_object(vm, x)?.into_float());
    if number.is_nan() {
        return Err(vm.new_value_error("cannot convert float NaN to integer"));
    }
    match BigInt::from_f64(number) {
        Some(number) => Ok(vm.ctx.new_bigint(&number).into()),
        None => Err(vm.new_overflow_error("cannot convert float infinity to integer")),
    }
}

#[vm::pymodule(sub)]
pub(crate) mod native {
    use super::{MOST_FACTORS, Ordered, common_divisor, common_multiple, logarithm, rounded, selections};
    use malachite_bigint::BigInt;
    use num_traits::{One, Signed, ToPrimitive, Zero};
    use rustpython_vm as vm;
    use vm::builtins::PyIntRef;
    use vm::function::{ArgIterable, OptionalArg, PosArgs};
    use vm::{PyObjectRef, PyResult, VirtualMachine};

    #[pyfunction]
    fn floor(x: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        rounded(x, vm.ctx.intern_str("__floor__"), libm::floor, vm)
    }

    #[pyfunction]
    fn ceil(x: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        rounded(x, vm.ctx.intern_str("__ceil__"), libm::ceil, vm)
    }

    #[pyfunction]
    fn trunc(x: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        rounded(x, vm.ctx.intern_str("__trunc__"), libm::trunc, vm)
    }

    #[pyfunction]
    fn log(x: PyObjectRef, base: OptionalArg<PyObjectRef>, vm: &VirtualMachine) -> PyResult<f64> {
        let number = logarithm(&x, libm::log, vm)?;
        let OptionalArg::Present(base) = base else { return Ok(number) };
        let divisor = logarithm(&base, libm::log, vm)?;
        if divisor == 0.0 {
            return Err(vm.new_zero_division_error("division by zero"));
        }
        Ok(number / divisor)
    }

    #[pyfunction]
    fn log2(x: PyObjectRef, vm: &VirtualMachine) -> PyResult<f64> {
        logarithm(&x, libm::log2, vm)
    }

    #[pyfunction]
    fn log10(x: PyObjectRef, vm: &VirtualMachine) -> PyResult<f64> {
        logarithm(&x, libm::log10, vm)
    }

    #[pyfunction]
    fn isqrt(n: PyIntRef, vm: &VirtualMachine) -> PyResult<BigInt> {
        if n.as_bigint().is_negative() {
            return Err(vm.new_value_error("isqrt() argument must be nonnegative"));
        }
        Ok(n.as_bigint().sqrt())
    }

    #[pyfunction]
    fn gcd(numbers: PosArgs<PyIntRef>) -> BigInt {
        numbers
            .into_vec()
            .iter()
            .fold(BigInt::zero(), |so_far, number| common_divisor(&so_far, number.as_bigint()))
    }

    #[pyfunction]
    fn lcm(numbers: PosArgs<PyIntRef>) -> BigInt {
        numbers
            .into_vec()
            .iter()
            .fold(BigInt::one(), |so_far, number| common_multiple(&so_far, number.as_bigint()))
    }

    #[pyfunction]
    fn factorial(n: PyIntRef, vm: &VirtualMachine) -> PyResult<BigInt> {
        let n = n.as_bigint();
        if n.is_negative() {
            return Err(vm.new_value_error("factorial() not defined for negative values"));
        }
        let n = n.to_u64().filter(|n| *n <= MOST_FACTORS).ok_or_else(|| {
            vm.new_overflow_error(format!("factorial() of more than {MOST_FACTORS} is refused here"))
        })?;
        Ok((1..=n).fold(BigInt::one(), |product, factor| product * factor))
    }

    #[pyfunction]
    fn comb(n: PyIntRef, k: PyIntRef, vm: &VirtualMachine) -> PyResult<BigInt> {
        selections(n.as_bigint(), k.as_bigint(), Ordered::No, vm)
    }

    #[pyfunction]
    fn perm(n: PyIntRef, k: OptionalArg<PyIntRef>, vm: &VirtualMachine) -> PyResult<BigInt> {
        let k = k.into_option().unwrap_or_else(|| n.clone());
        selections(n.as_bigint(), k.as_bigint(), Ordered::Yes, vm)
    }

    #[pyfunction]
    fn prod(numbers: ArgIterable<PyObjectRef>, vm: &VirtualMachine) -> PyResult {
        let mut product: PyObjectRef = vm.ctx.new_int(1).into();
        for number in numbers.iter(vm)? {
            product = vm._mul(&product, &*number?)?;
        }
        Ok(product)
    }

    #[pyfunction]
    fn sumprod(
        left: ArgIterable<PyObjectRef>,
        right: ArgIterable<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let mut sum: PyObjectRef = vm.ctx.new_int(0).into();
        let mut right = right.iter(vm)?;
        for number in left.iter(vm)? {
            let Some(other) = right.next() else {
                return Err(vm.new_value_error("Inputs are not the same length"));
            };
            sum = vm._add(&sum, &*vm._mul(&*number?, &*other?)?)?;
        }
        Ok(sum)
    }
}
