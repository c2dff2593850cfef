//! What can happen on a lesson page.

use super::EvidenceView;
use crate::engine::Told;
use unhappy_view::{PlaceLink, Step};

/// Something that happened.
#[derive(Debug)]
pub enum Action {
    /// The learner changed a file.
    Edit {
        /// Its name.
        file: String,
        /// Its whole text.
        text: String,
    },
    /// No key was pressed for a moment: the text may be checked.
    Settled,
    /// The learner opened a file.
    OpenFile(usize),
    /// The learner follows a link to a line, marked in the colour of a request: 0, 1, or 2 for neither.
    Jump(PlaceLink, u8),
    /// The caret went to another line.
    Caret(PlaceLink),
    /// The learner typed a value for the setting of that key.
    Set(String, String),
    /// The learner chose a size.
    SetSize(i64),
    /// The learner chose a seed.
    SetSeed(u64),
    /// The learner goes to a step.
    Go(Step),
    /// The learner marks an answer to the question, not given yet.
    Choose(usize),
    /// The learner gives the marked answer.
    Predict,
    /// The learner opened one more hint.
    OpenHint,
    /// The learner sends one request.
    RunOne,
    /// The learner sends production traffic.
    RunTraffic,
    /// The learner asks the judge.
    Prove,
    /// The learner stops what is under way.
    Stop,
    /// The learner tries a version of the lesson, by its key.
    Try(String),
    /// The learner goes back to their own code.
    BackToMine,
    /// The learner wants the lesson's code again (true), or rather not (false).
    AskReset(bool),
    /// The learner is sure.
    Reset,
    /// The learner takes the last replacement of their code back.
    Undo,
    /// The learner looks at a run again.
    ShowRun(u32),
    /// The learner pins a run as "before", or unpins it.
    Pin(Option<u32>),
    /// The learner opens the run of a finding, by its place in the verdict.
    OpenFinding(usize),
    /// The learner makes the first moves of a schedule by hand.
    Play {
        /// The schedule as text.
        schedule: String,
        /// How many of its moves.
        at: u32,
        /// Whether it is another run than the one that stands there.
        is_fresh: bool,
    },
    /// The learner steps through the run of a finding, by its place in the verdict.
    StepThrough(usize),
    /// The learner schedules nothing by hand any more.
    LeaveHand,
    /// The page was opened with a link to a run.
    OpenLink(String),
    /// The learner chose a view of the evidence.
    View(EvidenceView),
    /// The learner wants to see everything before answering the question.
    Reveal,
    /// The learner has read what went wrong.
    DismissTrouble,
    /// The learner wants the engine to be tried again.
    Retry,
    /// A job that the learner waits for takes a while.
    Late(u64),
    /// A background request becomes due.
    Background,
    /// The engine said something.
    Engine(Told),
    /// Nothing can be stored.
    StorageFailed,
}
