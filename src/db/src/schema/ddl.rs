//! CREATE, ALTER and DROP: SQLite's text and what changes in the catalog.
//!
//! In: tokens. Out: text and an [`Effect`], applied when SQLite has accepted the text. Refused with 0A000:
//! schemas, sequences, types, functions, triggers, temporary tables, CREATE TABLE AS. Not here: CREATE TABLE's
//! body (`table.rs`), what an effect does (`effect.rs`).

use super::catalog::{Catalog, KeyDef, KeyId, KeyPart, TableDef, ViewDef};
use super::column::{Draft, Element, free_name, quoted};
use super::effect::Effect;
use super::{emit, table};
use crate::answer::SqlError;
use crate::sql::lower::standalone;
use crate::sql::pieces::Piece;
use crate::sql::refuse::unavailable;
use crate::sql::tokens::Token;

/// A translated statement.
pub(crate) struct Translated {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) effect: Effect,
}

/// What SQLite runs when a condition says that there is nothing to do.
const NOTHING: &str = "SELECT 1 WHERE 0";

/// Translates a statement that begins with CREATE, ALTER or DROP.
///
/// # Errors
/// PostgreSQL's own, and 0A000.
pub(crate) fn translate(sql: &str, tokens: &[Token], catalog: &Catalog) -> Result<Translated, SqlError> {
    let mut reader = Element { sql, tokens, at: 1, end: tokens.len() };
    let (text, effect) = match tokens[0].name(sql).as_str() {
        "create" => create(&mut reader, catalog)?,
        "alter" => alter(&mut reader, catalog)?,
        _ => drop_object(&mut reader, catalog)?,
    };
    Ok(Translated { pieces: vec![Piece::Added(text)], effect })
}

fn create(reader: &mut Element<'_>, catalog: &Catalog) -> Result<(String, Effect), SqlError> {
    if reader.accept("table") {
        return create_table(reader, catalog);
    }
    if reader.word(0, "index") || (reader.word(0, "unique") && reader.word(1, "index")) {
        return create_index(reader, catalog);
    }
    if reader.accept("view") {
        return create_view(reader, catalog);
    }
    Err(refusal(reader, "CREATE"))
}

fn refusal(reader: &Element<'_>, verb: &str) -> SqlError {
    match reader.token(0) {
        Some(token) if token.is_name() => {
            unavailable(reader.sql, token, &format!("{verb} {}", token.of(reader.sql).to_ascii_uppercase()))
        }
        _ => reader.error(),
    }
}

/// Reads IF NOT EXISTS or IF EXISTS.
fn condition(reader: &mut Element<'_>) -> Result<bool, SqlError> {
    if !reader.accept("if") {
        return Ok(false);
    }
    reader.accept("not");
    reader.expect("exists").map(|()| true)
}

fn exists(name: &str) -> SqlError {
    SqlError::new("42P07", format!("relation \"{name}\" already exists"))
}

fn create_table(reader: &mut Element<'_>, catalog: &Catalog) -> Result<(String, Effect), SqlError> {
    let unless_exists = condition(reader)?;
    let (name, place) = reader.name()?;
    if name.to_ascii_lowercase().starts_with("sqlite_") {
        let message = format!("a table called {name} is not available here");
        return Err(SqlError::new("0A000", message).at(reader.sql, place));
    }
    if reader.symbol(".") {
        return Err(unavailable(reader.sql, &reader.tokens[reader.at - 1], "a schema"));
    }
    if reader.word(0, "as") {
        return Err(refusal(reader, "CREATE TABLE …"));
    }
    let finished = table::body(reader, &name, catalog)?;
    if catalog.has_relation(&name) {
        return if unless_exists { Ok((NOTHING.to_owned(), Effect::None)) } else { Err(exists(&name)) };
    }
    same_but_case(catalog, &name)?;
    Ok((emit::create(&finished, catalog), Effect::AddTable(finished.table)))
}

/// SQLite's names do not mind upper and lower case.
fn same_but_case(catalog: &Catalog, name: &str) -> Result<(), SqlError> {
    let mut names = catalog.tables.keys().chain(catalog.views.keys()).chain(catalog.indexes.keys());
    match names.any(|known| known.eq_ignore_ascii_case(name)) {
        true => Err(SqlError::new(
            "0A000",
            "names that differ in upper and lower case only are not available here",
        )),
        false => Ok(()),
    }
}

