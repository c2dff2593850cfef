//! Rows about what passes between clients, requests and processes: messages, deliveries, faults.

use super::super::RowKind;
use super::super::actor::{Kind, who};
use super::super::survey::Seen;
use super::super::words;
use super::{At, Builder};
use unhappy_trace::event::{
    Delivered, FaultHappened, OperationOutcome, ProcessChanged, RequestSent, Responded, ResponseReceived,
};
use unhappy_trace::{SimInstant, Trace};

impl<'a> Builder<'a> {
    pub(super) fn sent(&mut self, at: At<'a>, sent: &'a RequestSent) {
        let trace = self.trace;
        let body = words::body(trace.text(sent.body));
        let line =
            format!("{} {} {body}", trace.text(sent.method), trace.text(sent.path)).trim_end().to_owned();
        let is_client = self.survey.columns[at.column].who.kind == Kind::Client;
        if !is_client || self.survey.client_tells(&self.survey.columns[at.column].who.operation) {
            let request = format!("as request {}", trace.text(sent.request));
            self.row(at, RowKind::Step, sent.place, |_| (line, vec![request]));
        } else {
            self.later(at.column, line);
        }
    }

    pub(super) fn received(&mut self, at: At<'a>, received: &'a ResponseReceived) {
        let is_client = self.survey.columns[at.column].who.kind == Kind::Client;
        if is_client && !self.survey.client_tells(&self.survey.columns[at.column].who.operation) {
            return;
        }
        let request = self.trace.text(received.request);
        match (received.status, received.error) {
            (Some(status), _) => self.add(at.column, format!("{request} answered {status}")),
            (None, error) => {
                let class = error.map_or("no response", |error| self.trace.text(error));
                let line = format!("{class} after {}", received.took);
                self.row(at, RowKind::Failed, None, |_| (format!("no response to {request}"), vec![line]));
            }
        }
    }

    /// A client without a column of its own returns what the response said.
    pub(super) fn ended(&mut self, column: usize, outcome: &OperationOutcome) {
        let tells = self.survey.client_tells(&self.survey.columns[column].who.operation);
        if tells || matches!(outcome, OperationOutcome::Raised { .. }) {
            self.add(column, self::outcome(self.trace, outcome));
        }
    }

    pub(super) fn responded(&mut self, at: At<'a>, responded: &'a Responded) {
        self.locks.end(at.column);
        let preview = words::body(self.trace.text(responded.preview));
        let line = format!("responds {} {preview}", responded.status).trim_end().to_owned();
        if self.has_step[at.column] {
            self.add(at.column, line);
            return;
        }
        let kind = if responded.status >= 500 { RowKind::Failed } else { RowKind::Step };
        self.row(at, kind, None, |_| (line, vec![]));
    }

    pub(super) fn fault(&mut self, at: At<'a>, fault: &'a FaultHappened) {
        let (actor, text) = words::fault(self.trace.text(fault.fault));
        let named = self.survey.columns.iter().position(|seen| seen.who.column == actor);
        let shown = named.and_then(|column| self.shown[column]);
        let client = named.is_none().then(|| format!("{}.client", who(&actor).operation));
        let client =
            client.and_then(|name| self.survey.columns.iter().position(|seen| seen.who.column == name));
        let shown = shown.or(client.and_then(|column| self.shown[column]));
        let is_world = named.is_some_and(|column| self.survey.columns[column].who.kind == Kind::World)
            || (named.is_none() && client.is_none());
        self.settle();
        self.step += 1;
        if shown.is_none() && !is_world {
            self.skipped += 1;
            return;
        }
        self.crashed = is_world;
        self.story.fault(&text, who(&actor).operation, self.step);
        self.push(at, shown, RowKind::Fault, None, text, vec![]);
    }

    pub(super) fn process(&mut self, at: At<'a>, change: ProcessChanged) {
        let process = self.survey.columns[at.column].who.column.replace('.', " ");
        match change {
            ProcessChanged::Crashed => {
                let of_it = |seen: &Seen| seen.process == Some(at.event.actor);
                let ended: Vec<usize> = (0..self.survey.columns.len())
                    .filter(|index| of_it(&self.survey.columns[*index]))
                    .collect();
                ended.into_iter().for_each(|column| self.locks.end(column));
                if !std::mem::take(&mut self.crashed) {
                    self.settle();
                    self.step += 1;
                    self.push(at, None, RowKind::Fault, None, format!("{process} crashes"), vec![]);
                }
            }
            ProcessChanged::Started if at.event.at > SimInstant::START || self.step > 0 => {
                let line = format!("{process} is up again: its module globals are new");
                if let Some(row) = self.rows.iter_mut().rev().find(|made| made.row.kind == RowKind::Fault) {
                    row.row.small.push(line);
                }
            }
            ProcessChanged::Started => {}
        }
    }

    pub(super) fn delivered(&mut self, column: usize, delivered: &Delivered) {
        let (message, topic) = (self.trace.text(delivered.message), self.trace.text(delivered.topic));
        let again = match delivered.receive_count {
            0 | 1 => String::new(),
            count => format!(", delivered for the {count}. time"),
        };
        self.later(column, format!("message {message} of {topic}{again}"));
    }
}

fn outcome(trace: &Trace, outcome: &OperationOutcome) -> String {
    match outcome {
        OperationOutcome::Returned { preview } => {
            let body = words::body(trace.text(*preview));
            if body.is_empty() { String::new() } else { format!("the client returns {body}") }
        }
        OperationOutcome::Raised { class, message } => {
            format!("the client raises {}", words::exception(trace.text(*class), trace.text(*message)))
        }
    }
}
