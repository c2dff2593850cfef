//! `[traffic]` in `lesson.toml`: what clients send, or what each operation of client.py is given.

use super::fill::read_columns;
use super::limits;
use super::problem::Source;
use super::table::Table;
use crate::{Setting, Traffic};
use std::collections::BTreeMap;

/// File that holds what a client does. A lesson with it has operations instead of single requests.
pub(super) const CLIENT_FILE: &str = "client.py";

/// Reads `[traffic]`. `method` and `path` are there exactly when there is no client code, `user` only with it.
pub(super) fn read_traffic(
    source: &Source,
    table: &mut Table,
    (settings, tables): (&[Setting], &[crate::Table]),
    has_client: bool,
    lines: &mut BTreeMap<String, u32>,
) -> Traffic {
    let mut traffic = Traffic {
        method: String::new(),
        path: String::new(),
        requests: 0,
        mean_gap_micros: 0,
        seed: 0,
        user: vec![],
    };
    let Some(mut entry) = table.table("traffic") else { return traffic };
    lines.insert("traffic".into(), entry.line());
    if has_client {
        refuse_address(&mut entry);
    } else {
        (traffic.method, traffic.path) = read_address(source, &mut entry);
    }
    if let Some(node) = entry.take("user") {
        if !has_client {
            node.refuse(format!(
                "`[traffic.user]` is data for {CLIENT_FILE}, which the lesson does not have"
            ));
        }
        traffic.user =
            node.table().map(|user| read_columns(source, user, settings, tables)).unwrap_or_default();
    }
    let requests = entry.whole("requests", limits::REQUESTS).value;
    traffic.requests = u32::try_from(requests).unwrap_or_default();
    traffic.mean_gap_micros = entry.whole("mean_gap_micros", limits::MEAN_GAP_MICROS).value.unsigned_abs();
    traffic.seed = entry.whole("seed", 0..=i64::MAX).value.unsigned_abs();
    entry.finish();
    traffic
}

fn refuse_address(entry: &mut Table) {
    for key in ["method", "path"] {
        if let Some(node) = entry.take(key) {
            node.refuse(format!("`{key}` is there, but {CLIENT_FILE} decides what is sent"));
        }
    }
}

fn read_address(source: &Source, entry: &mut Table) -> (String, String) {
    let method = entry.text("method");
    if !["GET", "POST", "PUT", "PATCH", "DELETE", ""].contains(&method.value.as_str()) {
        let message = format!("`method` is {:?}, expected GET, POST, PUT, PATCH or DELETE", method.value);
        source.refuse(method.start, message);
    }
    let path = entry.text("path");
    if !path.value.is_empty() && !path.value.starts_with('/') {
        source.refuse(path.start, format!("`path` is {:?}, expected it to begin with /", path.value));
    }
    (method.value, path.value)
}
