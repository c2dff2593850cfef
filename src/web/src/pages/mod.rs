//! The pages of the site.

mod bench;
mod evidence;
mod follow;
pub mod home;
mod lesson;
mod saved;
mod slots;

pub use lesson::LessonPage;
