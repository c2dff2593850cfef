//! The messages. Kinds are append-only.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use unhappy_trace::{AwaitMark, Diagnostic, Inputs, SweepPoint, Value};
use unhappy_view::{ByHandShown, Evidence, VerdictCard};

/// A message with the id of the request that it is or answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// Chosen by the page, never used twice in one worker's life. 0 for [`Reply::Ready`].
    pub id: u64,
    /// The message.
    pub body: T,
}

/// What the page may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Opens a lesson; all later requests are about it. Answered by [`Reply::Opened`].
    Open {
        /// The packed lesson.
        lesson: Vec<u8>,
    },
    /// Looks for mistakes and awaits without running. Answered by [`Reply::Checked`].
    Check {
        /// Changed files by name.
        files: BTreeMap<String, String>,
    },
    /// Runs one world. Answered by [`Reply::Ran`].
    Run {
        /// What fixes the run.
        inputs: Inputs,
    },
    /// Runs every size of the lesson. Answered by [`Reply::Swept`]; each size also by progress.
    Sweep {
        /// What fixes each run; the size setting is replaced.
        inputs: Inputs,
    },
    /// Judges code by execution. Answered by [`Reply::Judged`].
    Judge {
        /// Changed files by name.
        files: BTreeMap<String, String>,
        /// Changed settings of the server: they are part of a fix.
        settings: BTreeMap<String, i64>,
    },
    /// Looks into a run. Answered by [`Reply::Inspected`].
    Inspect {
        /// What fixes the run.
        inputs: Inputs,
        /// Index of the event after which to look; none for the world before the first event.
        event: Option<u32>,
        /// What to look at.
        what: What,
    },
    /// Stops another request. Not answered itself; the other request is.
    Cancel {
        /// Id of that request.
        request: u64,
    },
    /// Plays an isolation spec. Needs no lesson. Answered by [`Reply::Played`].
    Isolation {
        /// Name of the spec, for its result.
        name: String,
        /// The spec, in isolationtester's grammar.
        spec: String,
    },
    /// Makes the first moves of a schedule and says what can come next. Answered by [`Reply::Offered`].
    Offers {
        /// What fixes the run besides its schedule; `choices` is left aside.
        inputs: Inputs,
        /// The schedule as text. One that goes on to the end is taken as all the moves that it makes.
        schedule: String,
        /// How many of its moves are made; all when there are fewer. The others can be redone.
        at: u32,
    },
    /// Reads a link. Answered by [`Reply::Linked`], or by [`Reply::Failed`] with why it was refused.
    ReadLink {
        /// The link, from `#` on.
        link: String,
    },
}

/// What can be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The committed content of every table.
    Tables,
    /// The database as an SQLite file.
    DatabaseFile,
}

/// What the engine answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// The engine is there. Sent once, unasked, with id 0.
    Ready {
        /// [`crate::PROTOCOL_VERSION`] of the engine.
        protocol: u32,
        /// Version of the engine.
        engine: String,
    },
    /// The lesson is open.
    Opened,
    /// Work goes on. `done` of `of` units; `unit` in the plural.
    Progress {
        /// How many are done.
        done: u64,
        /// Of how many.
        of: u64,
        /// What is counted: "requests", "cases".
        unit: String,
    },
    /// Mistakes and awaits.
    Checked(Checked),
    /// A run came to its end.
    Ran(Box<Ran>),
    /// Every size was run.
    Swept(Swept),
    /// A verdict.
    Judged(Box<Judged>),
    /// What was looked at.
    Inspected(Inspection),
    /// The request was cancelled; nothing of it is kept.
    Cancelled,
    /// The request cannot be answered.
    Failed {
        /// What, where, what was expected, what to do. Whole sentences.
        sentence: String,
    },
    /// An isolation spec was played.
    Played {
        /// Its result as JSON, byte for byte what `unhappy isolation --json` prints for it.
        json: String,
    },
    /// A run that is scheduled by hand stands still.
    Offered(Box<Offered>),
    /// A link was read.
    Linked(Box<Linked>),
    /// Every schedule is being looked at; this much was seen. Sent in place of [`Reply::Progress`].
    Exploring {
        /// Distinct states so far.
        states: u64,
        /// States that are still to go on from.
        frontier: u64,
        /// Schedules so far, in words.
        schedules: String,
        /// Promises that were seen broken.
        broken: u32,
    },
}

