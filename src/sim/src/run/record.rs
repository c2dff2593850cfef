//! What goes into the trace, in the words and places of the learner's files.

use super::Run;
use crate::limits::{PREVIEW_CHARACTERS, PRINTED_CHARACTERS};
use crate::task::Pending;
use unhappy_db::Observed;
use unhappy_python::Raised;
use unhappy_trace::event::{
    Called, EventKind, Hit, LimitReached, Place, PlanNode, RaisedEvent, Said, ShapeId, TextId,
};
use unhappy_trace::{Diagnostic, LineCount, Shape, SimDuration, Site, Within, text};

impl Run {
    pub(super) fn called(&mut self, actor: TextId, pending: &Pending, name: &str) {
        let called = Called {
            sent_at: pending.sent_at,
            place: pending.place,
            name: self.recorder.text(name),
            hits: pending.hits.clone(),
        };
        self.recorder.push(pending.sent_at, actor, EventKind::Called(called));
    }

    /// `time.sleep` kept a whole process from anything else.
    pub(super) fn slept(&mut self, actor: TextId, span: SimDuration) {
        let name = self.recorder.text("time.sleep");
        let called = Called { sent_at: self.now, place: None, name, hits: vec![] };
        self.recorder.push(self.now, actor, EventKind::Called(called));
        let seconds = format!("{}.{:03}", span.micros() / 1_000_000, span.micros() / 1000 % 1000);
        let sentence = format!(
            "time.sleep kept the whole process busy for {seconds} s: no other request of it could go on meanwhile"
        );
        self.note(actor, None, &sentence);
    }

    /// Keeps the line counts of a task's last step, which ended at no call.
    pub(super) fn tail(&mut self, actor: TextId, hits: Vec<Hit>) {
        if hits.is_empty() {
            return;
        }
        let name = self.recorder.text("asyncio.end");
        let called = Called { sent_at: self.now, place: None, name, hits };
        self.recorder.push(self.now, actor, EventKind::Called(called));
    }

    pub(super) fn limit(&mut self, actor: TextId, place: Option<Place>, hits: Vec<Hit>, sentence: String) {
        let text = self.recorder.text(&sentence);
        self.recorder.push(self.now, actor, EventKind::LimitReached(LimitReached { text, place, hits }));
        self.stopped = Some(sentence);
    }

    pub(super) fn raised(&mut self, actor: TextId, raised: &Raised) {
        let frames = raised
            .frames
            .iter()
            .map(|frame| self.frame_place(&frame.file, frame.line, frame.column))
            .collect();
        let event = RaisedEvent {
            class: self.recorder.text(&raised.class),
            message: self.recorder.text(&text::cut(&raised.message, PRINTED_CHARACTERS)),
            hint: raised.hint.as_deref().map(|hint| self.recorder.text(hint)),
            frames,
        };
        self.recorder.push(self.now, actor, EventKind::Raised(event));
        self.mark(raised);
    }

    /// Marks the place of an exception in its file, each place and message once.
    pub(super) fn mark(&mut self, raised: &Raised) {
        let Some(frame) = raised.frames.last() else { return };
        let message = if raised.message.is_empty() {
            raised.class.clone()
        } else {
            format!("{}: {}", raised.class, text::cut(raised.message.trim(), PREVIEW_CHARACTERS))
        };
        let diagnostic = Diagnostic {
            file: frame.file.clone(),
            line: frame.line,
            column: frame.column,
            end_line: frame.end_line,
            end_column: frame.end_column,
            message,
            hint: raised.hint.clone(),
        };
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn say(
        &mut self,
        actor: TextId,
        site: Option<&Site>,
        said: &str,
        kind: fn(Said) -> EventKind,
    ) {
        let place = site.map(|site| self.place(site));
        let text = self.recorder.text(&text::cut(said, PRINTED_CHARACTERS));
        self.recorder.push(self.now, actor, kind(Said { place, text }));
    }

    pub(super) fn note(&mut self, actor: TextId, place: Option<Place>, sentence: &str) {
        let text = self.recorder.text(sentence);
        self.recorder.push(self.now, actor, EventKind::Noted(Said { place, text }));
    }

    pub(super) fn place(&mut self, site: &Site) -> Place {
        Place {
            file: self.recorder.text(&site.file),
            line: site.line,
            column: site.column,
            within: site.within,
        }
    }

    pub(super) fn frame_place(&mut self, file: &str, line: u32, column: u32) -> Place {
        let within = Within::Statements;
        Place { file: self.recorder.text(file), line, column, within }
    }

    pub(super) fn hits(&mut self, counts: &[LineCount]) -> Vec<Hit> {
        counts
            .iter()
            .map(|count| Hit { file: self.recorder.text(&count.file), line: count.line, count: count.count })
            .collect()
    }

    /// Returns the id of an observed shape. Nearly every statement repeats one, so they are kept by reference.
    pub(super) fn shape(&mut self, observed: &Observed) -> ShapeId {
        if self.recorder.is_silent() {
            return ShapeId(0);
        }
        let key = (observed.shape.clone(), observed.in_list, observed.subquery);
        let known = self.shapes.entry(key).or_default();
        if let Some((_, id)) = known.iter().find(|(plan, _)| *plan == observed.plan) {
            return *id;
        }
        let shape = Shape {
            text: observed.shape.to_string(),
            plan: observed
                .plan
                .iter()
                .map(|node| PlanNode { depth: node.depth, text: node.text.clone() })
                .collect(),
            tables_read: observed.tables_read.to_vec(),
            in_list: observed.in_list,
            subquery: observed.subquery,
        };
        let id = self.recorder.shape(&shape);
        known.push((observed.plan.clone(), id));
        id
    }
}

/// A refused statement has no plan; it is shown as it was sent.
pub(super) fn refused_shape(sql: &str) -> Shape {
    let words: Vec<&str> = sql.split_whitespace().collect();
    Shape {
        text: text::cut(&words.join(" "), PREVIEW_CHARACTERS),
        plan: vec![],
        tables_read: vec![],
        in_list: false,
        subquery: false,
    }
}
