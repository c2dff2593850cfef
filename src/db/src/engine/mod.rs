//! SQLite's connection of a thread, and the statements kept for it.
//!
//! In: a version of a database, a statement, values. Out: rows and a new image. Nothing here knows sessions
//! (`session/`); no result depends on what the caches hold.

mod aggregates;
mod authorizer;
mod changes;
mod failure;
mod form;
mod functions;
mod link;
mod number_functions;
mod rows;
mod run;
mod statement;
mod text_functions;

pub(crate) use changes::watched;
pub(crate) use failure::carried;
pub(crate) use form::Forms;
pub(crate) use link::Link;
pub(crate) use rows::shown_entry;
pub(crate) use run::{Bound, Ran};
pub(crate) use statement::{RawError, Statement};

use crate::answer::{Answer, Binds, PlanNode, SessionId, SqlError, Table};
use crate::limits::{CACHED_TEXTS, MAX_RESULT_ROWS, MAX_VM_STEPS};
use crate::plan::{Plan, Variant, Wording};
use crate::schema::Catalog;
use crate::sql::text::Text;
use crate::state::{Counters, State, Version};
use crate::{ambient, digest, inspect, load, observe, session, wording};
use form::{Form, Unprepared};
use rows::Purpose;
use run::Stopped;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_trace::database::{LockLine, SessionLine};
use unhappy_trace::{Digest, SimInstant, Value, text::thousands};

/// The SQLite connection of this thread and its caches. One per thread.
pub struct Engine {
    // Statements go before the connection they belong to.
    cache: RefCell<BTreeMap<Rc<str>, Rc<Entry>>>,
    own: RefCell<OwnStatements>,
    link: Link,
}

/// This crate's own statements of one schema generation.
#[derive(Default)]
struct OwnStatements {
    generation: u64,
    statements: BTreeMap<Purpose, Rc<Statement>>,
}

/// What is kept for one statement text and one catalog.
pub(crate) struct Entry {
    catalog: Rc<Catalog>,
    pub(crate) text: Result<Text, SqlError>,
    plan: OnceCell<Option<Plan>>,
}

impl Entry {
    /// Returns how the statement is carried out; none for what SQLite does not run.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        let made = self.plan.get_or_init(|| {
            let text = self.text.as_ref().ok()?;
            let lowered = text.lowered.as_ref()?;
            Some(crate::plan::plan(lowered, text.params.len(), &self.catalog))
        });
        made.as_ref()
    }
}