impl Reply {
    /// Returns whether the request goes on after this reply.
    pub fn is_progress(&self) -> bool {
        matches!(self, Reply::Progress { .. } | Reply::Exploring { .. })
    }
}

/// A verdict, in the page's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Sentence, family, findings.
    pub card: VerdictCard,
    /// What it is based on, as HTML.
    pub proof: String,
}

/// Where a run that is scheduled by hand stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// What fixes the run so far: its choices are the moves that were made.
    pub inputs: Inputs,
    /// The run so far.
    pub ran: Ran,
    /// What to show and to press.
    pub shown: ByHandShown,
}

/// What a link holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linked {
    /// What fixes its run.
    pub inputs: Inputs,
    /// Its run string.
    pub run: String,
}

/// Mistakes and awaits of some files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Checked {
    /// Mistakes, in order of file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// Awaits, in order of file and line.
    pub awaits: Vec<AwaitMark>,
}

/// A run that came to its end, also when a limit or a mistake in the code ended it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// The run string, with the trace hash.
    pub run: String,
    /// The link to the run, from `#` on; none when its code is too large for one.
    pub link: Option<String>,
    /// What happened, as the page shows it. The trace itself stays with the engine: it may have half a million
    /// events, and everything here is bounded.
    pub evidence: Evidence,
    /// Status and body of the first answer; none when no request was answered.
    pub first_answer: Option<(u16, Value)>,
    /// Mistakes that kept the code from running, or where it raised: marked in the editor.
    pub diagnostics: Vec<Diagnostic>,
}

/// Every size of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Swept {
    /// One point a size, ascending.
    pub points: Vec<SweepPoint>,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Inspection {
    /// Tables in the order of the schema.
    Tables(Vec<TableContent>),
    /// An SQLite database file.
    DatabaseFile(Vec<u8>),
}

/// The first rows of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableContent {
    /// Name of the table.
    pub name: String,
    /// Column names.
    pub columns: Vec<String>,
    /// The first rows, by key.
    pub rows: Vec<Vec<Value>>,
    /// How many rows there are in all.
    pub row_count: u64,
}

/// Writes a message.
pub fn encode<T: Serialize>(message: &Envelope<T>) -> Vec<u8> {
    postcard::to_allocvec(message).expect("a message has no value that postcard cannot write")
}

/// Reads a message; none when the bytes are none of this protocol version.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<Envelope<T>> {
    postcard::from_bytes(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that `tests/browser/isolation.spec.ts` writes and reads by itself.
    #[test]
    fn the_bytes_of_an_isolation_request_and_its_reply() {
        let request = Request::Isolation { name: "a".to_owned(), spec: "bc".to_owned() };
        assert_eq!(encode(&Envelope { id: 1, body: request }), b"\x01\x07\x01a\x02bc");
        let reply = Reply::Played { json: "{}".to_owned() };
        assert_eq!(encode(&Envelope { id: 300, body: reply }), b"\xac\x02\x0a\x02{}");
        let failed = Reply::Failed { sentence: "No.".to_owned() };
        assert_eq!(encode(&Envelope { id: 1, body: failed }), b"\x01\x09\x03No.");
        let progress = Reply::Progress { done: 1, of: 2, unit: String::new() };
        assert_eq!(encode(&Envelope { id: 1, body: progress })[..2], [1, 2]);
    }

    #[test]
    fn messages_read_back_and_damaged_ones_do_not() {
        let message = Envelope { id: 7, body: Request::Cancel { request: 6 } };
        let bytes = encode(&message);
        assert_eq!(decode(&bytes), Some(message));
        assert_eq!(decode::<Request>(&bytes[..1]), None);
        assert_eq!(decode::<Request>(&[0xff; 9]), None);
    }
}
