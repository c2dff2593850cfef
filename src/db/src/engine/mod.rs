//! SQLite's connections of a thread, and the statements kept for them.
//!
//! In: a version of a database, a statement, values. Out: rows and a new image. Nothing here knows sessions
//! (`session.rs`); no result depends on what the caches hold.

mod authorizer;
mod changes;
mod form;
mod functions;
mod link;
mod probe;
mod run;
mod statement;

pub(crate) use functions::DIVISION_BY_ZERO;
pub(crate) use link::Link;
pub(crate) use run::{Bound, Ran};
pub(crate) use statement::{RawError, Statement};

use crate::ambient;
use crate::answer::{Answer, Binds, SessionId, SqlError, Table};
use crate::limits::{CACHED_FORMS, CACHED_TEXTS, MAX_RESULT_ROWS, MAX_VM_STEPS};
use crate::schema::Catalog;
use crate::sql::text::Text;
use crate::state::{State, Version};
use crate::{inspect, load, session, wording};
use form::{Form, Unprepared};
use link::ForeignKeys;
use run::Stopped;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_trace::{Digest, SimInstant, Value, text::thousands};

/// The SQLite connections of this thread and their caches. One per thread.
pub struct Engine {
    // Statements go before the connections they belong to.
    cache: RefCell<BTreeMap<Rc<str>, Rc<Entry>>>,
    main: Link,
    probe: Link,
}

/// What is kept for one statement text and one catalog.
pub(crate) struct Entry {
    catalog: Rc<Catalog>,
    pub(crate) text: Result<Text, SqlError>,
    forms: RefCell<Vec<(Vec<usize>, Rc<Form>)>>,
}

impl Engine {
    /// Opens SQLite. Reads no file, clock or entropy.
    #[expect(clippy::new_without_default, reason = "opening a database engine is not a default value")]
    pub fn new() -> Engine {
        let mut main = Link::open("main", ForeignKeys::Checked);
        let probe = Link::open("probe", ForeignKeys::Ignored);
        for link in [&main, &probe] {
            functions::register(link.connection()).expect("these functions can be registered");
        }
        main.guard(authorizer::authorize, MAX_VM_STEPS);
        changes::install(&probe);
        Engine { cache: RefCell::default(), main, probe }
    }

    /// Builds a database from CREATE statements, on an empty one. `seed` starts `random()`.
    ///
    /// # Errors
    /// The first statement refused, with position and line in `schema_sql`.
    pub fn create(&self, schema_sql: &str, seed: u64) -> Result<State, SqlError> {
        let mut state = State::empty(seed);
        load::run_script(self, &mut state, schema_sql)?;
        Ok(state)
    }

    /// Runs many statements as one: all or nothing, committed at once. For authors' data.
    ///
    /// # Errors
    /// The first statement refused, with position and line in `sql`; `state` is then as before.
    pub fn run_script(&self, state: &mut State, sql: &str) -> Result<(), SqlError> {
        load::run_script(self, state, sql)
    }