fn create_view(reader: &mut Element<'_>, catalog: &Catalog) -> Result<(String, Effect), SqlError> {
    let (name, _) = reader.name()?;
    if !reader.word(0, "as") {
        return Err(refusal(reader, "CREATE VIEW …"));
    }
    reader.at += 1;
    let query = standalone::view(reader.sql, &reader.tokens[reader.at..], catalog)?;
    if catalog.has_relation(&name) {
        return Err(exists(&name));
    }
    same_but_case(catalog, &name)?;
    let text = format!("CREATE VIEW {} AS {}", quoted(&name), query.statement);
    let columns = query.columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
    let reads = query.reads.iter().map(|(table, _)| table.clone()).collect();
    Ok((text, Effect::AddView(ViewDef { name, columns, reads })))
}

fn create_index(reader: &mut Element<'_>, catalog: &Catalog) -> Result<(String, Effect), SqlError> {
    let unique = reader.accept("unique");
    reader.expect("index")?;
    reader.accept("concurrently");
    let unless_exists = condition(reader)?;
    let given = if reader.word(0, "on") { None } else { Some(reader.name()?.0) };
    reader.expect("on")?;
    let (table_name, place) = reader.name()?;
    let table = known(reader.sql, catalog, &table_name, place)?;
    if reader.accept("using") && !reader.accept("btree") {
        return Err(refusal(reader, "an index USING"));
    }
    let inside = reader.group()?;
    let items = standalone::index_items(reader.sql, &reader.tokens[inside], table, catalog)?;
    if reader.word(0, "include") || reader.word(0, "nulls") || reader.word(0, "with") {
        return Err(refusal(reader, "an index with"));
    }
    let predicate = match reader.accept("where") {
        true => {
            let rest = &reader.tokens[reader.at..];
            Some(standalone::index_condition(reader.sql, rest, table, catalog)?)
        }
        false => reader.finished().map(|()| None)?,
    };
    let parts: Vec<KeyPart> = items.iter().map(|item| item.part.clone()).collect();
    let name = given.unwrap_or_else(|| index_name(table, &parts, catalog));
    if catalog.has_relation(&name) {
        return if unless_exists { Ok((NOTHING.to_owned(), Effect::None)) } else { Err(exists(&name)) };
    }
    same_but_case(catalog, &name)?;
    let listed: Vec<String> =
        items.iter().map(|item| format!("{}{}", emit::key_part(table, &item.part), item.order)).collect();
    let mut text = if unique { "CREATE UNIQUE INDEX ".to_owned() } else { "CREATE INDEX ".to_owned() };
    text.push_str(&format!("{} ON {} ({})", quoted(&name), quoted(&table_name), listed.join(", ")));
    if let Some(predicate) = &predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    let key = KeyDef { id: KeyId(0), name: name.clone(), primary: false, parts, predicate };
    Ok((text, if unique { Effect::AddKey(table_name, key) } else { Effect::AddIndex(table_name, name) }))
}

/// Returns PostgreSQL's name for an index that nobody named.
fn index_name(table: &TableDef, parts: &[KeyPart], catalog: &Catalog) -> String {
    let word = |part: &KeyPart| match part {
        KeyPart::Column(index) => table.columns[*index].name.clone(),
        KeyPart::Expression(text) => {
            let word: String =
                text.trim_start_matches('(').chars().take_while(|c| c.is_alphanumeric()).collect();
            let is_call =
                text.trim_start_matches('(').get(word.len()..).is_some_and(|rest| rest.starts_with('('));
            if is_call && !word.is_empty() { word } else { "expr".to_owned() }
        }
    };
    let words: Vec<String> = parts.iter().map(word).collect();
    free_name(format!("{}_{}_idx", table.name, words.join("_")), |name| catalog.has_relation(name))
}

fn known<'a>(sql: &str, catalog: &'a Catalog, name: &str, place: usize) -> Result<&'a TableDef, SqlError> {
    let missing = || SqlError::new("42P01", format!("relation \"{name}\" does not exist"));
    let _ = (sql, place);
    catalog.table(name).ok_or_else(missing)
}

