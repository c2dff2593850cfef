//! Single rows of a version: find, apply, check. This crate's own statements, never counted.
//!
//! In: a version, rows, keys. Out: row numbers, values, a new version. Not here: whose rows they are.

use super::{Engine, Statement};
use crate::answer::SqlError;
use crate::change::{Change, Net, Row, RowKey};
use crate::locks::KeyEntry;
use crate::plan::Condition;
use crate::schema::{KeyDef, KeyId, KeyPart, TableDef, TableId, quoted};
use crate::state::Version;
use std::rc::Rc;
use unhappy_trace::Value;

/// What a statement of our own is for. Kept per schema generation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    Insert(TableId),
    Delete(TableId),
    Read(TableId),
    FindKey(KeyId),
    KeyValues(KeyId),
    Find(TableId, Vec<usize>),
    Assign(TableId, Vec<usize>),
    Begin,
    Commit,
}

impl Engine {
    /// Returns the entry that a row has in a unique index; none when it has none: a value is NULL, or the
    /// index is partial and leaves the row out.
    pub(crate) fn key_entry(&self, table: &TableDef, key: &KeyDef, row: &[Value]) -> Option<KeyEntry> {
        let plain: Option<Vec<&Value>> = key
            .parts
            .iter()
            .map(|part| match part {
                KeyPart::Column(index) => row.get(*index),
                KeyPart::Expression(_) => None,
            })
            .collect();
        match plain {
            Some(values) if key.predicate.is_none() => encode(key.id, &values),
            _ => {
                let values = self.computed_key(table, key, row)?;
                encode(key.id, &values.iter().collect::<Vec<_>>())
            }
        }
    }

    fn computed_key(&self, table: &TableDef, key: &KeyDef, row: &[Value]) -> Option<Vec<Value>> {
        let statement = self.own(&Purpose::KeyValues(key.id), || {
            let columns: Vec<String> = numbered_columns(table);
            let condition = key.predicate.as_ref().map(|text| format!(" WHERE {text}")).unwrap_or_default();
            format!("SELECT {} FROM (SELECT {}){condition}", parts(table, key), columns.join(", "))
        });
        bind(&statement, row);
        let found = statement.step().expect("an index expression of a stored row can be computed");
        let values =
            found.then(|| (0..statement.column_count()).map(|index| statement.value(index)).collect());
        statement.reset();
        values
    }

    /// Returns the row of a version that has the same entry in a unique index as `row`.
    pub(crate) fn find_key(
        &self,
        version: &Version,
        table: &TableDef,
        key: &KeyDef,
        row: &[Value],
    ) -> Option<i64> {
        self.key_entry(table, key, row)?;
        self.show(version, None);
        let statement = self.own(&Purpose::FindKey(key.id), || {
            let wanted =
                format!("SELECT {} FROM (SELECT {})", parts(table, key), numbered_columns(table).join(", "));
            let condition = key.predicate.as_ref().map(|text| format!(" AND ({text})")).unwrap_or_default();
            format!(
                "SELECT _rowid_ FROM {} WHERE ({}) = ({wanted}){condition}",
                quoted(&table.name),
                parts(table, key)
            )
        });
        bind(&statement, row);
        first_int(&statement)
    }

