//! The workbench of a lesson and what belongs to it.

mod bench;
mod evidence;
mod follow;
mod saved;
mod slots;

pub use bench::Workbench;
pub use saved::load_progress as saved_progress;
