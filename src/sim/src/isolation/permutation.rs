//! Plays one permutation by the settle rule, which makes the order of events canonical.
//!
//! In: a stage after the setups, the steps in order. Out: events, and the tables at the end. Time passes only
//! to break a deadlock, to end a wait of the session whose step comes next, and at the end.
//!
//! Rule followed: "The settle rule" in `tests/oracle/README.md`.

use super::SpecError;
use super::graph::Graph;
use super::message::{Message, cell};
use super::result::{Ending, PermutationResult, Status, StepEvent};
use super::spec::{Spec, Step, at_most};
use super::stage::Stage;
use crate::limits::{RESULT_ROWS_PER_PERMUTATION, ROWS_PER_TABLE};
use unhappy_db::Table;
use unhappy_trace::Value;

/// The connection that runs the spec's own setups and teardowns; session `n` of the spec is `n + 1`.
pub const SETUP: usize = 0;

/// Plays one order of steps on a stage of its own, which is used up.
///
/// # Errors
/// A teardown that fails, or a limit that is passed.
pub fn play(spec: &Spec, stage: Stage<'_>, order: &[usize]) -> Result<PermutationResult, SpecError> {
    let sent = vec![None; spec.sessions.len() + 1];
    let graph = Graph::default();
    let mut player = Player { spec, stage, sent, events: vec![], waiting: vec![], graph, rows: 0 };
    let ending = match player.play(order)? {
        Some(stuck) => player.close_all(stuck),
        None => player.finish()?,
    };
    player.blocks(SETUP, &spec.teardowns, "the teardown")?;
    let steps = order.iter().map(|step| spec.steps[*step].name.clone()).collect();
    Ok(PermutationResult { steps, events: player.events, ending })
}

/// Runs setup or teardown blocks of a connection. They must neither fail nor wait.
///
/// # Errors
/// [`SpecError::Block`] or [`SpecError::BlockWaits`].
pub fn run_blocks(
    stage: &mut Stage<'_>,
    session: usize,
    blocks: &[String],
    name: &str,
) -> Result<(), SpecError> {
    for sql in blocks {
        stage.send(session, sql);
        if stage.settle()?.is_empty() {
            return Err(SpecError::BlockWaits { block: name.to_owned() });
        }
        if let Some(error) = stage.take_message(session).error() {
            return Err(SpecError::Block { block: name.to_owned(), error: Box::new(error.clone()) });
        }
    }
    Ok(())
}

struct Player<'a> {
    spec: &'a Spec,
    stage: Stage<'a>,
    /// The step that each connection sent last.
    sent: Vec<Option<&'a Step>>,
    events: Vec<StepEvent>,
    /// Connections whose step waits, in the order in which the waits began.
    waiting: Vec<usize>,
    /// Who waited for whom when everybody was last at rest.
    graph: Graph,
    rows: usize,
}

impl<'a> Player<'a> {
    /// Sends every step. Returns how the permutation ended if it could not be played to its end.
    fn play(&mut self, order: &[usize]) -> Result<Option<Ending>, SpecError> {
        for step in order {
            let step = &self.spec.steps[*step];
            if !self.wait_for(step.session + 1)? {
                let (step, waiting) = (step.name.clone(), self.name(step.session + 1));
                return Ok(Some(Ending::Invalid { step, waiting }));
            }
            self.send(step)?;
        }
        while let Some(first) = self.waiting.first() {
            if !self.wait_for(*first)? {
                let names = self.waiting.iter().map(|session| self.name(*session)).collect();
                return Ok(Some(Ending::Unfinished(names)));
            }
        }
        Ok(None)
    }

    /// Points 1 to 3 of the rule.
    fn send(&mut self, step: &'a Step) -> Result<(), SpecError> {
        let session = step.session + 1;
        self.sent[session] = Some(step);
        self.stage.send(session, &step.sql);
        let mut ended = self.stage.settle()?;
        if let Some(at) = ended.iter().position(|other| *other == session) {
            ended.remove(at);
            self.report(session)?;
        } else {
            self.waiting.push(session);
            let status = Status::Waiting;
            self.events.push(StepEvent {
                step: step.name.clone(),
                status,
                unordered: false,
                warnings: vec![],
            });
        }
        self.report_all(ended)?;
        self.break_deadlocks()
    }