    /// Inserts many rows, all or nothing, committed at once. Returns how many.
    ///
    /// # Errors
    /// The first row refused; `state` is then as before.
    pub fn insert(
        &self,
        state: &mut State,
        table: &str,
        columns: &[&str],
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64, SqlError> {
        load::insert(self, state, table, columns, rows)
    }

    /// Runs one statement of a session. Never waits: see [`Answer::Blocked`].
    ///
    /// `now` is the instant of the call; `now()` in SQL is the one at which the transaction began.
    pub fn execute(
        &self,
        state: &mut State,
        session: SessionId,
        sql: &str,
        binds: &Binds,
        now: SimInstant,
    ) -> Answer {
        session::execute(self, state, session, sql, binds, now)
    }

    /// Ends a session. An open transaction is rolled back; returns whether there was one.
    pub fn close_session(&self, state: &mut State, session: SessionId) -> bool {
        state.end(session).is_some()
    }

    /// Returns every table's committed content, sorted by name, at most `preview_rows` rows each.
    pub fn tables(&self, state: &State, preview_rows: usize) -> Vec<Table> {
        inspect::tables(self, &state.committed, preview_rows)
    }

    /// Returns the committed content as the bytes of a SQLite file.
    pub fn export(&self, state: &State) -> Vec<u8> {
        inspect::export(&state.committed)
    }

    /// Returns a digest of the content: equal for states that no statement can tell apart, except by the
    /// instants at which open transactions began.
    pub fn content_digest(&self, state: &State) -> Digest {
        inspect::content_digest(self, state)
    }

    /// Returns the connection that statements run on, showing `version`.
    pub(crate) fn link(&self, version: &Version) -> &Link {
        self.main.show(&version.image);
        &self.main
    }

    /// Returns the connection with whatever version it ran its last statement on.
    pub(crate) fn shown_link(&self) -> &Link {
        &self.main
    }

    /// Returns the first table that a prepared statement reads.
    pub(crate) fn first_table(&self, entry: &Entry) -> Option<String> {
        entry.forms.borrow().first().and_then(|(_, form)| form.tables_read.first().cloned())
    }

    /// Returns what is known about a statement's text.
    pub(crate) fn entry(&self, sql: &str, catalog: &Rc<Catalog>) -> Rc<Entry> {
        if let Some(entry) = self.cache.borrow().get(sql).filter(|entry| Rc::ptr_eq(&entry.catalog, catalog))
        {
            return Rc::clone(entry);
        }
        let text = Text::read(sql, catalog);
        let entry = Rc::new(Entry { catalog: Rc::clone(catalog), text, forms: RefCell::default() });
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= CACHED_TEXTS {
            cache.clear();
        }
        cache.insert(Rc::from(sql), Rc::clone(&entry));
        entry
    }

    /// Runs a client's statement on a version. The version itself stays as it is.
    pub(crate) fn run(
        &self,
        version: &Version,
        entry: &Entry,
        text: &Text,
        bound: &Bound<'_>,
    ) -> Result<Ran, SqlError> {
        self.main.show(&version.image);
        let form = match self.form(version, entry, text, bound) {
            Ok(form) => form,
            Err(Unprepared::Denied(error)) => return Err(place(error, text)),
            Err(Unprepared::Raw(raw, rendered)) => {
                return Err(wording::reword(&raw, text, &rendered, &version.catalog));
            }
        };
        run::run(&self.main, &form, text, bound).map_err(|stopped| match stopped {
            Stopped::TooManyRows => SqlError::new(
                "54000",
                format!("a result has at most {} rows", thousands(MAX_RESULT_ROWS as u64)),
            ),
            Stopped::Raw(raw) => {
                self.refusal(&raw, &probe::Refused { version, text, rendered: &form.rendered, bound })
            }
        })
    }

    fn form(
        &self,
        version: &Version,
        entry: &Entry,
        text: &Text,
        bound: &Bound<'_>,
    ) -> Result<Rc<Form>, Unprepared> {
        let generation = self.main.generation();
        let fits = |(lengths, form): &&(Vec<usize>, Rc<Form>)| {
            *lengths == bound.lengths && form.generation == generation
        };
        if let Some((_, form)) = entry.forms.borrow().iter().find(fits) {
            return Ok(Rc::clone(form));
        }
        let form = Rc::new(form::prepare(&self.main, text, &bound.lengths, &version.catalog)?);
        let mut forms = entry.forms.borrow_mut();
        forms.retain(|(_, form)| form.generation == generation);
        if forms.len() >= CACHED_FORMS {
            forms.clear();
        }
        forms.push((bound.lengths.clone(), Rc::clone(&form)));
        Ok(form)
    }

    fn refusal(&self, raw: &RawError, refused: &probe::Refused<'_>) -> SqlError {
        let error = wording::reword(raw, refused.text, refused.rendered, &refused.version.catalog);
        match (error.sqlstate, raw.message.strip_prefix("UNIQUE constraint failed: ")) {
            ("23505", Some(failed)) => probe::duplicate(self, refused, failed, error),
            ("23503", _) => probe::foreign_key(self, refused, error),
            _ => error,
        }
    }

    /// Runs `work` with the second connection showing `version`; whatever it changes there is forgotten.
    fn probing<T>(&self, version: &Version, work: impl FnOnce() -> T) -> T {
        let random = ambient::random_state();
        self.probe.show(&version.image);
        let result = work();
        self.probe.restore(&version.image);
        ambient::set_random(random);
        result
    }

    /// Runs a statement on the second connection as far as it goes.
    fn try_on_probe(&self, sql: &str, bound: &Bound<'_>) {
        let Ok(statement) = self.probe.prepare(sql) else { return };
        bound.bind(&statement);
        while statement.step().is_ok_and(|row| row) {}
        statement.reset();
    }
}

/// Points an authorizer's refusal at the name it quotes, if it stands in the statement.
fn place(error: SqlError, text: &Text) -> SqlError {
    let named = text.tokens.iter().filter(|token| token.is_name()).find(|token| {
        let name = token.name(&text.source);
        error.message.contains(&format!("\"{name}\"")) || error.message.contains(&format!(" {name}()"))
    });
    match named {
        Some(token) => error.at(&text.source, token.start),
        None => error,
    }
}
