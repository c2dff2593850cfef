//! The pages of the site.

mod bench;
mod home;
mod lesson;
mod not_found;
mod saved;
mod slots;

pub use home::Home;
pub use lesson::LessonPage;
pub use not_found::NotFound;