    /// Lets time pass until a session is at rest. Returns false when nothing but another session can end its
    /// wait.
    fn wait_for(&mut self, session: usize) -> Result<bool, SpecError> {
        while self.stage.is_busy(session) {
            if !self.stage.pass_time()? {
                return Ok(false);
            }
            let ended = self.stage.settle()?;
            self.report_all(ended)?;
            self.break_deadlocks()?;
        }
        Ok(true)
    }

    /// Lets time pass while sessions wait for each other in a circle.
    fn break_deadlocks(&mut self) -> Result<(), SpecError> {
        self.graph = self.stage.graph();
        while self.graph.has_cycle() && self.stage.pass_time()? {
            let ended = self.stage.settle()?;
            self.report_all(ended)?;
            self.graph = self.stage.graph();
        }
        Ok(())
    }

    /// Reports steps that waited and have ended: one that waited for another follows it, otherwise in the order
    /// in which the waits began. The victim of a deadlock comes before those that its end set free.
    fn report_all(&mut self, ended: Vec<usize>) -> Result<(), SpecError> {
        let mut left: Vec<usize> =
            self.waiting.iter().copied().filter(|session| ended.contains(session)).collect();
        while let Some(first) = left.first().copied() {
            let victim = || left.iter().copied().find(|session| self.is_victim(*session));
            let next = self.graph.first_free(&left).or_else(victim).unwrap_or(first);
            left.retain(|session| *session != next);
            self.waiting.retain(|session| *session != next);
            self.report(next)?;
        }
        Ok(())
    }

    fn is_victim(&self, session: usize) -> bool {
        self.stage.message(session).and_then(Message::error).is_some_and(|error| error.sqlstate == "40P01")
    }

    fn report(&mut self, session: usize) -> Result<(), SpecError> {
        let message = self.stage.take_message(session);
        self.rows += message.row_count();
        at_most("result rows of a permutation", RESULT_ROWS_PER_PERMUTATION, self.rows)?;
        let event = message.event(&self.name(session));
        self.events.push(event);
        Ok(())
    }

    fn name(&self, session: usize) -> String {
        self.sent[session].map_or_else(String::new, |step| step.name.clone())
    }

    fn blocks(&mut self, session: usize, blocks: &[String], name: &str) -> Result<(), SpecError> {
        run_blocks(&mut self.stage, session, blocks, name)
    }

    /// Runs the sessions' teardowns, ends them, and looks at the tables.
    fn finish(&mut self) -> Result<Ending, SpecError> {
        for (index, session) in self.spec.sessions.iter().enumerate() {
            let name = format!("the teardown of session {}", session.name);
            self.blocks(index + 1, &session.teardowns, &name)?;
        }
        let tables = self.stage_without_sessions().tables(ROWS_PER_TABLE);
        let tables: Result<Vec<_>, SpecError> = tables.into_iter().map(content).collect();
        let mut tables = tables?;
        tables.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(Ending::Final(tables))
    }

    fn close_all(&mut self, ending: Ending) -> Ending {
        self.stage_without_sessions();
        ending
    }

    fn stage_without_sessions(&mut self) -> &Stage<'a> {
        for session in 1..self.sent.len() {
            self.stage.close(session);
        }
        &self.stage
    }
}

/// Returns a table's rows, sorted by their JSON text.
fn content(table: Table) -> Result<(String, Vec<Vec<Value>>), SpecError> {
    let row_count = usize::try_from(table.row_count).unwrap_or(usize::MAX);
    at_most("rows of a table at the end", ROWS_PER_TABLE, row_count)?;
    let rows = table.rows.into_iter().map(|row| row.into_iter().map(cell).collect());
    let mut rows: Vec<Vec<Value>> = rows.collect();
    rows.sort_by_cached_key(|row| Value::List(row.clone()).to_json());
    Ok((table.name, rows))
}
