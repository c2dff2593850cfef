//! What a version holds as a sum: one number for each table, kept from one version to the next.
//!
//! In: a version, and the rows that a statement changed in it. Out: a number that is equal for equal schemas and
//! rows. A table's part is the sum of its rows' digests, so the order of rows does not matter and a changed row
//! takes its old digest away and adds its new one. Nothing is computed before somebody asks: then the tables are
//! read once, and every version made from that one by known changes follows from them. Not here: transactions,
//! locks and sessions (`digest.rs`).

use crate::change::Change;
use crate::engine::Engine;
use crate::inspect;
use crate::rules::{self, Rule};
use crate::schema::{Catalog, TableDef, TableId};
use crate::state::Version;
use crate::vfs::Image;
use std::cell::OnceCell;
use std::fmt::Write as _;
use std::rc::Rc;
use unhappy_trace::{Digest, Value};

/// What is known of a version's content: all copies of the version share it.
#[derive(Default)]
pub(crate) struct Content {
    sums: OnceCell<Sums>,
    whole: OnceCell<u128>,
}

/// Sums of a version's tables.
struct Sums {
    /// Of the CREATE statements.
    schema: u128,
    tables: Vec<(TableId, Sum)>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    rows: u128,
    count: u64,
}

impl Version {
    /// Returns a version of which nothing is known.
    pub(crate) fn new(image: Image, catalog: Rc<Catalog>) -> Version {
        Version { image, catalog, content: Rc::default() }
    }

    /// Returns what became of this version by exactly these changes of rows.
    pub(crate) fn changed(&self, image: Image, changes: &[Change]) -> Version {
        let content = match self.content.sums.get() {
            _ if changes.is_empty() => Rc::clone(&self.content),
            None => Rc::default(),
            Some(sums) => Rc::new(Content {
                sums: OnceCell::from(sums.after(&self.catalog, changes)),
                whole: OnceCell::new(),
            }),
        };
        Version { image, catalog: Rc::clone(&self.catalog), content }
    }

    /// Whether somebody has asked for this version's digest: then its successors' are worth keeping.
    pub(crate) fn is_known(&self) -> bool {
        self.content.sums.get().is_some()
    }

    /// Returns the digest of schema and rows.
    pub(crate) fn digest(&self, engine: &Engine) -> u128 {
        let content = &self.content;
        *content
            .whole
            .get_or_init(|| content.sums.get_or_init(|| Sums::read(engine, self)).whole(&self.catalog))
    }

    /// The same, from the rows alone, whatever is known of them.
    pub(crate) fn digest_afresh(&self, engine: &Engine) -> u128 {
        Sums::read(engine, self).whole(&self.catalog)
    }
}

impl Sums {
    fn read(engine: &Engine, version: &Version) -> Sums {
        let mut text = String::new();
        let schema = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
        inspect::each_row(engine, version, schema, |row| {
            writeln!(text, "{:?} {:?}", row.value(0), row.value(1)).expect("a string takes everything");
        });
        let read = |table: &TableDef| (table.id, Sum::read(engine, version, table));
        Sums {
            schema: Digest::of(text.as_bytes()).number(),
            tables: version.catalog.tables.values().map(read).collect(),
        }
    }

    fn after(&self, catalog: &Catalog, changes: &[Change]) -> Sums {
        let mut tables = self.tables.clone();
        for change in changes.iter().filter(|_| rules::holds(Rule::DigestChanges)) {
            let Some(table) = catalog.by_id(change.table) else { continue };
            let Some((_, sum)) = tables.iter_mut().find(|(id, _)| *id == change.table) else { continue };
            if let Some((_, row)) = &change.old {
                sum.rows = sum.rows.wrapping_sub(row_digest(table, row));
                sum.count = sum.count.wrapping_sub(1);
            }
            if let Some((_, row)) = &change.new {
                sum.rows = sum.rows.wrapping_add(row_digest(table, row));
                sum.count = sum.count.wrapping_add(1);
            }
        }
        Sums { schema: self.schema, tables }
    }

    fn whole(&self, catalog: &Catalog) -> u128 {
        let mut bytes = Vec::with_capacity(16 + 48 * self.tables.len());
        bytes.extend_from_slice(&self.schema.to_be_bytes());
        // In the order of names: ids tell how a table came about.
        for table in catalog.tables.values() {
            let sum = self.tables.iter().find(|(id, _)| *id == table.id).map_or_else(Sum::default, |it| it.1);
            push_long(&mut bytes, b't', table.name.as_bytes());
            bytes.extend_from_slice(&sum.rows.to_be_bytes());
            bytes.extend_from_slice(&sum.count.to_be_bytes());
        }
        Digest::of(&bytes).number()
    }
}

impl Sum {
    fn read(engine: &Engine, version: &Version, table: &TableDef) -> Sum {
        let mut sum = Sum::default();
        inspect::each_row(engine, version, &inspect::select(table), |statement| {
            let row: Vec<Value> =
                (0..statement.column_count()).map(|column| statement.value(column)).collect();
            sum.rows = sum.rows.wrapping_add(row_digest(table, &row));
            sum.count += 1;
        });
        sum
    }
}

/// The digest of a row's values. SQLite stores a whole number of a REAL column as an integer, and its hook shows
/// it as one.
fn row_digest(table: &TableDef, row: &[Value]) -> u128 {
    let mut bytes = Vec::with_capacity(16 * row.len());
    for (index, value) in row.iter().enumerate() {
        let real = table.columns.get(index).is_some_and(|column| column.kind.stored == "REAL");
        match value {
            Value::Int(number) if real => push_float(&mut bytes, *number as f64),
            value => push_value(&mut bytes, value),
        }
    }
    Digest::of(&bytes).number()
}

fn push_value(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => bytes.push(b'n'),
        Value::Int(number) => {
            bytes.push(b'i');
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        Value::Float(number) => push_float(bytes, *number),
        Value::Text(text) => push_long(bytes, b't', text.as_bytes()),
        Value::Bytes(blob) => push_long(bytes, b'b', blob),
        other => push_long(bytes, b'o', other.canonical_json().as_bytes()),
    }
}

fn push_float(bytes: &mut Vec<u8>, number: f64) {
    bytes.push(b'f');
    // Negative zero is stored as zero.
    bytes.extend_from_slice(&(number + 0.0).to_bits().to_be_bytes());
}

fn push_long(bytes: &mut Vec<u8>, tag: u8, content: &[u8]) {
    bytes.push(tag);
    bytes.extend_from_slice(&(content.len() as u64).to_be_bytes());
    bytes.extend_from_slice(content);
}