    /// Returns the rows of a version whose columns have these values.
    pub(crate) fn find(
        &self,
        version: &Version,
        table: &TableDef,
        columns: &[usize],
        values: &[Value],
    ) -> Vec<i64> {
        self.show(version, None);
        let statement = self.own(&Purpose::Find(table.id, columns.to_vec()), || {
            let same: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(number, index)| format!("{} = ?{}", quoted(&table.columns[*index].name), number + 1))
                .collect();
            format!("SELECT _rowid_ FROM {} WHERE {} ORDER BY 1", quoted(&table.name), same.join(" AND "))
        });
        bind(&statement, values);
        let mut rows = Vec::new();
        while statement.step().expect("reading cannot fail") {
            rows.extend(statement.value(0).as_int());
        }
        statement.reset();
        rows
    }

    /// Returns a row's values.
    pub(crate) fn row(&self, version: &Version, key: RowKey) -> Option<Row> {
        let table = version.catalog.by_id(key.table)?;
        self.show(version, None);
        let statement = self.own(&Purpose::Read(table.id), || {
            format!("SELECT {} FROM {} WHERE _rowid_ = ?1", columns(table), quoted(&table.name))
        });
        bind(&statement, &[Value::Int(key.row)]);
        let found = statement.step().expect("reading cannot fail");
        let row = found.then(|| (0..statement.column_count()).map(|index| statement.value(index)).collect());
        statement.reset();
        row
    }

    /// Returns whether a row satisfies a condition of a statement with these values.
    pub(crate) fn holds(
        &self,
        version: &Version,
        condition: &Condition,
        values: &[Value],
        row: &[Value],
    ) -> bool {
        self.show(version, None);
        let bound: Vec<Value> = values.iter().chain(row).cloned().collect();
        self.exists(version, &condition.text, &bound)
    }

    /// Deletes one row.
    pub(crate) fn delete_row(
        &self,
        version: &Version,
        key: RowKey,
    ) -> Result<(Version, Vec<Change>), SqlError> {
        let table = version.catalog.by_id(key.table).expect("the row's table is in its catalog");
        self.alter(version, &Purpose::Delete(table.id), &[Value::Int(key.row)], || delete_text(table))
    }

    /// Gives columns of one row new values.
    pub(crate) fn assign_row(
        &self,
        version: &Version,
        key: RowKey,
        columns: &[usize],
        values: &[Value],
    ) -> Result<(Version, Vec<Change>), SqlError> {
        let table = version.catalog.by_id(key.table).expect("the row's table is in its catalog");
        let purpose = Purpose::Assign(table.id, columns.to_vec());
        let bound: Vec<Value> = values.iter().cloned().chain([Value::Int(key.row)]).collect();
        self.alter(version, &purpose, &bound, || {
            let set: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(number, index)| format!("{} = ?{}", quoted(&table.columns[*index].name), number + 1))
                .collect();
            let row = columns.len() + 1;
            format!("UPDATE {} SET {} WHERE _rowid_ = ?{row}", quoted(&table.name), set.join(", "))
        })
    }

    fn alter(
        &self,
        version: &Version,
        purpose: &Purpose,
        values: &[Value],
        text: impl FnOnce() -> String,
    ) -> Result<(Version, Vec<Change>), SqlError> {
        self.show(version, None);
        let statement = self.own(purpose, text);
        bind(&statement, values);
        let (outcome, changes) = super::changes::watched(&version.catalog, || statement.step());
        statement.reset();
        if let Err(raw) = outcome {
            self.link().restore(&version.image);
            return Err(crate::wording::reword_own(&raw, &version.catalog));
        }
        Ok((version.changed(self.link().image(), &changes), changes))
    }

    /// Makes changes again on another version: all deletes, then all inserts, so that swapped unique values
    /// never collide half-way.
    ///
    /// # Errors
    /// What a constraint says of the result.
    pub(crate) fn apply(&self, version: &Version, net: &Net) -> Result<Version, SqlError> {
        if !version.is_known() {
            self.apply_rows(version, net)?;
            return Ok(Version::new(self.link().image(), Rc::clone(&version.catalog)));
        }
        let (outcome, changes) = super::changes::watched(&version.catalog, || self.apply_rows(version, net));
        outcome?;
        Ok(version.changed(self.link().image(), &changes))
    }

    fn apply_rows(&self, version: &Version, net: &Net) -> Result<(), SqlError> {
        self.show(version, None);
        let catalog = &version.catalog;
        self.step_own(&Purpose::Begin, &[], || "BEGIN".to_owned()).expect("no transaction is open");
        let mut outcome = Ok(());
        for key in net.removed.keys() {
            let Some(table) = catalog.by_id(key.table) else { continue };
            outcome = outcome.and_then(|()| {
                self.step_own(&Purpose::Delete(table.id), &[Value::Int(key.row)], || delete_text(table))
            });
        }
        for (key, (_, row)) in &net.live {
            let Some(table) = catalog.by_id(key.table) else { continue };
            let values: Vec<Value> = std::iter::once(Value::Int(key.row)).chain(stored(table, row)).collect();
            outcome = outcome
                .and_then(|()| self.step_own(&Purpose::Insert(table.id), &values, || insert_text(table)));
        }
        if let Err(raw) = outcome {
            self.link().run("ROLLBACK");
            self.link().restore(&version.image);
            return Err(crate::wording::reword_own(&raw, catalog));
        }
        self.step_own(&Purpose::Commit, &[], || "COMMIT".to_owned()).expect("constraints were checked");
        Ok(())
    }

    fn step_own(
        &self,
        purpose: &Purpose,
        values: &[Value],
        text: impl FnOnce() -> String,
    ) -> Result<(), super::RawError> {
        let statement = self.own(purpose, text);
        bind(&statement, values);
        let outcome = statement.step().map(|_| ());
        statement.reset();
        outcome
    }
}