impl Engine {
    /// Opens SQLite. Reads no file, clock or entropy.
    #[expect(clippy::new_without_default, reason = "opening a database engine is not a default value")]
    pub fn new() -> Engine {
        let mut link = Link::open();
        functions::register(link.connection()).expect("these functions can be registered");
        link.guard(authorizer::authorize, MAX_VM_STEPS);
        changes::install(&link);
        Engine { cache: RefCell::default(), own: RefCell::default(), link }
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

    /// Goes on with a session's blocked statement, after [`Engine::ready`] named the session. Answers as
    /// [`Engine::execute`] does, and may block again. None when the session waits for nothing.
    pub fn resume(&self, state: &mut State, session: SessionId, now: SimInstant) -> Option<Answer> {
        session::resume(self, state, session, now)
    }

    /// Returns the sessions whose blocked statement can go on now, the one that is served by default first.
    ///
    /// Where PostgreSQL leaves open which of several waiters goes next, all of them are named and the choice
    /// is the caller's. Resuming one may block the others again.
    pub fn ready(&self, state: &State) -> Vec<SessionId> {
        session::ready(state)
    }

    /// Returns the sessions that a session's blocked statement waits for now, ascending; empty when it does
    /// not wait.
    pub fn waits_for(&self, state: &State, session: SessionId) -> Vec<SessionId> {
        session::waits_for(state, session)
    }

    /// Returns when the next timer of a blocked statement ends: `deadlock_timeout`, `lock_timeout` or
    /// `statement_timeout`. None when nothing waits or no timer is left.
    pub fn next_timer(&self, state: &State) -> Option<SimInstant> {
        session::next_timer(state)
    }

    /// Fires the earliest timer that ends at or before `now`: a deadlock check or a timeout. Returns the
    /// session whose statement it ended, with its answer; none when no statement ended (a deadlock check that
    /// found no deadlock) or no timer was due. Call until [`Engine::next_timer`] is later than `now`.
    pub fn fire_timer(&self, state: &mut State, now: SimInstant) -> Option<(SessionId, Answer)> {
        session::fire_timer(self, state, now)
    }

    /// Ends a session. An open transaction is rolled back, a waiting statement is dropped, all locks go;
    /// returns whether there was a transaction.
    pub fn close_session(&self, state: &mut State, session: SessionId) -> bool {
        session::close(state, session)
    }

    /// Returns every table's committed content, sorted by name, at most `preview_rows` rows each.
    pub fn tables(&self, state: &State, preview_rows: usize) -> Vec<Table> {
        inspect::tables(self, &state.committed, preview_rows)
    }

    /// Returns the committed content as the bytes of a SQLite file.
    pub fn export(&self, state: &State) -> Vec<u8> {
        inspect::export(&state.committed)
    }

    /// Returns every lock held and every wait.
    pub fn locks(&self, state: &State) -> Vec<LockLine> {
        observe::locks(self, state)
    }

    /// Returns what a session's statement waits for; none when it does not wait.
    pub fn wait(&self, state: &State, session: SessionId) -> Option<LockLine> {
        observe::locks(self, state).into_iter().find(|line| !line.granted && line.session == session.0)
    }

    /// Returns every open session, ascending.
    pub fn sessions(&self, state: &State) -> Vec<SessionLine> {
        observe::sessions(state)
    }

    /// Returns a digest of the content: equal for states that no statement can tell apart, except by the
    /// instants at which open transactions began. Of timers, it counts what is left at `now`.
    pub fn content_digest(&self, state: &State, now: SimInstant) -> Digest {
        self.canonical(state, now, &|session| session.to_string())
    }

    /// Returns a digest of the content, as [`Engine::content_digest`] does, in which sessions are called what
    /// `name` says and come in the order of their names: their numbers do not matter. Different sessions must have
    /// different names. The text of a deadlock error names sessions by number all the same.
    ///
    /// The first call for a state reads its rows. What statements make of that state is then known without
    /// reading: a digest after a few changed rows costs the same whatever the size of the tables.
    pub fn canonical(&self, state: &State, now: SimInstant, name: &dyn Fn(SessionId) -> String) -> Digest {
        digest::of_state(self, state, now, name, false)
    }

    /// Returns what [`Engine::canonical`] returns, from the rows alone: for checking what is known of them.
    pub fn canonical_afresh(
        &self,
        state: &State,
        now: SimInstant,
        name: &dyn Fn(SessionId) -> String,
    ) -> Digest {
        digest::of_state(self, state, now, name, true)
    }

    /// Returns the connection with whatever versions it shows.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Lets the connection show a version, and maybe what a statement began with.
    pub(crate) fn show(&self, version: &Version, snapshot: Option<&Version>) {
        self.link.show(&version.image);
        if let Some(snapshot) = snapshot {
            self.link.show_snapshot(&snapshot.image);
        }
    }

    /// Sets what SQL functions see of the world.
    pub(crate) fn set_ambient(&self, counters: &Counters, now: SimInstant) {
        ambient::set_now(now);
        ambient::set_counters(counters);
    }

    /// Takes back what SQL functions have drawn. Sequences never go back: another session may have drawn since.
    pub(crate) fn take_ambient(&self, start: &Counters, now: &mut Counters) {
        ambient::take_counters(start, now);
    }

    /// Returns what is known about a statement's text.
    pub(crate) fn entry(&self, sql: &str, catalog: &Rc<Catalog>) -> Rc<Entry> {
        if let Some(entry) = self.cache.borrow().get(sql).filter(|entry| Rc::ptr_eq(&entry.catalog, catalog))
        {
            return Rc::clone(entry);
        }
        let text = Text::read(sql, catalog);
        let entry = Rc::new(Entry { catalog: Rc::clone(catalog), text, plan: OnceCell::new() });
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= CACHED_TEXTS {
            cache.clear();
        }
        cache.insert(Rc::from(sql), Rc::clone(&entry));
        entry
    }

    /// Runs one of a statement's texts. The versions themselves stay as they are.
    pub(crate) fn run(
        &self,
        version: &Version,
        snapshot: Option<&Version>,
        text: &Text,
        variant: &Variant,
        bound: &Bound<'_>,
    ) -> Result<Ran, SqlError> {
        self.show(version, snapshot);
        let form = self.form(version, text, variant, bound)?;
        run::run(&self.link, version, &form, text, bound).map_err(|stopped| match stopped {
            Stopped::TooManyRows => SqlError::new(
                "54000",
                format!("a result has at most {} rows", thousands(MAX_RESULT_ROWS as u64)),
            ),
            Stopped::Raw(raw) => wording::reword(&raw, text, &form.rendered, &version.catalog),
        })
    }

    fn form(
        &self,
        version: &Version,
        text: &Text,
        variant: &Variant,
        bound: &Bound<'_>,
    ) -> Result<Rc<Form>, SqlError> {
        let generation = self.link.generation();
        if let Some(form) = variant.forms.find(&bound.lengths, generation) {
            return Ok(form);
        }
        match form::prepare(&self.link, text, variant, &bound.lengths) {
            Ok(form) => Ok(variant.forms.keep(&bound.lengths, form)),
            Err(Unprepared::Denied(error)) => Err(place(error, text)),
            Err(Unprepared::Raw(raw, rendered)) => {
                Err(wording::reword(&raw, text, &rendered, &version.catalog))
            }
        }
    }

    /// Runs the text of a schema change on the connection, which shows the result then.
    pub(crate) fn run_schema(
        &self,
        version: &Version,
        text: &Text,
        bound: &Bound<'_>,
    ) -> Result<(), SqlError> {
        let variant =
            Variant { pieces: text.pieces.clone(), wording: Wording::Learners, forms: Forms::default() };
        self.run(version, None, text, &variant, bound).map(|_| ())
    }

    /// Returns the plan of a statement that is not run.
    pub(crate) fn plan_of(
        &self,
        version: &Version,
        sql: &str,
        binds: &Binds,
    ) -> Result<Rc<[PlanNode]>, SqlError> {
        let entry = self.entry(sql, &version.catalog);
        let text = entry.text.as_ref().map_err(Clone::clone)?;
        let bound = Bound::new(text, binds)?;
        let plan =
            entry.plan().ok_or_else(|| SqlError::new("0A000", "EXPLAIN of this is not available here"))?;
        self.show(version, None);
        Ok(Rc::clone(&self.form(version, text, &plan.main, &bound)?.plan))
    }

    /// Returns whether a text gives a row for these values.
    pub(crate) fn exists(&self, version: &Version, variant: &Variant, values: &[Value]) -> bool {
        self.show(version, None);
        let lengths: Vec<usize> =
            values.iter().map(|value| value.as_list().map_or(1, <[Value]>::len)).collect();
        let generation = self.link.generation();
        let form = variant.forms.find(&lengths, generation).or_else(|| {
            let form = form::prepare_own(&self.link, variant, &lengths).ok()?;
            Some(variant.forms.keep(&lengths, form))
        });
        // A condition that cannot be evaluated on a row is taken to meet it: never a conflict too few.
        let Some(form) = form else { return true };
        let flat = values.iter().flat_map(|value| value.as_list().unwrap_or(std::slice::from_ref(value)));
        for (index, value) in flat.enumerate() {
            form.statement.bind(index + 1, value);
        }
        let found = form.statement.step();
        form.statement.reset();
        found.unwrap_or(true)
    }

    /// Computes expressions that read no table.
    pub(crate) fn compute(&self, version: &Version, texts: &[&str]) -> Result<Vec<Value>, SqlError> {
        self.show(version, None);
        let reworded = |raw: RawError| wording::reword_own(&raw, &version.catalog);
        let statement = self.link.prepare(&format!("SELECT {}", texts.join(", "))).map_err(reworded)?;
        let found = statement.step().map_err(reworded)?;
        let values = (0..statement.column_count()).filter(|_| found).map(|column| statement.value(column));
        let values = values.collect();
        statement.reset();
        Ok(values)
    }

    /// Returns a statement of our own, prepared at its first use.
    pub(crate) fn own(&self, purpose: &Purpose, text: impl FnOnce() -> String) -> Rc<Statement> {
        let generation = self.link.generation();
        let mut own = self.own.borrow_mut();
        if own.generation != generation {
            own.statements.clear();
            own.generation = generation;
        }
        if let Some(statement) = own.statements.get(purpose) {
            return Rc::clone(statement);
        }
        let text = text();
        let statement = self.link.prepare(&text).unwrap_or_else(|raw| panic!("{text}: {raw:?}"));
        let statement = Rc::new(statement);
        own.statements.insert(purpose.clone(), Rc::clone(&statement));
        statement
    }
}

/// Places an error at the first token that spells the name it quotes.
fn place(error: SqlError, text: &Text) -> SqlError {
    if error.position.is_some() {
        return error;
    }
    let quoted = error.message.split('"').nth(1).map(str::to_owned);
    let called = error.message.split_whitespace().find_map(|word| word.strip_suffix("()")).map(str::to_owned);
    let Some(name) = quoted.or(called) else { return error };
    let found = text.tokens.iter().find(|token| token.is_name() && token.name(&text.source) == name);
    match found {
        Some(token) => error.at(&text.source, token.start),
        None => error,
    }
}