fn alter(reader: &mut Element<'_>, catalog: &Catalog) -> Result<(String, Effect), SqlError> {
    if !reader.accept("table") {
        return Err(refusal(reader, "ALTER"));
    }
    if reader.word(0, "if") || reader.word(0, "only") {
        return Err(refusal(reader, "ALTER TABLE"));
    }
    let (name, place) = reader.name()?;
    let table = known(reader.sql, catalog, &name, place)?;
    let change = reader.at;
    let mut depth = 0;
    for token in &reader.tokens[change..] {
        depth += i32::from(token.is_symbol(reader.sql, "(")) - i32::from(token.is_symbol(reader.sql, ")"));
        if depth == 0 && token.is_symbol(reader.sql, ",") {
            return Err(unavailable(reader.sql, token, "more than one change in ALTER TABLE"));
        }
    }
    if reader.accept("add") {
        let constraint = ["constraint", "unique", "primary", "foreign", "check"];
        return match constraint.iter().any(|word| reader.word(0, word)) {
            true => add_constraint(reader, table, catalog),
            false => add_column(reader, table, catalog),
        };
    }
    if reader.accept("rename") {
        return rename(reader, table, catalog);
    }
    if reader.word(0, "drop") && !reader.word(1, "constraint") {
        return drop_column(reader, table, catalog);
    }
    Err(refusal(reader, "ALTER TABLE …"))
}

fn add_column(
    reader: &mut Element<'_>,
    table: &TableDef,
    catalog: &Catalog,
) -> Result<(String, Effect), SqlError> {
    reader.accept("column");
    let first = reader.token(0).copied().ok_or_else(|| reader.error())?;
    let mut draft = Draft { name: table.name.clone(), columns: table.columns.clone(), ..Draft::default() };
    let taken = table.column(&first.name(reader.sql)).is_some();
    if taken {
        let message =
            format!("column \"{}\" of relation \"{}\" already exists", first.name(reader.sql), table.name);
        return Err(SqlError::new("42701", message));
    }
    draft.checks = table.checks.iter().map(|name| (name.clone(), 0..0)).collect();
    let known_checks = draft.checks.len();
    reader.column(&mut draft)?;
    draft.checks.drain(..known_checks);
    let index = draft.columns.len() - 1;
    if !draft.keys.is_empty() || draft.columns[index].identity || draft.columns[index].computed {
        return Err(unavailable(reader.sql, &first, "adding a column that is a key, a serial or computed"));
    }
    let finished = table::finish(reader.sql, reader.tokens, draft, catalog)?;
    let mut text =
        format!("ALTER TABLE {} ADD COLUMN {}", quoted(&table.name), emit::column(&finished, index));
    for (name, check) in &finished.checks {
        text.push_str(&format!(" CONSTRAINT {} CHECK ({check})", quoted(name)));
    }
    for key in &finished.table.foreign {
        text.push_str(&format!(" {}", emit::references(key, table, catalog)));
    }
    Ok((text, Effect::AddColumn(table.name.clone(), finished.table)))
}

/// A unique constraint is a unique index; SQLite cannot add the others.
fn add_constraint(
    reader: &mut Element<'_>,
    table: &TableDef,
    catalog: &Catalog,
) -> Result<(String, Effect), SqlError> {
    let first = reader.tokens[reader.at];
    let mut draft = Draft { name: table.name.clone(), columns: table.columns.clone(), ..Draft::default() };
    table::constraint(reader, &mut draft)?;
    if draft.keys.len() != 1 || draft.keys[0].primary {
        return Err(unavailable(reader.sql, &first, "adding this constraint to a table"));
    }
    let mut finished = table::finish(reader.sql, reader.tokens, draft, catalog)?;
    let key = finished.table.keys.remove(0);
    let names: Vec<String> = key.parts.iter().map(|part| emit::key_part(table, part)).collect();
    let text = format!(
        "CREATE UNIQUE INDEX {} ON {} ({})",
        quoted(&key.name),
        quoted(&table.name),
        names.join(", ")
    );
    Ok((text, Effect::AddKey(table.name.clone(), key)))
}

fn drop_column(
    reader: &mut Element<'_>,
    table: &TableDef,
    catalog: &Catalog,
) -> Result<(String, Effect), SqlError> {
    reader.expect("drop")?;
    reader.accept("column");
    let (column, place) = reader.name()?;
    let _ = reader.accept("restrict");
    reader.finished()?;
    let Some(index) = table.column_index(&column) else {
        let message = format!("column \"{column}\" of relation \"{}\" does not exist", table.name);
        return Err(SqlError::new("42703", message));
    };
    let parent = |other: &TableDef| {
        other.foreign.iter().any(|key| key.parent == table.name && key.parent_columns.contains(&index))
    };
    let in_foreign = table.foreign.iter().any(|key| key.columns.contains(&index));
    if in_foreign || table.key_columns().contains(&index) || catalog.tables.values().any(parent) {
        let message = "dropping a column that belongs to a key is not available here";
        return Err(SqlError::new("0A000", message).at(reader.sql, place));
    }
    let text = format!("ALTER TABLE {} DROP COLUMN {}", quoted(&table.name), quoted(&column));
    Ok((text, Effect::DropColumn(table.name.clone(), column)))
}

