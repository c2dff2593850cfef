//! Small helpers for numbers in sentences, shared by everything that words a result.

/// Writes a whole number with a comma between thousands: `10,000`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes a whole number that may be negative, with a comma between thousands: `-10,000`.
pub fn signed(number: i64) -> String {
    format!("{}{}", if number < 0 { "-" } else { "" }, thousands(number.unsigned_abs()))
}

/// Writes a count with its noun: `1 statement`, `101 statements`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// Cuts text to at most `limit` characters, saying how many there were when it cuts.
pub fn cut(text: &str, limit: usize) -> String {
    let count = text.chars().count();
    if count <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit).collect();
    format!("{kept}… ({} characters in all)", thousands(count as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, shown) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), shown);
        }
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(cut("abcdef", 3), "abc… (6 characters in all)");
    }
}
