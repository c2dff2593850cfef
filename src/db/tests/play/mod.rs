//! Plays statements of several sessions, going on with whoever can, as the isolation player does.

#![allow(dead_code, reason = "each test file uses some of the helpers")]

use std::collections::BTreeMap;
use unhappy_db::{Answer, Binds, Engine, SessionId, State};
use unhappy_trace::{SimInstant, Value};

/// A database, its engine, and what every statement has answered.
pub struct Play {
    pub engine: Engine,
    pub state: State,
    pub now: SimInstant,
    /// Per session, its answers in order: rows as JSON, a count, `BEGIN`…, or an SQLSTATE.
    pub answers: BTreeMap<u32, Vec<String>>,
    rechecks: u64,
}

impl Play {
    pub fn open(schema: &str) -> Play {
        let engine = Engine::new();
        let state = engine.create("", 1).expect("an empty schema is valid");
        let mut play = Play { engine, state, now: SimInstant::START, answers: BTreeMap::new(), rechecks: 0 };
        play.engine.run_script(&mut play.state, schema).expect("the schema is valid");
        play
    }

    /// Sends a statement and lets everybody go on who can. Returns its answer, or `waits`.
    pub fn send(&mut self, session: u32, sql: &str) -> String {
        let binds = Binds::default();
        let answer = self.engine.execute(&mut self.state, SessionId(session), sql, &binds, self.now);
        let shown = self.note(session, &answer);
        self.go_on();
        match &answer {
            Answer::Blocked { .. } => {
                let waits = !self.engine.waits_for(&self.state, SessionId(session)).is_empty();
                if waits { "waits".to_owned() } else { self.last(session) }
            }
            _ => shown,
        }
    }

    /// Lets time pass until every timer has fired.
    pub fn let_time_pass(&mut self) {
        while let Some(at) = self.engine.next_timer(&self.state) {
            self.now = at;
            if let Some((session, answer)) = self.engine.fire_timer(&mut self.state, at) {
                self.note(session.0, &answer);
            }
            self.go_on();
        }
    }

    /// The last answer of a session.
    pub fn last(&self, session: u32) -> String {
        self.answers.get(&session).and_then(|answers| answers.last()).cloned().unwrap_or_default()
    }

    /// How many statements went on after a wait and had to look at newer rows.
    pub fn rechecks(&self) -> u64 {
        self.rechecks
    }

    fn go_on(&mut self) {
        while let Some(session) = self.engine.ready(&self.state).first().copied() {
            self.rechecks += 1;
            let answer = self.engine.resume(&mut self.state, session, self.now);
            self.note(session.0, &answer.expect("a ready session waits"));
        }
    }

    fn note(&mut self, session: u32, answer: &Answer) -> String {
        let shown = shown(answer);
        if !matches!(answer, Answer::Blocked { .. }) {
            self.answers.entry(session).or_default().push(shown.clone());
        }
        shown
    }
}

pub fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Done(done) if !done.columns.is_empty() => {
            Value::List(done.rows.iter().cloned().map(Value::List).collect()).canonical_json()
        }
        Answer::Done(done) => match done.kind {
            unhappy_db::StatementKind::Change => done.changed.to_string(),
            kind => format!("{kind:?}"),
        },
        Answer::Refused(error) => error.sqlstate.to_owned(),
        Answer::Blocked { .. } => "waits".to_owned(),
    }
}
