//! What the pages are made of: functions from small values to HTML. They draw, and report what the learner
//! does; the page decides.
//!
//! A Yew component costs some kilobytes of code each, so only parts with a life of their own are components:
//! the editor, and the evidence, which is drawn again only when the run changes.

mod by_hand;
mod code_pane;
mod evidence;
mod figures;
mod headline;
mod hints;
mod latency;
mod markup;
mod next;
mod output;
mod path;
mod pieces;
mod plot;
mod predict;
mod run_bar;
mod runs;
mod same;
mod schedule;
mod settings;
mod shapes;
mod strips;
mod tables;
mod tabs;
mod tally;
mod top_bar;
mod verdict;
mod versions;

pub use by_hand::by_hand;
pub use code_pane::CodePane;
pub use evidence::{BeforeShown, EvidencePanel, Extent, noun};
pub use hints::hints;
pub use markup::{Clicked, clicked};
pub use next::{next_button, prove_label};
pub use output::diagnostics_list;
pub use path::path_bar;
pub use pieces::{banner, button, on_click};
pub use predict::predict_form;
pub use run_bar::{RunBar, Working, run_bar};
pub use runs::runs_list;
pub use same::Same;
pub use settings::settings_panel;
pub use tables::tables;
pub use tabs::{Tab, panel_id, tab_id, tab_list};
pub use top_bar::top_bar;
pub use verdict::verdict_panel;
pub use versions::versions;
