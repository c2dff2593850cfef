//! CREATE TABLE: columns and table constraints.
//!
//! In: the tokens of the statement. Out: the table's definition with PostgreSQL's constraint names, and what its
//! expressions are in SQLite. Not here: one column (`column.rs`), SQLite's text (`emit.rs`).

use super::catalog::{Catalog, ColumnDef, Foreign, KeyDef, KeyId, KeyPart, TableDef};
use super::column::{Draft, DraftForeign, DraftKey, Element, check_name, free_name};
use crate::answer::SqlError;
use crate::sql::lower::standalone;
use crate::sql::refuse::unavailable;
use crate::sql::shape::group_end;
use crate::sql::tokens::Token;

/// A table that was read to its end.
pub(super) struct Finished {
    pub(super) table: TableDef,
    /// Names and SQLite texts of CHECK constraints.
    pub(super) checks: Vec<(String, String)>,
    /// Columns and SQLite texts of computed columns.
    pub(super) computed: Vec<(usize, String)>,
}

/// Reads the body of CREATE TABLE, from its opening bracket on.
pub(super) fn body(reader: &mut Element<'_>, name: &str, catalog: &Catalog) -> Result<Finished, SqlError> {
    if !reader.symbol("(") {
        return Err(reader.error());
    }
    let (sql, tokens, open) = (reader.sql, reader.tokens, reader.at);
    let end = group_end(sql, tokens, open)
        .ok_or_else(|| SqlError::new("42601", "syntax error at end of input").at(sql, sql.len()))?;
    if let Some(extra) = tokens.get(end) {
        return Err(unavailable(sql, extra, &format!("{} after a table's columns", extra.of(sql))));
    }
    let mut draft = Draft { name: name.to_owned(), ..Draft::default() };
    let mut start = open + 1;
    while start < end - 1 {
        let stop = element_end(sql, tokens, start, end - 1);
        let mut element = Element { sql, tokens, at: start, end: stop };
        if is_table_constraint(&element) {
            constraint(&mut element, &mut draft)?;
        } else {
            element.column(&mut draft)?;
        }
        start = stop + 1;
        if start == end - 1 && stop < end - 1 {
            return Err(Element { sql, tokens, at: start, end }.error());
        }
    }
    finish(sql, tokens, draft, catalog)
}

/// Returns the index of the comma that ends the element, or `end`.
fn element_end(sql: &str, tokens: &[Token], start: usize, end: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().take(end).skip(start) {
        depth += i32::from(token.is_symbol(sql, "(")) - i32::from(token.is_symbol(sql, ")"));
        if depth == 0 && token.is_symbol(sql, ",") {
            return index;
        }
    }
    end
}

fn is_table_constraint(element: &Element<'_>) -> bool {
    let pairs = [("primary", "key"), ("foreign", "key")];
    let bracket = element.token(1).is_some_and(|token| token.is_symbol(element.sql, "("));
    element.word(0, "constraint")
        || pairs.iter().any(|(first, second)| element.word(0, first) && element.word(1, second))
        || (bracket && (element.word(0, "unique") || element.word(0, "check")))
        || element.word(0, "exclude")
        || element.word(0, "like")
}

pub(super) fn constraint(element: &mut Element<'_>, draft: &mut Draft) -> Result<(), SqlError> {
    let given = if element.accept("constraint") { Some(element.name()?.0) } else { None };
    if element.word(0, "primary") || element.word(0, "unique") {
        let primary = element.accept("primary");
        element.expect(if primary { "key" } else { "unique" })?;
        let columns = element.names()?;
        draft.keys.push(DraftKey { name: given, columns, primary });
        return element.finished();
    }
    if element.accept("check") {
        let name = given.unwrap_or_else(|| check_name(draft, None));
        let inside = element.group()?;
        draft.checks.push((name, inside));
        return element.finished();
    }
    if element.accept("foreign") {
        element.expect("key")?;
        let columns = element.names()?;
        let listed: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let name = given.unwrap_or_else(|| format!("{}_{}_fkey", draft.name, listed.join("_")));
        element.references(draft, name, columns)?;
        return element.finished();
    }
    match element.token(0) {
        Some(word) => {
            Err(unavailable(element.sql, word, &format!("{} in CREATE TABLE", word.of(element.sql))))
        }
        None => Err(element.error()),
    }
}

/// Resolves names and translates expressions, now that all columns are known.
pub(super) fn finish(
    sql: &str,
    tokens: &[Token],
    draft: Draft,
    catalog: &Catalog,
) -> Result<Finished, SqlError> {
    let mut table =
        TableDef { name: draft.name.clone(), columns: draft.columns.clone(), ..TableDef::default() };
    keys(sql, &draft, &mut table, catalog)?;
    for column in table.columns.iter_mut().filter(|column| column.identity) {
        column.sequence = Some(format!("{}_{}_seq", draft.name, column.name));
    }
    for key in &draft.foreign {
        let key = foreign(sql, key, &table, catalog)?;
        table.foreign.push(key);
    }
    for (index, range) in &draft.defaults {
        let column = &table.columns[*index];
        if column.identity {
            return Err(twice(&table.name, column).at(sql, tokens[range.start].start));
        }
        let text = standalone::default(sql, &tokens[range.clone()], column, catalog)?;
        table.columns[*index].default = text;
    }
    let mut finished = Finished { checks: Vec::new(), computed: Vec::new(), table };
    for (name, range) in &draft.checks {
        let text = standalone::check(sql, &tokens[range.clone()], &finished.table, catalog)?;
        finished.table.checks.push(name.clone());
        finished.checks.push((name.clone(), text));
    }
    for (index, range) in &draft.computed {
        let text = standalone::computed(sql, &tokens[range.clone()], &finished.table, *index, catalog)?;
        finished.computed.push((*index, text));
    }
    Ok(finished)
}

