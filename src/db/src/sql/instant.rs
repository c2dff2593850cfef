//! Dates and timestamps: text in, PostgreSQL's spelling in UTC out.
//!
//! In: `2026-01-05`, `2026-01-05 09:00`, `2026-01-05T09:00:00.5+02:00`, `…Z`. Out: `2026-01-05 07:00:00.5+00`,
//! or the same without zone or time. Fractions have no trailing zeros, so that text order is time order. Other
//! spellings that PostgreSQL reads are refused. Rules: PostgreSQL manual, section 8.5. Calendar: Hinnant,
//! "chrono-compatible low-level date algorithms".

use super::kind::Kind;
use crate::answer::SqlError;

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// A point of the calendar: microseconds from 1970, read as UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant(pub(crate) i64);

/// Reads a text and spells it as PostgreSQL does.
///
/// # Errors
/// 22007 for text that is no date, 22008 for a day or hour that does not exist, 0A000 for spellings that only
/// PostgreSQL reads.
pub(crate) fn read(kind: Kind, text: &str) -> Result<String, SqlError> {
    let instant = parse(kind, text)?;
    if !(micros(1, 1, 1)..micros(10_000, 1, 1)).contains(&instant.0) {
        return Err(SqlError::new("0A000", "years before 1 and after 9999 are not available here"));
    }
    Ok(instant.spelled(kind))
}

impl Instant {
    /// Returns PostgreSQL's spelling.
    pub(crate) fn spelled(self, kind: Kind) -> String {
        let (days, of_day) = (self.0.div_euclid(MICROS_OF_DAY), self.0.rem_euclid(MICROS_OF_DAY));
        let (year, month, day) = civil(days);
        let date = format!("{year:04}-{month:02}-{day:02}");
        if kind == Kind::Date {
            return date;
        }
        let seconds = of_day / 1_000_000;
        let mut text = format!("{date} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        if of_day % 1_000_000 > 0 {
            let fraction = format!("{:06}", of_day % 1_000_000);
            text.push('.');
            text.push_str(fraction.trim_end_matches('0'));
        }
        if kind == Kind::Timestamptz {
            text.push_str("+00");
        }
        text
    }
}

/// Reads a text. A zone counts for `timestamptz` only; a time does not count for `date`.
pub(crate) fn parse(kind: Kind, text: &str) -> Result<Instant, SqlError> {
    let wrong = || syntax(kind, text);
    let trimmed = text.trim();
    let bytes = trimmed.as_bytes();
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' || !trimmed.is_ascii() {
        return Err(wrong());
    }
    let field = |range: std::ops::Range<usize>| number(&trimmed[range]).ok_or_else(wrong);
    let (year, month, day) = (field(0..4)?, field(5..7)?, field(8..10)?);
    if year == 0 || !(1..=12).contains(&month) || day < 1 || day > days_of(year, month) {
        return Err(out_of_range(text));
    }
    let (time, zone) = clock(&trimmed[10..]).ok_or_else(wrong)?;
    let time = time.ok_or_else(|| out_of_range(text))?;
    Ok(Instant(match kind {
        Kind::Date => micros(year, month, day),
        Kind::Timestamp => micros(year, month, day) + time,
        _ => micros(year, month, day) + time - zone * 60_000_000,
    }))
}

/// Reads the rest after the date: microseconds of the day (none: no such time) and the zone's minutes.
fn clock(rest: &str) -> Option<(Option<i64>, i64)> {
    if rest.is_empty() {
        return Some((Some(0), 0));
    }
    let rest = rest.strip_prefix(['T', 't']).unwrap_or_else(|| rest.trim_start());
    let end = rest.find(|c: char| !matches!(c, '0'..='9' | ':' | '.')).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(end);
    if time.is_empty() {
        return Some((Some(0), minutes(zone)?));
    }
    let parts: Vec<&str> = time.split(':').collect();
    if parts.len() < 2 || parts.len() > 3 || parts[..2].iter().any(|part| part.is_empty() || part.len() > 2) {
        return None;
    }
    let (hour, minute) = (number(parts[0])?, number(parts[1])?);
    let seconds = parts.get(2).map_or(Some(0), |part| second_micros(part))?;
    let fits = hour < 24 && minute < 60 && seconds < 60_000_000;
    Some((fits.then_some((hour * 3600 + minute * 60) * 1_000_000 + seconds), minutes(zone)?))
}

fn second_micros(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || whole.len() > 2 || fraction.len() > 6 {
        return None;
    }
    let fraction = if fraction.is_empty() { 0 } else { number(&format!("{fraction:0<6}"))? };
    Some(number(whole)? * 1_000_000 + fraction)
}

/// Reads `Z`, ` UTC`, `+02`, `-0330`, `+05:30`.
fn minutes(zone: &str) -> Option<i64> {
    let zone = zone.trim();
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") || zone.eq_ignore_ascii_case("utc") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.strip_prefix(['+', '-'])?.replacen(':', "", 1);
    let (hours, minutes) = match digits.len() {
        1 | 2 => (number(&digits)?, 0),
        4 => (number(&digits[..2])?, number(&digits[2..])?),
        _ => return None,
    };
    (hours < 16 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// PostgreSQL reads much more than these forms: what could be one of its spellings is not called wrong.
fn syntax(kind: Kind, text: &str) -> SqlError {
    let words = [
        "now",
        "today",
        "tomorrow",
        "yesterday",
        "epoch",
        "infinity",
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
    ];
    let lower = text.to_ascii_lowercase();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits >= 4 || words.iter().any(|word| lower.contains(word)) {
        let message = format!("the spelling \"{text}\" of a date or time is not available here");
        return SqlError::new("0A000", message).with_hint("Write it as 2026-01-05 09:00:00+00.");
    }
    SqlError::new("22007", format!("invalid input syntax for type {kind}: \"{text}\""))
}

fn out_of_range(text: &str) -> SqlError {
    SqlError::new("22008", format!("date/time field value out of range: \"{text}\""))
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn micros(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    (era * 146_097 + day_of_era - 719_468) * MICROS_OF_DAY
}

/// Returns year, month and day of a day counted from 1970.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Adds months, keeping the day where the month has it, then days and microseconds.
pub(crate) fn add(start: Instant, months: i64, days: i64, micros_more: i64) -> Instant {
    let (of_day, day_number) = (start.0.rem_euclid(MICROS_OF_DAY), start.0.div_euclid(MICROS_OF_DAY));
    let (year, month, day) = civil(day_number);
    let count = year * 12 + month - 1 + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    let moved = micros(year, month, day.min(days_of(year, month)));
    Instant(moved + of_day + days * MICROS_OF_DAY + micros_more)
}
