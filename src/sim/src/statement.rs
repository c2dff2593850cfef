//! Between Python and the database: which call is which statement, and what the answer becomes in Python.

use crate::limits::PREVIEW_CHARACTERS;
use unhappy_db::{Binds, Done, SqlError};
use unhappy_python::{Call, Resume};
use unhappy_trace::{Digest, Value, text};

/// What a call wants of the database.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// A statement and the form of its answer.
    Statement {
        /// The text.
        sql: String,
        /// Its parameters.
        binds: Binds,
        /// The form of the answer.
        answer: Form,
    },
    /// Begin or end of a transaction.
    Control {
        /// Which.
        control: Control,
        /// The text that is sent.
        sql: String,
    },
    /// A connection that is kept, and nothing sent.
    Hold,
    /// The end of that.
    GiveBack,
}

/// What a call does with a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// BEGIN.
    Begin {
        /// Isolation level in lower case.
        level: String,
        /// Whether it is READ ONLY.
        read_only: bool,
    },
    /// COMMIT.
    Commit,
    /// ROLLBACK.
    Rollback,
    /// SAVEPOINT.
    Savepoint,
    /// RELEASE SAVEPOINT.
    Release,
    /// ROLLBACK TO SAVEPOINT.
    RollbackTo,
}

impl Wanted {
    /// Returns the text that is sent.
    pub fn sql(&self) -> &str {
        match self {
            Wanted::Statement { sql, .. } | Wanted::Control { sql, .. } => sql,
            Wanted::Hold | Wanted::GiveBack => "",
        }
    }
}

/// In which form a handler gets an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// All rows.
    Rows,
    /// The first row or `None`.
    Row,
    /// The first column of the first row or `None`.
    Cell,
    /// The number of changed rows.
    Changed,
}

/// Reads a call of the framework's `db`. Returns none for a call of another service.
///
/// # Errors
/// A sentence for the learner when the arguments are wrong.
pub fn read_call(call: &Call) -> Option<Result<Wanted, String>> {
    let answer = match call.name.as_str() {
        "db.fetch_all" => Form::Rows,
        "db.fetch_one" => Form::Row,
        "db.fetch_value" => Form::Cell,
        "db.execute" => Form::Changed,
        "db.begin" => return Some(begin(call)),
        "db.commit" => return Some(Ok(end(Control::Commit, "COMMIT"))),
        "db.rollback" => return Some(Ok(end(Control::Rollback, "ROLLBACK"))),
        "db.acquire" => return Some(Ok(Wanted::Hold)),
        "db.give_back" => return Some(Ok(Wanted::GiveBack)),
        _ => return None,
    };
    let Some(sql) = call.args.as_list().and_then(|args| args.first()).and_then(Value::as_text) else {
        return Some(Err(format!("{}: the first argument must be SQL text", call.name)));
    };
    let binds = match &call.fields {
        Value::Map(entries) => entries.clone(),
        _ => vec![],
    };
    Some(Ok(Wanted::Statement { sql: sql.to_owned(), binds: Binds(binds), answer }))
}

fn begin(call: &Call) -> Result<Wanted, String> {
    let args = call.args.as_list().unwrap_or(&[]);
    let level = args.first().and_then(Value::as_text).unwrap_or("").to_lowercase();
    if !["read uncommitted", "read committed", "repeatable read", "serializable"].contains(&level.as_str()) {
        return Err(format!(
            "db.transaction: isolation is {level:?}, expected \"read committed\", \"repeatable read\" or \
             \"serializable\""
        ));
    }
    let read_only = args.get(1) == Some(&Value::Bool(true));
    let words = if read_only { " READ ONLY" } else { "" };
    let sql = format!("BEGIN ISOLATION LEVEL {}{words}", level.to_uppercase());
    Ok(Wanted::Control { control: Control::Begin { level, read_only }, sql })
}

fn end(control: Control, sql: &str) -> Wanted {
    Wanted::Control { control, sql: sql.to_owned() }
}

/// Returns what the handler gets, and how many rows that are.
pub fn answer(done: Done, form: Form) -> Value {
    let Done { columns, rows, changed, .. } = done;
    match form {
        Form::Changed => {
            let count = if columns.is_empty() { changed } else { rows.len() as u64 };
            Value::Int(count.cast_signed())
        }
        Form::Rows => Value::List(rows.into_iter().map(|row| named(&columns, row)).collect()),
        Form::Row => rows.into_iter().next().map_or(Value::Null, |row| named(&columns, row)),
        Form::Cell => rows.into_iter().next().and_then(|row| row.into_iter().next()).unwrap_or(Value::Null),
    }
}

fn named(columns: &[String], row: Vec<Value>) -> Value {
    Value::Map(columns.iter().cloned().zip(row).collect())
}

/// Returns a preview and the digest of result rows.
pub fn preview(done: &Done) -> (String, Digest) {
    let rows = Value::List(done.rows.iter().map(|row| Value::List(row.clone())).collect());
    let json = rows.to_json();
    (text::cut(&json, PREVIEW_CHARACTERS), Digest::of(json.as_bytes()))
}

/// Returns the bound values as JSON; a long text is cut and ends with the digest of the whole.
pub fn shown_binds(binds: &Binds) -> String {
    if binds.0.is_empty() {
        return String::new();
    }
    let json = Value::Map(binds.0.clone()).to_json();
    if json.chars().count() <= PREVIEW_CHARACTERS {
        return json;
    }
    format!("{} #{}", text::cut(&json, PREVIEW_CHARACTERS), Digest::of(json.as_bytes()))
}

/// Returns the exception that a refused statement becomes.
pub fn exception(error: &SqlError, sql: &str) -> Resume {
    let class = match error.sqlstate {
        "23505" => "UniqueViolation",
        "23503" => "ForeignKeyViolation",
        "23514" => "CheckViolation",
        "23502" => "NotNullViolation",
        "40P01" => "DeadlockDetected",
        "40001" => "SerializationFailure",
        "55P03" => "LockNotAvailable",
        "57014" => "QueryCanceled",
        state if state.starts_with("23") => "IntegrityError",
        state if state.starts_with("42") => "SyntaxOrAccessError",
        _ => "DatabaseError",
    };
    let optional = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    raise(
        "backend",
        class,
        vec![
            ("message".to_owned(), Value::Text(error.message.clone())),
            ("sqlstate".to_owned(), Value::Text(error.sqlstate.to_owned())),
            ("detail".to_owned(), optional(&error.detail)),
            ("hint".to_owned(), optional(&error.hint)),
            ("position".to_owned(), error.position.map_or(Value::Null, |at| Value::Int(i64::from(at)))),
            ("statement".to_owned(), Value::Text(text::cut(sql, PREVIEW_CHARACTERS))),
        ],
    )
}

/// Returns a built-in exception with a message.
pub fn builtin(class: &str, message: &str) -> Resume {
    raise("builtins", class, vec![(String::new(), Value::Text(message.to_owned()))])
}

/// Returns an exception of the framework with a message and other fields.
pub fn backend_error(class: &str, message: &str, fields: Vec<(String, Value)>) -> Resume {
    let mut all = vec![("message".to_owned(), Value::Text(message.to_owned()))];
    all.extend(fields);
    raise("backend", class, all)
}

fn raise(module: &str, class: &str, fields: Vec<(String, Value)>) -> Resume {
    Resume::Raise { module: module.to_owned(), class: class.to_owned(), fields }
}