fn twice(table: &str, column: &ColumnDef) -> SqlError {
    let message =
        format!("multiple default values specified for column \"{}\" of table \"{table}\"", column.name);
    SqlError::new("42601", message)
}

fn keys(sql: &str, draft: &Draft, table: &mut TableDef, catalog: &Catalog) -> Result<(), SqlError> {
    let primary = draft.keys.iter().filter(|key| key.primary);
    if let Some(second) = primary.clone().nth(1) {
        let message = format!("multiple primary keys for table \"{}\" are not allowed", draft.name);
        return Err(SqlError::new("42P16", message).at(sql, second.columns[0].1));
    }
    for key in primary.chain(draft.keys.iter().filter(|key| !key.primary)) {
        let columns = indexes(sql, table, &key.columns, "named in key does not exist")?;
        if key.primary {
            columns.iter().for_each(|index| table.columns[*index].not_null = true);
        }
        let names = table.names_of(&columns).join("_");
        let base = match key.primary {
            true => format!("{}_pkey", draft.name),
            false => format!("{}_{names}_key", draft.name),
        };
        let taken =
            |name: &str| catalog.has_relation(name) || table.keys.iter().any(|known| known.name == name);
        if let Some(given) = key.name.as_deref().filter(|name| taken(name)) {
            return Err(SqlError::new("42P07", format!("relation \"{given}\" already exists")));
        }
        let name = key.name.clone().unwrap_or_else(|| free_name(base, taken));
        let parts = columns.into_iter().map(KeyPart::Column).collect();
        table.keys.push(KeyDef { id: KeyId(0), name, primary: key.primary, parts, predicate: None });
    }
    Ok(())
}

fn indexes(
    sql: &str,
    table: &TableDef,
    names: &[(String, usize)],
    words: &str,
) -> Result<Vec<usize>, SqlError> {
    let index = |(name, byte): &(String, usize)| {
        let missing = || SqlError::new("42703", format!("column \"{name}\" {words}")).at(sql, *byte);
        table.column_index(name).ok_or_else(missing)
    };
    names.iter().map(index).collect()
}

fn foreign(sql: &str, key: &DraftForeign, table: &TableDef, catalog: &Catalog) -> Result<Foreign, SqlError> {
    let (parent_name, _) = &key.parent;
    let words = "referenced in foreign key constraint does not exist";
    let columns = indexes(sql, table, &key.columns, words).map_err(unplaced)?;
    let parent = if *parent_name == table.name { Some(table) } else { catalog.table(parent_name) };
    let parent = parent.ok_or_else(|| {
        let message = format!("relation \"{parent_name}\" does not exist");
        SqlError::new("42P01", message)
    })?;
    let parent_columns = match key.parent_columns.is_empty() {
        true => parent.primary_key(),
        false => indexes(sql, parent, &key.parent_columns, words).map_err(unplaced)?,
    };
    if parent_columns.is_empty() {
        let message = format!("there is no primary key for referenced table \"{parent_name}\"");
        return Err(SqlError::new("42704", message));
    }
    if parent_columns.len() != columns.len() {
        let message = "number of referencing and referenced columns for foreign key disagree";
        return Err(SqlError::new("42830", message));
    }
    let unique = |known: &KeyDef| {
        known.plain_columns().is_some_and(|mut indexes| {
            let mut wanted = parent_columns.clone();
            indexes.sort_unstable();
            wanted.sort_unstable();
            indexes == wanted
        })
    };
    if !parent.keys.iter().any(unique) {
        let message = format!(
            "there is no unique constraint matching given keys for referenced table \"{parent_name}\""
        );
        return Err(SqlError::new("42830", message));
    }
    for (child, referenced) in columns.iter().zip(&parent_columns) {
        comparable(key, &table.columns[*child], &parent.columns[*referenced])?;
    }
    Ok(Foreign {
        name: key.name.clone(),
        columns,
        parent: parent_name.clone(),
        parent_columns,
        on_delete: key.on_delete,
        on_update: key.on_update,
        deferrable: key.deferrable,
        initially_deferred: key.initially_deferred,
    })
}

/// PostgreSQL gives these errors no position.
fn unplaced(error: SqlError) -> SqlError {
    SqlError { position: None, line: None, ..error }
}

fn comparable(key: &DraftForeign, child: &ColumnDef, parent: &ColumnDef) -> Result<(), SqlError> {
    let (left, right) = (child.kind.kind, parent.kind.kind);
    let fits =
        left == right || (left.is_integer() && right.is_integer()) || (left.is_text() && right.is_text());
    if fits {
        return Ok(());
    }
    let message = format!("foreign key constraint \"{}\" cannot be implemented", key.name);
    let detail = format!(
        "Key columns \"{}\" and \"{}\" are of incompatible types: {} and {}.",
        child.name, parent.name, child.kind.name, parent.kind.name
    );
    Err(SqlError::new("42804", message).with_detail(detail))
}
