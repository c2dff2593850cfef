//! Running one prepared statement on one image.
//!
//! In: a form, its values, a version. Out: rows, the new image, counters; or an error, with the image as
//! before. Not here: whose image that is and whether it may be adopted (`session/`).

use super::form::Form;
use super::link::Link;
use super::statement::RawError;
use crate::answer::{Binds, Done, Observed, SqlError, StatementKind};
use crate::limits::{MAX_PARAMETERS, MAX_RESULT_ROWS};
use crate::sql::params::{Param, Takes};
use crate::sql::text::Text;
use crate::state::Version;
use std::rc::Rc;
use unhappy_trace::{SimDuration, Value, text::thousands};

/// Values in the order of a statement's parameters, and how many placeholders each fills.
pub(crate) struct Bound<'a> {
    values: Vec<&'a Value>,
    pub(crate) lengths: Vec<usize>,
}

/// What running gave.
pub(crate) struct Ran {
    pub(crate) columns: Rc<[String]>,
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) changed: u64,
    /// What became of the version that it ran on.
    pub(crate) version: Version,
    pub(crate) observed: Observed,
}

impl Ran {
    /// The answer to a statement of this kind.
    pub(crate) fn done(self, kind: StatementKind) -> Done {
        let Ran { columns, rows, changed, observed, .. } = self;
        Done { columns, rows, changed, kind, notices: Vec::new(), observed }
    }

    /// Keeps the first result columns only.
    pub(crate) fn cut_columns(&mut self, width: usize) {
        self.columns = self.columns.iter().take(width).cloned().collect();
    }
}

/// Why running ended early.
pub(crate) enum Stopped {
    Raw(RawError),
    TooManyRows,
}

