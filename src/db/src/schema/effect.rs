//! What CREATE, ALTER and DROP change in the catalog.
//!
//! In: an effect and a catalog. Out: the catalog after it. Ids are given here, in order.

use super::catalog::{Catalog, KeyDef, KeyId, KeyPart, TableDef, TableId, ViewDef};
use super::column::quoted;

/// A change of the catalog.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    None,
    AddTable(TableDef),
    DropTable(String),
    RenameTable(String, String),
    /// Table, and its definition with the new column last and only the new constraints.
    AddColumn(String, TableDef),
    DropColumn(String, String),
    RenameColumn(String, String, String),
    /// A unique index of a table.
    AddKey(String, KeyDef),
    /// Table and name of an index that is not unique.
    AddIndex(String, String),
    DropIndex(String),
    AddView(ViewDef),
    DropView(String),
}

impl Effect {
    /// Returns the table or view that a change touches.
    pub(crate) fn relation(&self) -> Option<&str> {
        match self {
            Effect::AddTable(table) => Some(&table.name),
            Effect::AddView(view) => Some(&view.name),
            Effect::DropTable(name)
            | Effect::RenameTable(name, _)
            | Effect::AddColumn(name, _)
            | Effect::DropColumn(name, _)
            | Effect::RenameColumn(name, ..)
            | Effect::AddKey(name, _)
            | Effect::AddIndex(name, _)
            | Effect::DropView(name) => Some(name),
            Effect::None | Effect::DropIndex(_) => None,
        }
    }

    /// Applies the effect to a catalog.
    pub(crate) fn apply(self, catalog: &mut Catalog) {
        match self {
            Effect::None => {}
            Effect::AddTable(table) => add_table(catalog, table),
            Effect::DropTable(name) => {
                catalog.tables.remove(&name);
                catalog.indexes.retain(|_, table| *table != name);
            }
            Effect::RenameTable(old, new) => rename_table(catalog, &old, new),
            Effect::AddColumn(name, added) => {
                if let Some(table) = catalog.tables.get_mut(&name) {
                    table.columns = added.columns;
                    table.foreign.extend(added.foreign);
                    table.checks.extend(added.checks);
                }
            }
            Effect::DropColumn(name, column) => drop_column(catalog, &name, &column),
            Effect::RenameColumn(name, old, new) => rename_column(catalog, &name, &old, new),
            Effect::AddKey(name, mut key) => {
                key.id = KeyId(catalog.next_id());
                catalog.indexes.insert(key.name.clone(), name.clone());
                if let Some(table) = catalog.tables.get_mut(&name) {
                    table.keys.push(key);
                }
            }
            Effect::AddIndex(table, name) => {
                catalog.indexes.insert(name, table);
            }
            Effect::DropIndex(name) => {
                if let Some(table) =
                    catalog.indexes.remove(&name).and_then(|table| catalog.tables.get_mut(&table))
                {
                    table.keys.retain(|key| key.name != name);
                }
            }
            Effect::AddView(view) => {
                catalog.views.insert(view.name.clone(), view);
            }
            Effect::DropView(name) => {
                catalog.views.remove(&name);
            }
        }
    }
}

fn add_table(catalog: &mut Catalog, mut table: TableDef) {
    if catalog.tables.contains_key(&table.name) {
        return;
    }
    table.id = TableId(catalog.next_id());
    for key in &mut table.keys {
        key.id = KeyId(catalog.next_id());
    }
    catalog.tables.insert(table.name.clone(), table);
}

fn rename_table(catalog: &mut Catalog, old: &str, new: String) {
    let Some(mut table) = catalog.tables.remove(old) else { return };
    table.name.clone_from(&new);
    catalog.tables.insert(new.clone(), table);
    let parents = catalog.tables.values_mut().flat_map(|table| &mut table.foreign).map(|key| &mut key.parent);
    let read = catalog.views.values_mut().flat_map(|view| &mut view.reads);
    for name in parents.chain(read).chain(catalog.indexes.values_mut()).filter(|name| **name == old) {
        name.clone_from(&new);
    }
}

fn drop_column(catalog: &mut Catalog, name: &str, column: &str) {
    let Some(index) = catalog.table(name).and_then(|table| table.column_index(column)) else { return };
    let shift = |known: &mut usize| *known -= usize::from(*known > index);
    for table in catalog.tables.values_mut() {
        let is_owner = table.name == name;
        for key in &mut table.foreign {
            if is_owner {
                key.columns.iter_mut().for_each(shift);
            }
            if key.parent == name {
                key.parent_columns.iter_mut().for_each(shift);
            }
        }
        if !is_owner {
            continue;
        }
        table.columns.remove(index);
        for part in table.keys.iter_mut().flat_map(|key| &mut key.parts) {
            if let KeyPart::Column(column) = part {
                shift(column);
            }
        }
    }
}

fn rename_column(catalog: &mut Catalog, name: &str, old: &str, new: String) {
    let Some(table) = catalog.tables.get_mut(name) else { return };
    let (before, after) = (quoted(old), quoted(&new));
    for key in &mut table.keys {
        if let Some(predicate) = &mut key.predicate {
            *predicate = predicate.replace(&before, &after);
        }
        for part in &mut key.parts {
            if let KeyPart::Expression(text) = part {
                *text = text.replace(&before, &after);
            }
        }
    }
    if let Some(column) = table.columns.iter_mut().find(|known| known.name == old) {
        column.name = new;
    }
}
