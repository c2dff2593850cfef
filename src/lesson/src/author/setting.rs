//! Settings in `lesson.toml`: the numbers that shape the world, their limits, and the values they are given.

use super::limits;
use super::manifest::short;
use super::names::is_snake;
use super::node::Spot;
use super::problem::Source;
use super::table::Table;
use super::vocabulary;
use crate::{Setting, world_setting};
use std::collections::BTreeMap;

/// Reads `[[settings]]`: the numbers that shape the world.
pub(super) fn read_settings(
    source: &Source,
    table: &mut Table,
    lines: &mut BTreeMap<String, u32>,
) -> Vec<Setting> {
    let mut settings: Vec<Setting> = vec![];
    for mut entry in table.tables("settings") {
        let key = entry.text("key");
        check_setting_key(source, &key, &settings);
        let label = short(source, entry.text("label"), "label", limits::TITLE_CHARACTERS);
        let default = entry.whole("default", limits::SETTING_VALUES);
        let min = entry.whole("min", limits::SETTING_VALUES);
        let max = entry.whole("max", limits::SETTING_VALUES);
        if min.value > max.value {
            source.refuse(min.start, format!("`min` is {}, above `max`, which is {}", min.value, max.value));
        } else if !(min.value..=max.value).contains(&default.value) {
            let message = format!("`default` is {}, expected {} to {}", default.value, min.value, max.value);
            source.refuse(default.start, message);
        }
        check_world_limits(source, &key.value, &min, &max);
        lines.insert(format!("settings.{}", key.value), entry.line());
        entry.finish();
        let (default, min, max) = (default.value, min.value, max.value);
        settings.push(Setting { key: key.value, label, default, min, max });
    }
    settings
}

/// Reports limits that reach beyond those of the setting that every world has.
fn check_world_limits(source: &Source, key: &str, min: &Spot<i64>, max: &Spot<i64>) {
    let Some(world) = world_setting(key) else { return };
    let outside =
        if min.value < world.min { Some(min) } else { Some(max).filter(|max| max.value > world.max) };
    if let Some(limit) = outside {
        let message = format!(
            "limits of setting {key:?} are {} to {}, expected them inside {} to {}",
            min.value, max.value, world.min, world.max
        );
        source.refuse(limit.start, message);
    }
}

fn check_setting_key(source: &Source, key: &Spot<String>, settings: &[Setting]) {
    if key.value.is_empty() {
        return;
    }
    if !is_snake(&key.value) {
        let message = format!("setting {:?} is not in snake_case, expected like \"orders\"", key.value);
        source.refuse(key.start, message);
    }
    if vocabulary::OF_RUNS.iter().flat_map(|facts| vocabulary::names(facts)).any(|name| name == key.value) {
        source.refuse(key.start, format!("setting {:?} has the name of an observed fact", key.value));
    }
    if settings.iter().any(|other| other.key == key.value) {
        source.refuse(key.start, format!("setting {:?} is there twice", key.value));
    }
}

/// Returns the setting that a key names, or reports that there is none.
pub(super) fn find_setting<'a>(
    source: &Source,
    key: &Spot<String>,
    settings: &'a [Setting],
) -> Option<&'a Setting> {
    let found = settings.iter().find(|setting| setting.key == key.value);
    if found.is_none() && !key.value.is_empty() {
        let known: Vec<&str> = settings.iter().map(|setting| setting.key.as_str()).collect();
        let hint = format!("settings here: {}", known.join(", "));
        source.refuse_with_hint(key.start, format!("there is no setting {:?}", key.value), hint);
    }
    found
}

/// Reports a value outside its setting's limits. `what` names the value.
pub(super) fn check_setting_value(source: &Source, setting: &Setting, value: &Spot<i64>, what: &str) {
    let crossed = setting.min > setting.max;
    if !crossed && !(setting.min..=setting.max).contains(&value.value) {
        let message = format!(
            "{what} {} is outside the limits of setting {:?}, which are {} to {}",
            value.value, setting.key, setting.min, setting.max
        );
        source.refuse(value.start, message);
    }
}

/// Reads a table of settings and their values.
pub(super) fn read_values(source: &Source, table: Table, settings: &[Setting]) -> BTreeMap<String, i64> {
    let mut values = BTreeMap::new();
    for node in table.rest() {
        let key = Spot { value: node.key.to_owned(), start: node.start };
        let Some(value) = node.whole() else { continue };
        if let Some(setting) = find_setting(source, &key, settings) {
            check_setting_value(source, setting, &value, "value");
            values.insert(key.value, value.value);
        }
    }
    values
}