fn encode(key: KeyId, values: &[&Value]) -> Option<KeyEntry> {
    let mut bytes = Vec::with_capacity(values.len() * 9);
    for value in values {
        match value {
            Value::Null => return None,
            Value::Bool(truth) => push(&mut bytes, b'i', &i64::from(*truth).to_be_bytes()),
            Value::Int(number) => push(&mut bytes, b'i', &number.to_be_bytes()),
            // Negative zero equals zero.
            Value::Float(number) => push(&mut bytes, b'f', &(number + 0.0).to_bits().to_be_bytes()),
            Value::Text(text) | Value::BigInt(text) => push_long(&mut bytes, b't', text.as_bytes()),
            Value::Bytes(blob) => push_long(&mut bytes, b'b', blob),
            Value::List(_) | Value::Map(_) => return None,
        }
    }
    Some(KeyEntry { key, values: Rc::from(bytes) })
}

/// Returns the values of an entry as text: `(7, pen)`.
pub(crate) fn shown_entry(entry: &KeyEntry) -> String {
    let mut shown = Vec::new();
    let mut rest = &entry.values[..];
    while let Some((tag, after)) = rest.split_first() {
        let Some((head, tail)) = after.split_at_checked(8) else { break };
        let word = u64::from_be_bytes(head.try_into().expect("eight bytes were taken"));
        let long =
            if matches!(tag, b't' | b'b') { usize::try_from(word).unwrap_or(0).min(tail.len()) } else { 0 };
        let (content, next) = tail.split_at(long);
        shown.push(match tag {
            b'i' => word.cast_signed().to_string(),
            b'f' => format!("{:?}", f64::from_bits(word)),
            _ => String::from_utf8_lossy(content).into_owned(),
        });
        rest = next;
    }
    match shown.is_empty() {
        true => String::from_utf8_lossy(&entry.values).into_owned(),
        false => format!("({})", shown.join(", ")),
    }
}

fn push(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    bytes.push(tag);
    bytes.extend_from_slice(content);
}

fn push_long(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    push(bytes, tag, &(content.len() as u64).to_be_bytes());
    bytes.extend_from_slice(content);
}

fn bind(statement: &Statement, values: &[Value]) {
    for (index, value) in values.iter().enumerate() {
        statement.bind(index + 1, value);
    }
}

fn first_int(statement: &Statement) -> Option<i64> {
    let found = statement.step().expect("reading cannot fail");
    let value = if found { statement.value(0).as_int() } else { None };
    statement.reset();
    value
}

fn columns(table: &TableDef) -> String {
    table.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
}

/// `?1 AS "id", ?2 AS "name"`.
fn numbered_columns(table: &TableDef) -> Vec<String> {
    let named = table.columns.iter().enumerate();
    named.map(|(index, column)| format!("?{} AS {}", index + 1, quoted(&column.name))).collect()
}

fn parts(table: &TableDef, key: &KeyDef) -> String {
    let shown = key.parts.iter().map(|part| match part {
        KeyPart::Column(index) => quoted(&table.columns[*index].name),
        KeyPart::Expression(text) => format!("({text})"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn delete_text(table: &TableDef) -> String {
    format!("DELETE FROM {} WHERE _rowid_ = ?1", quoted(&table.name))
}

/// Generated columns are computed again.
fn stored<'a>(table: &'a TableDef, row: &'a Row) -> impl Iterator<Item = Value> + 'a {
    let pairs = table.columns.iter().zip(row.iter());
    pairs.filter(|(column, _)| !column.computed).map(|(_, value)| value.clone())
}

fn insert_text(table: &TableDef) -> String {
    let names: Vec<String> =
        table.columns.iter().filter(|column| !column.computed).map(|column| quoted(&column.name)).collect();
    let values: Vec<String> = (0..names.len()).map(|index| format!("?{}", index + 2)).collect();
    format!(
        "INSERT INTO {} (_rowid_, {}) VALUES (?1, {})",
        quoted(&table.name),
        names.join(", "),
        values.join(", ")
    )
}