fn rename(
    reader: &mut Element<'_>,
    table: &TableDef,
    catalog: &Catalog,
) -> Result<(String, Effect), SqlError> {
    let quoted_table = quoted(&table.name);
    if reader.accept("to") {
        let (new, _) = reader.name()?;
        reader.finished()?;
        if catalog.has_relation(&new) {
            return Err(exists(&new));
        }
        same_but_case(catalog, &new)?;
        let text = format!("ALTER TABLE {quoted_table} RENAME TO {}", quoted(&new));
        return Ok((text, Effect::RenameTable(table.name.clone(), new)));
    }
    if reader.word(0, "constraint") {
        return Err(refusal(reader, "ALTER TABLE … RENAME"));
    }
    reader.accept("column");
    let (old, _) = reader.name()?;
    reader.expect("to")?;
    let (new, _) = reader.name()?;
    reader.finished()?;
    if table.column(&old).is_none() {
        return Err(SqlError::new("42703", format!("column \"{old}\" does not exist")));
    }
    if table.column(&new).is_some() {
        let message = format!("column \"{new}\" of relation \"{}\" already exists", table.name);
        return Err(SqlError::new("42701", message));
    }
    let text = format!("ALTER TABLE {quoted_table} RENAME COLUMN {} TO {}", quoted(&old), quoted(&new));
    Ok((text, Effect::RenameColumn(table.name.clone(), old, new)))
}

fn drop_object(reader: &mut Element<'_>, catalog: &Catalog) -> Result<(String, Effect), SqlError> {
    let kind = ["table", "index", "view"].into_iter().find(|kind| reader.word(0, kind));
    let Some(kind) = kind else { return Err(refusal(reader, "DROP")) };
    reader.at += 1;
    reader.accept("concurrently");
    let if_exists = condition(reader)?;
    let (name, _) = reader.name()?;
    if reader.symbol(",") {
        return Err(unavailable(
            reader.sql,
            &reader.tokens[reader.at],
            "dropping more than one object at once",
        ));
    }
    let cascade = reader.accept("cascade");
    let _ = reader.accept("restrict");
    reader.finished()?;
    let found = match kind {
        "table" => catalog.tables.contains_key(&name),
        "view" => catalog.views.contains_key(&name),
        _ => catalog.indexes.contains_key(&name),
    };
    if !found && if_exists {
        return Ok((NOTHING.to_owned(), Effect::None));
    }
    if !found {
        return Err(missing_object(kind, &name, catalog));
    }
    if kind != "index" && depended_on(catalog, &name) {
        return Err(match cascade {
            true => {
                SqlError::new("0A000", "DROP … CASCADE of an object that others need is not available here")
            }
            false => SqlError::new(
                "2BP01",
                format!("cannot drop {kind} {name} because other objects depend on it"),
            )
            .with_hint("Use DROP ... CASCADE to drop the dependent objects too."),
        });
    }
    let text = format!("DROP {} {}", kind.to_ascii_uppercase(), quoted(&name));
    Ok((
        text,
        match kind {
            "table" => Effect::DropTable(name),
            "view" => Effect::DropView(name),
            _ => Effect::DropIndex(name),
        },
    ))
}

fn missing_object(kind: &str, name: &str, catalog: &Catalog) -> SqlError {
    let is_key = catalog.tables.values().any(|table| table.keys.iter().any(|key| key.name == name));
    if kind == "index" && is_key {
        let message = format!("cannot drop index {name} because constraint {name} requires it");
        return SqlError::new("2BP01", message);
    }
    if catalog.has_relation(name) {
        return SqlError::new(
            "42809",
            format!("\"{name}\" is not {} {kind}", if kind == "index" { "an" } else { "a" }),
        );
    }
    let sqlstate = if kind == "index" { "42704" } else { "42P01" };
    SqlError::new(sqlstate, format!("{kind} \"{name}\" does not exist"))
}

fn depended_on(catalog: &Catalog, name: &str) -> bool {
    let child = |table: &TableDef| table.name != name && table.foreign.iter().any(|key| key.parent == name);
    catalog.tables.values().any(child)
        || catalog.views.values().any(|view| view.reads.iter().any(|read| read == name))
}
