//! The pages of the site.

mod bench;
mod evidence;
mod follow;
mod lesson;
mod saved;
mod slots;

pub use lesson::LessonPage;
pub use saved::load_progress as saved_progress;
