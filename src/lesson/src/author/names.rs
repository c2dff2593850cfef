//! The shapes that names may have.

/// Returns whether a text is lower-case words of letters and digits joined by single hyphens.
pub(super) fn is_kebab(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split('-').all(word) && text.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Returns whether a text is lower-case words joined by single underscores, as SQL and formulas like them.
pub(super) fn is_snake(text: &str) -> bool {
    !text.contains('-') && is_kebab(&text.replace('_', "-"))
}

/// Returns whether a text is a UUID in its usual form, lower case.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let digit = |c: char| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c);
    lengths == [8, 4, 4, 4, 12] && text.chars().all(digit)
}

/// Returns whether a text is the path of a file inside the folder: no `..`, no `\`, not absolute.
pub(super) fn is_inner_path(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    text.split('/').all(part)
}

/// Returns whether a text is `YYYY-MM-DD HH:MM:SS` and that day exists, in 1970 or later.
pub(super) fn is_timestamp(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape != "0000-00-00 00:00:00" {
        return false;
    }
    let part = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap_or(u32::MAX);
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year >= 1970 && (1..=days).contains(&day) && part(11, 13) < 24 && part(14, 16) < 60 && part(17, 19) < 60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_shape() {
        for (text, kebab, snake) in [
            ("n-plus-one", true, false),
            ("orders", true, true),
            ("row_noun", false, true),
            ("two--hyphens", false, false),
            ("Upper", false, false),
            ("2am", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_kebab(text), is_snake(text)), (kebab, snake), "{text}");
        }
    }

    #[test]
    fn dates_exist() {
        for (text, expected) in [
            ("2028-02-29 23:59:59", true),
            ("2026-02-29 08:00:00", false),
            ("2026-13-01 08:00:00", false),
            ("1969-12-31 23:59:59", false),
            ("2026-03-02 24:00:00", false),
            ("2026-03-02", false),
        ] {
            assert_eq!(is_timestamp(text), expected, "{text}");
        }
    }

    #[test]
    fn paths_stay_inside() {
        for (text, expected) in
            [("fixes/join.py", true), ("../x.py", false), ("/x.py", false), ("a\\b", false), ("", false)]
        {
            assert_eq!(is_inner_path(text), expected, "{text}");
        }
    }
}
