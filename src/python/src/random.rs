//! `_random`: the generator behind Python's `random`.
//!
//! Unseeded, it draws from the stream of the task that runs. Seeded by a number, it is the Mersenne Twister
//! MT19937 (Matsumoto, Nishimura 1998) with CPython's way of seeding, so it gives CPython's numbers. The
//! shared generator behind `random.random()` keeps its seeding per process, in [`crate::state::State`].

use crate::state;
use rustpython_vm as vm;
use vm::PyObject;

const SIZE: usize = 624;
const PERIOD: usize = 397;

/// The state of one Mersenne Twister.
#[derive(Clone)]
pub(crate) struct Twister {
    words: [u32; SIZE],
    next: usize,
}

/// Appends the state of a generator object; `false` when it is none.
pub(crate) fn write_to(generator: &PyObject, out: &mut Vec<u8>) -> bool {
    let Some(generator) = generator.downcast_ref::<native::Random>() else { return false };
    let own = generator.own.borrow();
    out.push(u8::from(generator.is_shared.get()) + 2 * u8::from(own.is_some()));
    if let Some(twister) = &*own {
        twister.write_to(out);
    }
    true
}

impl std::fmt::Debug for Twister {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Twister")
    }
}

impl Twister {
    /// Seeds by an array of words (`init_by_array`).
    pub(crate) fn seeded(key: &[u32]) -> Twister {
        let mut words = initial(19_650_218);
        let (mut at, mut from) = (1, 0);
        for _ in 0..SIZE.max(key.len()) {
            let previous = words[at - 1] ^ (words[at - 1] >> 30);
            words[at] = (words[at] ^ previous.wrapping_mul(1_664_525))
                .wrapping_add(key[from])
                .wrapping_add(from as u32);
            at = following(&mut words, at);
            from = (from + 1) % key.len();
        }
        for _ in 1..SIZE {
            let previous = words[at - 1] ^ (words[at - 1] >> 30);
            words[at] = (words[at] ^ previous.wrapping_mul(1_566_083_941)).wrapping_sub(at as u32);
            at = following(&mut words, at);
        }
        words[0] = 0x8000_0000;
        Twister { words, next: SIZE }
    }

    /// Draws 32 bits.
    pub(crate) fn draw(&mut self) -> u32 {
        if self.next >= SIZE {
            self.refill();
        }
        let mut bits = self.words[self.next];
        self.next += 1;
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9d2c_5680;
        bits ^= (bits << 15) & 0xefc6_0000;
        bits ^ (bits >> 18)
    }

    /// Appends the whole state.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        self.words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
        out.extend_from_slice(&(self.next as u32).to_le_bytes());
    }

    fn refill(&mut self) {
        for at in 0..SIZE {
            let pair = (self.words[at] & 0x8000_0000) | (self.words[(at + 1) % SIZE] & 0x7fff_ffff);
            let twist = if pair & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[at] = self.words[(at + PERIOD) % SIZE] ^ (pair >> 1) ^ twist;
        }
        self.next = 0;
    }
}

fn initial(seed: u32) -> [u32; SIZE] {
    let mut words = [seed; SIZE];
    for at in 1..SIZE {
        let previous = words[at - 1];
        words[at] = 1_812_433_253u32.wrapping_mul(previous ^ (previous >> 30)).wrapping_add(at as u32);
    }
    words
}

fn following(words: &mut [u32; SIZE], at: usize) -> usize {
    if at + 1 < SIZE {
        return at + 1;
    }
    words[0] = words[SIZE - 1];
    1
}

/// Draws from the stream of the running task.
fn stream_bits() -> u32 {
    (state::with(|state| state.stream().next()).unwrap_or_default() >> 32) as u32
}

/// Draws from the shared generator of the running process.
fn shared_bits() -> u32 {
    let seeded = state::with(|state| state.shared_random.as_mut().map(|twister| twister.draw())).flatten();
    seeded.unwrap_or_else(stream_bits)
}

pub(crate) use native::module_def;

#[vm::pymodule(name = "_random")]
mod native {
    use super::{SIZE, Twister, shared_bits, stream_bits};
    use crate::state;
    use malachite_bigint::{BigInt, BigUint};
    use rustpython_vm as vm;
    use std::cell::{Cell, RefCell};
    use vm::builtins::{PyInt, PyTupleRef, PyType};
    use vm::function::{FuncArgs, OptionalArg};
    use vm::types::Constructor;
    use vm::{Py, PyObjectRef, PyPayload, PyResult, TryFromObject, VirtualMachine, pyclass};

    /// Largest number of bits of one draw. Unit: bits.
    const MOST_BITS: i64 = 1 << 20;

