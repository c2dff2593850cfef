//! Names of actors: by origin, never by internal ids.

/// Returns the name of a request by its number from 0: `A` … `Z`, `AA`, `AB` …
pub fn request_name(number: u32) -> String {
    let mut rest = number;
    let mut letters = Vec::new();
    loop {
        letters.push(b'A' + u8::try_from(rest % 26).expect("a remainder of 26 fits"));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    letters.reverse();
    String::from_utf8(letters).expect("letters are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_named_like_columns_of_a_sheet() {
        for (number, name) in [(0, "A"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(request_name(number), name);
        }
    }
}
