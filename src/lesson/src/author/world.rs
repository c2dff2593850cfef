//! The world of a lesson in `lesson.toml`: files, settings, tables and sizes. Traffic, promises and hidden
//! variants stand in files of their own.

use super::facts::Facts;
use super::fill::read_table;
use super::limits;
use super::names::is_inner_path;
use super::node::{Node, Spot};
use super::problem::Source;
use super::promise::Promised;
use super::setting::{check_setting_value, find_setting, read_settings};
use super::table::Table;
use super::traffic::{CLIENT_FILE, read_traffic};
use super::variant::{Known, read_variants};
use super::vocabulary;
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
    pub(super) promised: Promised,
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
    /// Reads the world. `has_client` says whether the folder has client code.
    pub(super) fn read(
        source: &Source,
        table: &mut Table,
        has_client: bool,
        lines: &mut BTreeMap<String, u32>,
    ) -> World {
        let files = read_files(source, table, lines);
        let has_client = has_client || files.iter().flatten().any(|file| file.name == CLIENT_FILE);
        let promised = Promised::read(source, table, lines);
        let settings = read_settings(source, table, lines);
        let tables = read_tables(source, table, &settings, lines);
        let sizes = read_sizes(source, table, &settings, !promised.promises.is_empty(), lines);
        let traffic = read_traffic(source, table, (&settings, &tables), has_client, lines);
        let facts = (!promised.promises.is_empty()).then(|| {
            let names = [vocabulary::BEHAVED, vocabulary::PROBED];
            Facts::new(source, &names, &settings, &promised.promises)
        });
        let known = Known { settings: &settings, tables: &tables, traffic: &traffic, facts };
        let variants = read_variants(source, table, &known, lines);
        let data_seeds = table.whole("data_seeds", limits::DATA_SEEDS).value;
        let data_seeds = u32::try_from(data_seeds).unwrap_or_default();
        World { files, settings, tables, sizes, traffic, variants, data_seeds, promised }
    }
}

fn read_tables(
    source: &Source,
    table: &mut Table,
    settings: &[Setting],
    lines: &mut BTreeMap<String, u32>,
) -> Vec<crate::Table> {
    let mut tables = vec![];
    for entry in table.tables("tables") {
        let line = entry.line();
        let read = read_table(source, entry, settings, &tables);
        lines.entry("tables".into()).or_insert(line);
        lines.insert(format!("tables.{}", read.name), line);
        tables.push(read);
    }
    tables
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
    optional: bool,
    lines: &mut BTreeMap<String, u32>,
) -> Sizes {
    let node = if optional { table.take("sizes") } else { table.require("sizes", "a table") };
    let Some(mut entry) = node.and_then(|node| node.table()) else {
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
