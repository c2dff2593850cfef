//! Looking things up in the catalog, and showing keys as PostgreSQL does.

use super::catalog::{Catalog, KeyDef, KeyId, KeyPart, TableDef, TableId};
use unhappy_trace::Value;

impl Catalog {
    pub(crate) fn by_id(&self, id: TableId) -> Option<&TableDef> {
        self.tables.values().find(|table| table.id == id)
    }

    pub(crate) fn by_key(&self, id: KeyId) -> Option<(&TableDef, &KeyDef)> {
        let keys = self.tables.values().flat_map(|table| table.keys.iter().map(move |key| (table, key)));
        keys.into_iter().find(|(_, key)| key.id == id)
    }
}

impl TableDef {
    /// Whether assigning these columns may change the value of a unique index (`heap_update`'s key columns).
    pub(crate) fn assigns_key(&self, columns: &[usize]) -> bool {
        let plain = self.keys.iter().filter(|key| key.predicate.is_none());
        plain.flat_map(|key| &key.parts).any(|part| match part {
            KeyPart::Column(index) => columns.contains(index),
            KeyPart::Expression(_) => false,
        })
    }

    /// `(a, b)=(1, x)`, as PostgreSQL's DETAIL shows a key.
    pub(crate) fn shown_key(&self, key: &KeyDef, row: &[Value]) -> String {
        let names: Vec<&str> = key
            .parts
            .iter()
            .map(|part| match part {
                KeyPart::Column(index) => self.columns[*index].name.as_str(),
                KeyPart::Expression(text) => text.as_str(),
            })
            .collect();
        let values: Vec<String> = key
            .parts
            .iter()
            .map(|part| match part {
                KeyPart::Column(index) => row.get(*index).map(shown).unwrap_or_default(),
                KeyPart::Expression(_) => "…".to_owned(),
            })
            .collect();
        format!("({})=({})", names.join(", "), values.join(", "))
    }

    /// The same for columns and their values.
    pub(crate) fn shown_values(&self, columns: &[usize], values: &[Value]) -> String {
        let names: Vec<&str> = columns.iter().map(|index| self.columns[*index].name.as_str()).collect();
        let values: Vec<String> = values.iter().map(shown).collect();
        format!("({})=({})", names.join(", "), values.join(", "))
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.canonical_json(),
    }
}
