//! Compares results of isolation specs event by event.
//!
//! In: what PostgreSQL gave and what this engine gave, both in the format of `tests/oracle/README.md`. Out: the
//! first difference in words. The rules are those of `tests/oracle/compare.py` with `--require-final`:
//! messages and warnings are not compared, of the tags only COMMIT and ROLLBACK, and 1 = 1.0 = true.

use serde_json::Value as Json;

/// Longest text of a value in a difference. Characters.
const SHOWN: usize = 90;

/// Returns the first difference between two results of a spec. `unneeded` holds, by permutation index, the
/// outcome without an abort that PostgreSQL's own rules did not need; it is accepted as well.
pub fn first_difference(wanted: &Json, found: &Json, unneeded: &Json) -> Option<String> {
    let (wanted, found) = (list(&wanted["permutations"]), list(&found["permutations"]));
    if wanted.len() != found.len() {
        return Some(format!("expected {} permutations, found {}", wanted.len(), found.len()));
    }
    let pairs = wanted.iter().zip(found).enumerate();
    pairs.into_iter().find_map(|(index, (wanted, found))| {
        let difference = permutation(wanted, found)?;
        let other = &unneeded[index.to_string()];
        if !other.is_null() && permutation(other, found).is_none() {
            return None;
        }
        let steps: Vec<&str> = list(&wanted["steps"]).iter().filter_map(Json::as_str).collect();
        Some(format!("permutation {} [{}]: {difference}", index + 1, steps.join(" ")))
    })
}

/// Returns the numbers of the permutations that differ, counted from 1.
pub fn differing_permutations(wanted: &Json, found: &Json) -> Vec<usize> {
    let (wanted, found) = (list(&wanted["permutations"]), list(&found["permutations"]));
    let differs = |index: &usize| match (wanted.get(*index), found.get(*index)) {
        (Some(wanted), Some(found)) => permutation(wanted, found).is_some(),
        _ => true,
    };
    (0..wanted.len().max(found.len())).filter(differs).map(|index| index + 1).collect()
}

fn permutation(wanted: &Json, found: &Json) -> Option<String> {
    if wanted["steps"] != found["steps"] {
        return Some(format!(
            "expected the steps {}, found {}",
            short(&wanted["steps"]),
            short(&found["steps"])
        ));
    }
    let (events, others) = (list(&wanted["events"]), list(&found["events"]));
    for index in 0..events.len().max(others.len()) {
        let place = format!("event {}", index + 1);
        match (events.get(index), others.get(index)) {
            (Some(wanted), Some(found)) => {
                if let Some(difference) = event(wanted, found) {
                    return Some(format!("{place} ({}): {difference}", said(&wanted["step"])));
                }
            }
            (Some(wanted), None) => {
                return Some(format!("{place}: expected {}, found nothing", short(wanted)));
            }
            (None, found) => return Some(format!("{place}: expected nothing, found {}", short(found?))),
        }
    }
    ["invalid", "unfinished"]
        .into_iter()
        .find_map(|key| unequal(key, wanted, found))
        .or_else(|| tables(wanted, found))
}

fn event(wanted: &Json, found: &Json) -> Option<String> {
    if let Some(difference) = ["step", "status"].into_iter().find_map(|key| unequal(key, wanted, found)) {
        return Some(format!("{difference} {}", said(&found["sqlstate"])).trim_end().to_owned());
    }
    let ordered = wanted["unordered"] != true;
    match said(&wanted["status"]) {
        "waiting" => None,
        "error" => unequal("sqlstate", wanted, found),
        _ if wanted["results"].is_null() => result(wanted, found, ordered),
        _ => {
            let (wanted, found) = (list(&wanted["results"]), list(&found["results"]));
            if wanted.len() != found.len() {
                return Some(format!("expected {} results, found {}", wanted.len(), found.len()));
            }
            wanted.iter().zip(found).find_map(|(wanted, found)| result(wanted, found, ordered))
        }
    }
}

fn result(wanted: &Json, found: &Json, ordered: bool) -> Option<String> {
    if !wanted["rows"].is_null() {
        if !same_rows(&wanted["rows"], &found["rows"], ordered) {
            return Some(format!(
                "expected the rows {}, found {}",
                short(&wanted["rows"]),
                short(&found["rows"])
            ));
        }
    } else if let Some(difference) = unequal("rowcount", wanted, found) {
        return Some(difference);
    }
    let is_compared = matches!(said(&wanted["tag"]), "COMMIT" | "ROLLBACK");
    is_compared.then(|| unequal("tag", wanted, found)).flatten()
}

fn tables(wanted: &Json, found: &Json) -> Option<String> {
    let tables = wanted["final"].as_object()?;
    tables.iter().find_map(|(name, rows)| {
        let other = &found["final"][name];
        let same = same_rows(rows, other, false);
        (!same).then(|| format!("table {name} at the end: expected {}, found {}", short(rows), short(other)))
    })
}

fn unequal(key: &str, wanted: &Json, found: &Json) -> Option<String> {
    let same = wanted[key] == found[key];
    (!same).then(|| format!("{key}: expected {}, found {}", short(&wanted[key]), short(&found[key])))
}

fn same_rows(wanted: &Json, found: &Json, ordered: bool) -> bool {
    let (Some(wanted), Some(found)) = (wanted.as_array(), found.as_array()) else { return false };
    if ordered {
        return wanted.len() == found.len()
            && wanted.iter().zip(found).all(|(left, right)| same(left, right));
    }
    let mut left: Vec<&Json> = found.iter().collect();
    for row in wanted {
        let Some(at) = left.iter().position(|other| same(row, other)) else { return false };
        left.remove(at);
    }
    left.is_empty()
}

fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        _ => left == right || number(left).is_some_and(|left| Some(left) == number(right)),
    }
}

fn number(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_bool().map(|truth| f64::from(u8::from(truth))))
}

fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn said(value: &Json) -> &str {
    value.as_str().unwrap_or("")
}

fn short(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