impl<'a> Bound<'a> {
    /// Finds a value for every parameter.
    ///
    /// # Errors
    /// 42P02 for a parameter without a value, 08P01 for a value without a parameter, 42804 and 42809 for a
    /// list where none fits and the other way round, 54000 for too many.
    pub(crate) fn new(text: &Text, binds: &'a Binds) -> Result<Bound<'a>, SqlError> {
        let mut bound = Bound {
            values: Vec::with_capacity(text.params.len()),
            lengths: Vec::with_capacity(text.params.len()),
        };
        for param in &text.params {
            let found = binds.0.iter().find(|(name, _)| *name == param.name);
            let Some((_, value)) = found else { return Err(missing(text, param, binds)) };
            bound.lengths.push(length(text, param, value)?);
            bound.values.push(value);
        }
        if binds.0.len() > text.params.len() {
            return Err(surplus(text, binds));
        }
        let total: usize = bound.lengths.iter().sum();
        if total > MAX_PARAMETERS {
            let message =
                format!("the number of query arguments cannot exceed {}", thousands(MAX_PARAMETERS as u64));
            let detail = format!("This statement has {}.", thousands(total as u64));
            return Err(SqlError::new("54000", message)
                .with_detail(detail)
                .with_hint("Send the list in parts."));
        }
        Ok(bound)
    }

    /// Adds values of the engine's own after the statement's. A list fills as many placeholders as it has items.
    pub(crate) fn extend(&mut self, more: &'a [Value]) {
        self.lengths.extend(more.iter().map(|value| value.as_list().map_or(1, <[Value]>::len)));
        self.values.extend(more);
    }

    /// Binds to the placeholders that `pieces::render` numbered for the same lengths. A text that is a part of the
    /// statement, such as its LIMIT, may name fewer.
    pub(super) fn bind(&self, statement: &super::statement::Statement) {
        let named = statement.placeholder_count();
        let mut number = 1;
        for value in &self.values {
            let items = value.as_list().unwrap_or(std::slice::from_ref(*value));
            for item in items {
                if number > named {
                    return;
                }
                statement.bind(number, item);
                number += 1;
            }
        }
    }
}

fn length(text: &Text, param: &Param, value: &Value) -> Result<usize, SqlError> {
    let written = &text.source[param.start..];
    let written = &written[..1 + param.name.len()];
    let error =
        |sqlstate, message: String| Err(SqlError::new(sqlstate, message).at(&text.source, param.start));
    match (param.takes, value) {
        (Takes::One, Value::List(_)) => {
            error("42804", format!("{written} is a list, and one value is needed here"))
                .map_err(|error| error.with_hint(format!("Look rows up by a list with = ANY({written}).")))
        }
        (Takes::List, Value::List(items)) | (Takes::Either, Value::List(items)) => {
            items.iter().try_for_each(|item| single(text, param, item)).map(|()| items.len())
        }
        (Takes::List, _) => error("42809", "op ANY/ALL (array) requires array on right side".to_owned()),
        (_, value) => single(text, param, value).map(|()| 1),
    }
}

/// Refuses what has no column type here.
fn single(text: &Text, param: &Param, value: &Value) -> Result<(), SqlError> {
    let error = match value {
        Value::BigInt(digits) => {
            SqlError::new("22003", format!("value \"{digits}\" is out of range for type bigint"))
        }
        Value::Float(float) if float.is_nan() => SqlError::new("0A000", "NaN is not available here"),
        Value::List(_) => SqlError::new("0A000", "a list of lists is not available here"),
        Value::Map(_) => {
            SqlError::new("42804", "a dict is no SQL value").with_hint("Send json.dumps(…) as text.")
        }
        _ => return param.check(value, &text.source),
    };
    Err(error.at(&text.source, param.start))
}

fn missing(text: &Text, param: &Param, binds: &Binds) -> SqlError {
    let mark = &text.source[param.start..=param.start];
    let error = SqlError::new("42P02", format!("there is no parameter {mark}{}", param.name));
    let given: Vec<String> = binds.0.iter().map(|(name, _)| format!(":{name}")).collect();
    let detail = match given.is_empty() {
        true => "No values were given.".to_owned(),
        false => format!("Values were given for {}.", given.join(", ")),
    };
    error.at(&text.source, param.start).with_detail(detail)
}

fn surplus(text: &Text, binds: &Binds) -> SqlError {
    let unused = binds.0.iter().filter(|(name, _)| !text.params.iter().any(|param| param.name == *name));
    let unused: Vec<String> = unused.map(|(name, _)| format!(":{name}")).collect();
    let message = format!(
        "bind message supplies {} parameters, but prepared statement \"\" requires {}",
        binds.0.len(),
        text.params.len()
    );
    SqlError::new("08P01", message).with_detail(format!("The statement does not use {}.", unused.join(", ")))
}

/// Runs a statement to its end. On an error the connection shows `before` again.
pub(crate) fn run(
    link: &Link,
    version: &Version,
    form: &Form,
    text: &Text,
    bound: &Bound<'_>,
) -> Result<Ran, Stopped> {
    let before = link.image();
    bound.bind(&form.statement);
    let rows = rows(form);
    form.statement.reset();
    let vm_steps = form.statement.take_vm_steps();
    let index_rows = form.statement.take_automatic_index_rows();
    let rows_visited = form.statement.take_visited(&form.loops) + index_rows;
    debug_assert_eq!(form.statement.reprepared(), 0, "a statement of this generation fits the schema");
    let rows = match rows {
        Ok(rows) => rows,
        Err(stopped) => {
            link.restore(&before);
            return Err(stopped);
        }
    };
    let changed = if form.statement.is_readonly() { 0 } else { link.changes() };
    let observed = Observed {
        shape: Rc::clone(&text.shape),
        rows_visited,
        vm_steps,
        plan: Rc::clone(&form.plan),
        tables_read: Rc::clone(&form.tables_read),
        in_list: text.in_list,
        subquery: form.subquery,
        columns_read: text.lowered.as_ref().map(|lowered| Rc::clone(&lowered.reads)).unwrap_or_default(),
        locks: Vec::new(),
        waits: 0,
        snapshot: 0,
        slept: SimDuration::ZERO,
    };
    let version = Version::new(link.image(), Rc::clone(&version.catalog));
    Ok(Ran { columns: Rc::clone(&form.columns), rows, changed, version, observed })
}

fn rows(form: &Form) -> Result<Vec<Vec<Value>>, Stopped> {
    let mut rows = Vec::new();
    while form.statement.step().map_err(Stopped::Raw)? {
        if rows.len() == MAX_RESULT_ROWS {
            return Err(Stopped::TooManyRows);
        }
        rows.push(
            form.booleans.iter().enumerate().map(|(column, boolean)| cell(form, column, *boolean)).collect(),
        );
    }
    Ok(rows)
}

fn cell(form: &Form, column: usize, boolean: bool) -> Value {
    match form.statement.value(column) {
        Value::Int(number) if boolean => Value::Bool(number != 0),
        value => value,
    }
}