    #[pyattr]
    #[pyclass(name = "Random")]
    #[derive(Debug, PyPayload)]
    pub(crate) struct Random {
        pub(crate) own: RefCell<Option<Box<Twister>>>,
        pub(crate) is_shared: Cell<bool>,
    }

    impl Constructor for Random {
        type Args = FuncArgs;

        fn py_new(_class: &Py<PyType>, _args: FuncArgs, _vm: &VirtualMachine) -> PyResult<Self> {
            Ok(Random { own: RefCell::new(None), is_shared: Cell::new(false) })
        }
    }

    #[pyclass(flags(BASETYPE), with(Constructor))]
    impl Random {
        fn bits(&self) -> u32 {
            if self.is_shared.get() {
                return shared_bits();
            }
            self.own.borrow_mut().as_mut().map_or_else(stream_bits, |twister| twister.draw())
        }

        fn put(&self, twister: Option<Twister>) {
            let twister = twister.map(Box::new);
            if self.is_shared.get() {
                state::with(|state| state.shared_random = twister);
            } else {
                *self.own.borrow_mut() = twister;
            }
        }

        /// Makes this the generator behind the module's functions.
        #[pymethod]
        fn _share(zelf: &Py<Self>) {
            zelf.is_shared.set(true);
        }

        #[pymethod]
        fn random(zelf: &Py<Self>) -> f64 {
            let (high, low) = (zelf.bits() >> 5, zelf.bits() >> 6);
            (f64::from(high) * 67_108_864.0 + f64::from(low)) * (1.0 / 9_007_199_254_740_992.0)
        }

        #[pymethod]
        fn seed(zelf: &Py<Self>, seed: OptionalArg<PyObjectRef>, vm: &VirtualMachine) -> PyResult<()> {
            let Some(seed) = seed.into_option().filter(|seed| !vm.is_none(seed)) else {
                zelf.put(None);
                return Ok(());
            };
            let magnitude = match seed.downcast_ref::<PyInt>() {
                Some(number) => number.as_bigint().magnitude().clone(),
                None => BigUint::from(seed.hash(vm)? as u64),
            };
            let mut key = magnitude.to_u32_digits();
            if key.is_empty() {
                key.push(0);
            }
            zelf.put(Some(Twister::seeded(&key)));
            Ok(())
        }

        #[pymethod]
        fn getrandbits(zelf: &Py<Self>, count: i64, vm: &VirtualMachine) -> PyResult<BigInt> {
            if !(0..=MOST_BITS).contains(&count) {
                return Err(vm.new_value_error("number of bits must be non-negative and at most 1048576"));
            }
            let mut words = Vec::new();
            let mut left = count;
            while left > 0 {
                let bits = zelf.bits();
                words.push(if left < 32 { bits >> (32 - left) } else { bits });
                left -= 32;
            }
            Ok(BigUint::new(words).into())
        }

        #[pymethod]
        fn getstate(zelf: &Py<Self>, vm: &VirtualMachine) -> PyTupleRef {
            let own = zelf.own.borrow().clone();
            let shared =
                zelf.is_shared.get().then(|| state::with(|state| state.shared_random.clone()).flatten());
            let numbers = match shared.flatten().or(own) {
                Some(twister) => {
                    let index = twister.next as u32;
                    twister
                        .words
                        .iter()
                        .copied()
                        .chain([index])
                        .map(|word| vm.ctx.new_int(word).into())
                        .collect()
                }
                None => Vec::new(),
            };
            vm.ctx.new_tuple(numbers)
        }

        #[pymethod]
        fn setstate(zelf: &Py<Self>, numbers: PyTupleRef, vm: &VirtualMachine) -> PyResult<()> {
            if numbers.is_empty() {
                zelf.put(None);
                return Ok(());
            }
            if numbers.len() != SIZE + 1 {
                return Err(vm.new_value_error("state vector is the wrong size"));
            }
            let mut twister = Twister { words: [0; SIZE], next: SIZE };
            for (word, number) in twister.words.iter_mut().zip(numbers.iter()) {
                *word = u32::try_from_object(vm, number.clone())?;
            }
            twister.next = usize::try_from_object(vm, numbers[SIZE].clone())?.min(SIZE);
            zelf.put(Some(twister));
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Twister;

    // CPython 3.11: random.seed(42); [random.getrandbits(32) for _ in range(3)]
    #[test]
    fn numbers_are_those_of_cpython() {
        let mut twister = Twister::seeded(&[42]);
        assert_eq!([twister.draw(), twister.draw(), twister.draw()], [2746317213, 478163327, 107420369]);
    }
}
