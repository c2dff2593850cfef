//! CREATE, ALTER and DROP: SQLite's text and what changes in the catalog.
//!
//! In: tokens. Out: pieces and an [`Effect`], applied when SQLite has accepted the text. Refused with 0A000:
//! schemas, sequences, types, functions, triggers, temporary tables, CREATE TABLE AS.

use super::catalog::{Catalog, KeyDef, TableDef};
use super::column::{Element, quoted};
use super::table;
use crate::answer::SqlError;
use crate::sql::command::syntax_error;
use crate::sql::pieces::Piece;
use crate::sql::refuse::unavailable;
use crate::sql::rewrite::rewrite;
use crate::sql::tokens::Token;

/// A translated statement.
pub(crate) struct Translated {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) effect: Effect,
}

/// What a statement changes in the catalog.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    None,
    AddTable(TableDef),
    DropTable(String),
    RenameTable(String, String),
    AddColumn(String, TableDef),
    DropColumn(String, String),
    RenameColumn(String, String, String),
    AddKey(String, KeyDef),
}

impl Effect {
    /// Applies the effect to a catalog.
    pub(crate) fn apply(self, catalog: &mut Catalog) {
        match self {
            Effect::None => {}
            Effect::AddTable(table) => {
                catalog.tables.entry(table.name.clone()).or_insert(table);
            }
            Effect::DropTable(name) => {
                catalog.tables.remove(&name);
            }
            Effect::RenameTable(old, new) => {
                if let Some(mut table) = catalog.tables.remove(&old) {
                    table.name.clone_from(&new);
                    catalog.tables.insert(new, table);
                }
            }
            Effect::AddColumn(name, added) => {
                if let Some(table) = catalog.tables.get_mut(&name) {
                    table.columns.extend(added.columns);
                    table.foreign.extend(added.foreign);
                    table.checks.extend(added.checks);
                }
            }
            Effect::DropColumn(name, column) => {
                if let Some(table) = catalog.tables.get_mut(&name) {
                    table.columns.retain(|known| known.name != column);
                }
            }
            Effect::RenameColumn(name, old, new) => {
                let columns = catalog.tables.get_mut(&name).map(|table| &mut table.columns);
                if let Some(column) = columns.and_then(|all| all.iter_mut().find(|known| known.name == old)) {
                    column.name = new;
                }
            }
            Effect::AddKey(name, key) => {
                if let Some(table) = catalog.tables.get_mut(&name) {
                    table.keys.push(key);
                }
            }
        }
    }
}

/// Translates a statement that begins with CREATE, ALTER or DROP.
///
/// # Errors
/// 42601 and 0A000.
pub(crate) fn translate(sql: &str, tokens: &[Token]) -> Result<Translated, SqlError> {
    let mut pieces = Vec::new();
    let mut reader = Element { sql, tokens, at: 0, pieces: &mut pieces };
    let effect = match tokens[0].name(sql).as_str() {
        "create" => create(&mut reader)?,
        "alter" => alter(&mut reader)?,
        _ => drop_object(&mut reader)?,
    };
    Ok(Translated { pieces, effect })
}

fn create(reader: &mut Element<'_>) -> Result<Effect, SqlError> {
    reader.copy_to(1);
    if reader.word(0, "table") {
        return create_table(reader);
    }
    if reader.word(0, "index") || (reader.word(0, "unique") && reader.word(1, "index")) {
        return create_index(reader);
    }
    if reader.word(0, "view") {
        reader.at = 0;
        reader.pieces.clear();
        crate::sql::refuse::check(reader.sql, reader.tokens)?;
        *reader.pieces = rewrite(reader.sql, reader.tokens, &Catalog::default()).pieces;
        return Ok(Effect::None);
    }
    Err(refusal(reader, "CREATE"))
}

fn refusal(reader: &Element<'_>, verb: &str) -> SqlError {
    match reader.tokens.get(reader.at) {
        Some(token) if token.is_name() => {
            unavailable(reader.sql, token, &format!("{verb} {}", token.of(reader.sql).to_ascii_uppercase()))
        }
        _ => reader.error(),
    }
}

/// Copies IF NOT EXISTS or IF EXISTS.
fn copy_condition(reader: &mut Element<'_>) {
    if reader.word(0, "if") {
        let end = reader.at + if reader.word(1, "not") { 3 } else { 2 };
        reader.copy_to(end.min(reader.tokens.len()));
    }
}

