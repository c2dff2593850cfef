//! PostgreSQL's `numeric`, exactly, up to 38 digits.
//!
//! In: decimal text or whole numbers. Out: sums, products, quotients and roundings with PostgreSQL's number of
//! digits after the point; None when 38 digits do not hold the result. Rules: PostgreSQL's numeric.c
//! (`select_div_scale`), manual, section 8.1.2.

use std::cmp::Ordering;
use std::fmt;

/// A number `mantissa / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Fewest significant digits of a quotient.
const QUOTIENT_DIGITS: i32 = 16;

impl Decimal {
    pub(crate) fn whole(number: i64) -> Decimal {
        Decimal { mantissa: i128::from(number), scale: 0 }
    }

    /// Reads `-12.50`. Exponents are not read.
    pub(crate) fn read(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || all.len() > 36 || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mantissa: i128 = all.parse().ok()?;
        Some(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale: fraction.len() as u32 })
    }

    fn scaled(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    pub(crate) fn add(self, other: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(other.scale);
        Some(Decimal { mantissa: self.scaled(scale)?.checked_add(other.scaled(scale)?)?, scale })
    }

    pub(crate) fn subtract(self, other: Decimal) -> Option<Decimal> {
        self.add(Decimal { mantissa: other.mantissa.checked_neg()?, ..other })
    }

    pub(crate) fn multiply(self, other: Decimal) -> Option<Decimal> {
        Some(Decimal {
            mantissa: self.mantissa.checked_mul(other.mantissa)?,
            scale: self.scale + other.scale,
        })
    }

    /// Divides; the divisor is not zero.
    pub(crate) fn divide(self, by: Decimal) -> Option<Decimal> {
        let (weight, first) = self.leading();
        let (weight_by, first_by) = by.leading();
        let mut quotient_weight = weight - weight_by;
        if first <= first_by {
            quotient_weight -= 1;
        }
        let scale =
            (QUOTIENT_DIGITS - quotient_weight * 4).max(self.scale as i32).max(by.scale as i32).max(0);
        let scale = u32::try_from(scale).ok()?;
        // One digit more than wanted, then rounded; the remainder cannot change a digit that is not 5.
        let shift = (scale + 1 + by.scale).checked_sub(self.scale)?;
        let long = long_division(self.mantissa, by.mantissa, shift)?;
        Some(Decimal { mantissa: half_away(long, 10), scale })
    }

    /// Returns the remainder, with the sign of the dividend; the divisor is not zero.
    pub(crate) fn remainder(self, by: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(by.scale);
        Some(Decimal { mantissa: self.scaled(scale)? % by.scaled(scale)?, scale })
    }

    /// Returns the weight and value of the first group of four digits (numeric.c stores groups of four).
    fn leading(self) -> (i32, i128) {
        let mut size = self.mantissa.unsigned_abs() as i128;
        if size == 0 {
            return (0, 0);
        }
        let pad = (4 - self.scale as i32 % 4) % 4;
        let mut weight = -((self.scale as i32 + pad) / 4);
        // The padding shifts the last group; only its value matters here.
        size = size.saturating_mul(10_i128.pow(pad as u32));
        while size >= 10_000 {
            size /= 10_000;
            weight += 1;
        }
        (weight, size)
    }

    /// Rounds to `digits` after the point, halves away from zero.
    pub(crate) fn round(self, digits: i32) -> Option<Decimal> {
        let scale = digits.max(0) as u32;
        if digits >= 0 && scale >= self.scale {
            return Some(Decimal { mantissa: self.scaled(scale)?, scale });
        }
        let cut = u32::try_from(self.scale as i32 - digits).ok()?;
        let unit = 10_i128.checked_pow(cut)?;
        let rounded = half_away(self.mantissa, unit);
        let mantissa = if digits < 0 {
            rounded.checked_mul(10_i128.checked_pow(digits.unsigned_abs())?)?
        } else {
            rounded
        };
        Some(Decimal { mantissa, scale })
    }

    pub(crate) fn compare(self, other: Decimal) -> Option<Ordering> {
        let scale = self.scale.max(other.scale);
        Some(self.scaled(scale)?.cmp(&other.scaled(scale)?))
    }

    pub(crate) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Returns the value as a whole number, halves away from zero.
    pub(crate) fn to_whole(self) -> Option<i64> {
        i64::try_from(self.round(0)?.mantissa).ok()
    }

    /// Returns text whose order is the order of the numbers.
    pub(crate) fn key(self) -> String {
        let unit = 10_i128.pow(self.scale.min(38));
        let (whole, rest) = (self.mantissa.div_euclid(unit), self.mantissa.rem_euclid(unit));
        // Whole parts from -10^38 on become 39 digits; what is after the point always counts upwards.
        let moved = (whole + 10_i128.pow(38)).unsigned_abs();
        format!("{moved:039}.{rest:0width$}", width = self.scale as usize).trim_end_matches('0').to_owned()
    }
}

fn half_away(number: i128, unit: i128) -> i128 {
    let (quotient, rest) = (number / unit, number % unit);
    if rest.abs() * 2 >= unit { quotient + number.signum() } else { quotient }
}

/// Returns `number * 10^shift / by`, cut off.
fn long_division(number: i128, by: i128, shift: u32) -> Option<i128> {
    let (mut quotient, mut rest) = (number / by, number % by);
    for _ in 0..shift {
        rest = rest.checked_mul(10)?;
        quotient = quotient.checked_mul(10)?.checked_add(rest / by)?;
        rest %= by;
    }
    Some(quotient)
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        match fraction.is_empty() {
            true => write!(out, "{sign}{whole}"),
            false => write!(out, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each from PostgreSQL 15: select 1::numeric / 3 and so on.
    #[test]
    fn quotients_have_postgresqls_digits() {
        for (left, right, expected) in [
            ("1", "3", "0.33333333333333333333"),
            ("3", "2", "1.5000000000000000"),
            ("10", "4", "2.5000000000000000"),
            ("20000", "3", "6666.6666666666666667"),
            ("100000", "3", "33333.333333333333"),
            ("-7", "2", "-3.5000000000000000"),
            ("1", "30000", "0.000033333333333333333333"),
            ("0", "5", "0.00000000000000000000"),
            ("1.5", "0.25", "6.0000000000000000"),
        ] {
            let quotient = Decimal::read(left).and_then(|left| left.divide(Decimal::read(right)?));
            assert_eq!(
                quotient.map(|quotient| quotient.to_string()).as_deref(),
                Some(expected),
                "{left} / {right}"
            );
        }
    }
}
