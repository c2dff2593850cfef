//! The world of a lesson in `lesson.toml`: files, settings, tables, sizes, traffic and hidden variants.

use super::fill::read_table;
use super::limits;
use super::names::is_inner_path;
use super::node::{Node, Spot};
use super::problem::Source;
use super::setting::{check_setting_value, find_setting, read_settings, read_values};
use super::table::Table;
use crate::{Setting, Sizes, Traffic, Variant};
use std::collections::BTreeMap;

/// What runs are made of, apart from the code.
#[derive(Debug)]
pub(super) struct World {
    /// Files that a learner sees; none when lesson.toml says nothing and the usual ones are meant.
    pub(super) files: Option<Vec<FileEntry>>,
    pub(super) settings: Vec<Setting>,
    pub(super) tables: Vec<crate::Table>,
    pub(super) sizes: Sizes,
    pub(super) traffic: Traffic,
    pub(super) variants: Vec<Variant>,
    pub(super) data_seeds: u32,
}

/// A file that a learner sees.
#[derive(Debug)]
pub(super) struct FileEntry {
    pub(super) name: String,
    pub(super) editable: bool,
    /// The line of lesson.toml that lists it.
    pub(super) line: u32,
}

impl World {
    pub(super) fn read(source: &Source, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> World {
        let files = read_files(source, table, lines);
        let settings = read_settings(source, table, lines);
        let mut tables = vec![];
        for entry in table.tables("tables") {
            let line = entry.line();
            let read = read_table(source, entry, &settings, &tables);
            lines.entry("tables".into()).or_insert(line);
            lines.insert(format!("tables.{}", read.name), line);
            tables.push(read);
        }
        let sizes = read_sizes(source, table, &settings, lines);
        let traffic = read_traffic(source, table, lines);
        let variants = read_variants(source, table, &settings, lines);
        let data_seeds = table.whole("data_seeds", limits::DATA_SEEDS).value;
        let data_seeds = u32::try_from(data_seeds).unwrap_or_default();
        World { files, settings, tables, sizes, traffic, variants, data_seeds }
    }
}

fn read_files(
    source: &Source,
    table: &mut Table,
    lines: &mut BTreeMap<String, u32>,
) -> Option<Vec<FileEntry>> {
    let list = table.take("files")?.list()?;
    let mut entries: Vec<FileEntry> = vec![];
    for mut entry in list.iter().filter_map(Node::table) {
        lines.entry("files".into()).or_insert(entry.line());
        let name = entry.text("name");
        if !name.value.is_empty() && !is_inner_path(&name.value) {
            source.refuse(name.start, format!("{:?} is no name of a file in this folder", name.value));
        }
        if entries.iter().any(|other| other.name == name.value) {
            source.refuse(name.start, format!("file {:?} is listed twice", name.value));
        }
        let editable = entry.require("editable", "true or false").and_then(|node| node.flag());
        let line = entry.line();
        entry.finish();
        entries.push(FileEntry { name: name.value, editable: editable.unwrap_or_default(), line });
    }
    Some(entries)
}

fn read_sizes(
    source: &Source,
    table: &mut Table,
    settings: &[Setting],
    lines: &mut BTreeMap<String, u32>,
) -> Sizes {
    let Some(mut entry) = table.table("sizes") else {
        return Sizes { setting: String::new(), values: vec![], requests: 0 };
    };
    lines.insert("sizes".into(), entry.line());
    let key = entry.text("setting");
    let setting = find_setting(source, &key, settings);
    let values: Vec<Spot<i64>> =
        entry.filled_list("values", "whole numbers, ascending").iter().filter_map(Node::whole).collect();
    for pair in values.windows(2) {
        if pair[1].value <= pair[0].value {
            let message =
                format!("size {} comes after {}, expected them ascending", pair[1].value, pair[0].value);
            source.refuse(pair[1].start, message);
        }
    }
    for value in &values {
        if let Some(setting) = setting {
            check_setting_value(source, setting, value, "size");
        }
    }
    let requests = entry.whole("requests", limits::REQUESTS).value;
    entry.finish();
    Sizes {
        setting: key.value,
        values: values.into_iter().map(|value| value.value).collect(),
        requests: u32::try_from(requests).unwrap_or_default(),
    }
}

fn read_traffic(source: &Source, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Traffic {
    let Some(mut entry) = table.table("traffic") else {
        return Traffic {
            method: String::new(),
            path: String::new(),
            requests: 0,
            mean_gap_micros: 0,
            seed: 0,
        };
    };
    lines.insert("traffic".into(), entry.line());
    let method = entry.text("method");
    if !["GET", "POST", "PUT", "PATCH", "DELETE", ""].contains(&method.value.as_str()) {
        let message = format!("`method` is {:?}, expected GET, POST, PUT, PATCH or DELETE", method.value);
        source.refuse(method.start, message);
    }
    let path = entry.text("path");
    if !path.value.is_empty() && !path.value.starts_with('/') {
        source.refuse(path.start, format!("`path` is {:?}, expected it to begin with /", path.value));
    }
    let requests = entry.whole("requests", limits::REQUESTS).value;
    let gap = entry.whole("mean_gap_micros", limits::MEAN_GAP_MICROS).value;
    let seed = entry.whole("seed", 0..=i64::MAX).value;
    entry.finish();
    Traffic {
        method: method.value,
        path: path.value,
        requests: u32::try_from(requests).unwrap_or_default(),
        mean_gap_micros: gap.unsigned_abs(),
        seed: seed.unsigned_abs(),
    }
}

fn read_variants(
    source: &Source,
    table: &mut Table,
    settings: &[Setting],
    lines: &mut BTreeMap<String, u32>,
) -> Vec<Variant> {
    let mut variants: Vec<Variant> = vec![];
    for mut entry in table.tables("variants") {
        let name = entry.text("name");
        if variants.iter().any(|other| other.name == name.value) {
            source.refuse(name.start, format!("variant {:?} is there twice", name.value));
        }
        lines.insert(format!("variants.{}", name.value), entry.line());
        let changed = entry.take("settings");
        let sql = entry.take("sql").and_then(|node| node.filled_text());
        let between_sql = entry.take("between_sql").and_then(|node| node.filled_text());
        if changed.is_none() && sql.is_none() && between_sql.is_none() {
            let hint = "give it `settings`, `sql` or `between_sql`";
            source.refuse_with_hint(entry.start(), format!("variant {:?} changes nothing", name.value), hint);
        }
        entry.finish();
        let changed = changed.and_then(|node| node.table());
        variants.push(Variant {
            name: name.value,
            settings: changed.map(|table| read_values(source, table, settings)).unwrap_or_default(),
            sql: sql.map(|sql| sql.value).unwrap_or_default(),
            between_sql: between_sql.map(|sql| sql.value),
        });
    }
    variants
}