fn create_table(reader: &mut Element<'_>) -> Result<Effect, SqlError> {
    reader.copy_to(reader.at + 1);
    copy_condition(reader);
    let name_at = reader.at;
    let name = reader.name()?;
    reader.at = name_at;
    reader.copy_to(name_at + 1);
    if reader.word(0, "as") {
        return Err(refusal(reader, "CREATE TABLE …"));
    }
    let table = table::body(reader.sql, reader.tokens, reader.at, &name, reader.pieces)?;
    Ok(Effect::AddTable(table))
}

fn create_index(reader: &mut Element<'_>) -> Result<Effect, SqlError> {
    let unique = reader.word(0, "unique");
    reader.copy_to(reader.at + if unique { 2 } else { 1 });
    reader.accept("concurrently");
    copy_condition(reader);
    let named = if reader.word(0, "on") { None } else { Some(reader.name()?) };
    if !reader.accept("on") {
        return Err(reader.error());
    }
    let table_at = reader.at;
    let table = reader.name()?;
    if reader.accept("using") && !reader.accept("btree") {
        return Err(refusal(reader, "an index USING"));
    }
    let columns_at = reader.at;
    let mut unwritten = Vec::new();
    let columns =
        Element { sql: reader.sql, tokens: reader.tokens, at: columns_at, pieces: &mut unwritten }.names()?;
    let name = named.unwrap_or_else(|| format!("{table}_{}_idx", columns.join("_")));
    reader.add(format!(" {} ON", quoted(&name)));
    reader.at = table_at;
    reader.copy_to(table_at + 1);
    reader.at = columns_at;
    reader.copy_group()?;
    if reader.word(0, "include") {
        return Err(refusal(reader, "an index with"));
    }
    let partial = reader.at < reader.tokens.len();
    reader.copy_to(reader.tokens.len());
    Ok(match unique && !partial {
        true => Effect::AddKey(table, KeyDef { name, columns, primary: false }),
        false => Effect::None,
    })
}

fn alter(reader: &mut Element<'_>) -> Result<Effect, SqlError> {
    reader.copy_to(1);
    if !reader.word(0, "table") {
        return Err(refusal(reader, "ALTER"));
    }
    reader.copy_to(2);
    let name = reader.name()?;
    reader.at -= 1;
    reader.copy_to(3);
    if reader.accept("add") && !reader.word(0, "constraint") {
        reader.accept("column");
        reader.add(" ADD COLUMN");
        let mut added = TableDef { name: name.clone(), ..TableDef::default() };
        reader.column(&mut added)?;
        return Ok(Effect::AddColumn(name, added));
    }
    if reader.word(0, "rename") {
        return rename(reader, name);
    }
    if reader.word(0, "drop") && !reader.word(1, "constraint") {
        reader.at += 1;
        reader.accept("column");
        let column = reader.name()?;
        reader.add(format!(" DROP COLUMN {}", quoted(&column)));
        return Ok(Effect::DropColumn(name, column));
    }
    Err(refusal(reader, "ALTER TABLE …"))
}

fn rename(reader: &mut Element<'_>, table: String) -> Result<Effect, SqlError> {
    reader.copy_to(reader.at + 1);
    if reader.word(0, "to") {
        reader.copy_to(reader.at + 1);
        let new = reader.name()?;
        reader.add(format!(" {}", quoted(&new)));
        return Ok(Effect::RenameTable(table, new));
    }
    reader.accept("column");
    let old = reader.name()?;
    if !reader.accept("to") {
        return Err(reader.error());
    }
    let new = reader.name()?;
    reader.add(format!(" COLUMN {} TO {}", quoted(&old), quoted(&new)));
    Ok(Effect::RenameColumn(table, old, new))
}

fn drop_object(reader: &mut Element<'_>) -> Result<Effect, SqlError> {
    reader.copy_to(1);
    let table = reader.word(0, "table");
    if !table && !reader.word(0, "index") && !reader.word(0, "view") {
        return Err(refusal(reader, "DROP"));
    }
    reader.copy_to(2);
    reader.accept("concurrently");
    copy_condition(reader);
    let name = reader.name()?;
    reader.at -= 1;
    reader.copy_to(reader.at + 1);
    let _ = reader.accept("restrict") || reader.accept("cascade");
    if let Some(extra) = reader.tokens.get(reader.at) {
        return Err(syntax_error(reader.sql, extra));
    }
    Ok(if table { Effect::DropTable(name) } else { Effect::None })
}
