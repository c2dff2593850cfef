//! Stand-in for `malachite-q`: an exact ratio of two big integers, made from a float or from two integers
//! and rounded to the nearest float. Only what `rustpython-common` needs for `int / int` and `float` parts.

use core::cmp::Ordering;
use malachite_base::num::conversion::traits::RoundingInto;
use malachite_base::rounding_modes::RoundingMode;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};

/// Bits in the significand of a double, the hidden one included.
const SIGNIFICAND_BITS: i64 = 53;
/// The exponent of the smallest normal double.
const LEAST_EXPONENT: i64 = -1022;

/// An exact ratio: sign, numerator, denominator.
pub struct Rational {
    negative: bool,
    numerator: BigUint,
    denominator: BigUint,
}

/// The float was infinite or not a number.
#[derive(Debug)]
pub struct NotFinite;

impl Rational {
    /// Returns `numerator / denominator`, not reduced.
    pub fn from_integers_ref(numerator: &BigInt, denominator: &BigInt) -> Self {
        Rational {
            negative: (numerator.sign() == Sign::Minus) != (denominator.sign() == Sign::Minus),
            numerator: numerator.magnitude().clone(),
            denominator: denominator.magnitude().clone(),
        }
    }

    /// Returns the magnitudes of both parts.
    pub fn into_numerator_and_denominator(self) -> (BigUint, BigUint) {
        (self.numerator, self.denominator)
    }

    /// Returns the quotient with 55 or 56 significant bits, its last bit set when a remainder is left, and
    /// the power of two that it was scaled by.
    fn scaled_quotient(&self) -> (u64, i64) {
        let shift = 55 - (self.numerator.bits() as i64 - self.denominator.bits() as i64);
        let (quotient, rest) = if shift >= 0 {
            (&self.numerator << shift as u64).div_rem(&self.denominator)
        } else {
            self.numerator.div_rem(&(&self.denominator << (-shift) as u64))
        };
        let quotient = quotient.to_u64().expect("the shift leaves at most 56 bits");
        (if rest.is_zero() { quotient } else { quotient | 1 }, shift)
    }
}

/// Splits a finite float into its exact ratio (IEEE 754 binary64).
impl TryFrom<f64> for Rational {
    type Error = NotFinite;

    fn try_from(value: f64) -> Result<Self, NotFinite> {
        if !value.is_finite() {
            return Err(NotFinite);
        }
        let bits = value.to_bits();
        let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i64, bits & ((1 << 52) - 1));
        let (significand, power) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        let (mut numerator, mut denominator) = (BigUint::from(significand), BigUint::one());
        if power >= 0 {
            numerator <<= power as u64;
        } else {
            denominator <<= (-power) as u64;
            let common = numerator.gcd(&denominator);
            numerator /= &common;
            denominator /= &common;
        }
        Ok(Rational { negative: value.is_sign_negative(), numerator, denominator })
    }
}

/// Rounds to nearest, ties to even. The ordering compares the answer with the exact value.
impl RoundingInto<f64> for Rational {
    fn rounding_into(self, _mode: RoundingMode) -> (f64, Ordering) {
        if self.numerator.is_zero() {
            return (0.0, Ordering::Equal);
        }
        let (value, ordering) = round_magnitude(self.scaled_quotient());
        if self.negative { (-value, ordering.reverse()) } else { (value, ordering) }
    }
}

/// Rounds `quotient / 2^shift`.
fn round_magnitude((quotient, shift): (u64, i64)) -> (f64, Ordering) {
    let bits = 64 - i64::from(quotient.leading_zeros());
    let exponent = bits - shift - 1;
    let kept = SIGNIFICAND_BITS - (LEAST_EXPONENT - exponent).max(0);
    if kept < 0 {
        return (0.0, Ordering::Less);
    }
    let dropped = (bits - kept) as u32;
    let (rest, half) = (quotient & ((1 << dropped) - 1), 1 << (dropped - 1));
    let floor = quotient >> dropped;
    let up = rest > half || rest == half && floor & 1 == 1;
    let value = scale((floor + u64::from(up)) as f64, i64::from(dropped) - shift);
    let ordering = match (rest, up) {
        _ if value.is_infinite() => Ordering::Greater,
        (0, _) => Ordering::Equal,
        (_, true) => Ordering::Greater,
        (_, false) => Ordering::Less,
    };
    (value, ordering)
}

/// Multiplies by a power of two in steps that are each exact.
fn scale(mut value: f64, mut power: i64) -> f64 {
    while power > 1000 && value.is_finite() {
        value *= two_to(1000);
        power -= 1000;
    }
    while power < -1000 && value != 0.0 {
        let step = (-power).min(500);
        value *= two_to(-step);
        power += step;
    }
    value * two_to(power.clamp(-1074, 1000))
}

/// Returns a power of two by its bits, so that no library function is asked.
fn two_to(power: i64) -> f64 {
    if power < LEAST_EXPONENT {
        return f64::from_bits(1 << (power + 1074));
    }
    f64::from_bits(((power + 1023) as u64) << 52)
}
