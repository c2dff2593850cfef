//! What a run shows, in the learner's words.
//!
//! Owns: wording and arithmetic of everything that the page draws: sentences, figures, tick strips, tables,
//! plots, line counts, and the HTML of a lesson's text column. In: lessons, traces, reports, verdicts. Out:
//! plain structs and text. Not here: drawing (`web`), deciding (`judge`), and anything that runs.

mod budget;
mod by_hand;
mod cells;
mod code;
mod comparison;
mod course;
mod evidence;
mod facts;
mod figures;
mod html;
mod json;
mod latency;
mod lines;
mod output;
mod place;
mod plot;
mod prediction;
mod promises;
mod proof;
mod prose;
mod schedule;
mod sentence;
mod shapes;
mod step;
mod summary;
mod tally;
#[cfg(test)]
mod testing;
mod ticks;
mod verdict;

pub use by_hand::{ByHand, ByHandShown};
pub use cells::cell_text;
pub use code::{CodeLanguage, CodeSpan, SpanKind, code_lines};
pub use comparison::{Answer, Comparison, Side};
pub use course::{Track, home_html, tracks};
pub use evidence::Evidence;
pub use figures::{Figure, Tone, figures, figures_of_answer, recorded_figures};
pub use latency::{LatencyRow, latency_rows};
pub use lines::{LineMark, recorded_line_marks};
pub use output::{Output, PrintedLine, RaisedGroup, Remark, SqlErrorGroup};
pub use place::PlaceLink;
pub use plot::{AxisTick, Measure, Plot, PlotPoint, PlotSeries, plot};
pub use proof::{cost_words, exploring_words, proof_html};
pub use prose::{SLOTS, prose_html};
pub use schedule::{Column, Insight, MOST_COLUMNS, MOST_ROWS, Row, RowKind, Schedule, SideValue};
pub use sentence::{
    Headline, headline_of_answer, headline_of_comparison, headline_of_run, recorded_headline,
};
pub use shapes::{PlanLine, ShapeRow};
pub use step::Step;
pub use summary::{AnswerLine, Summary};
pub use tally::{BrokenPromiseLine, ComparedLine, PromiseLine, Tally, TallyGroup, TallyLine};
pub use ticks::{MOST_TICKS, Tick, TickStrip, strip_of_count};
pub use verdict::{FindingRow, VerdictCard, verdict_card};

/// How time is counted, one sentence an item. The constants themselves belong to the engine.
pub const HOW_TIME_IS_COUNTED: [&str; 4] = [
    "Time here is simulated. It does not depend on your computer, so the same seed gives the same numbers.",
    "Each statement costs one round trip to the database, about half a millisecond with some jitter.",
    "Then it costs a little for every instruction that SQLite executes and for every row that it visits.",
    "Your Python code itself costs no simulated time. Production servers are slower and less even than this.",
];
