//! The addresses of the site, below its root.

use yew_router::Routable;

/// A page.
#[derive(Debug, Clone, PartialEq, Routable)]
pub enum Route {
    /// All lessons.
    #[at("/")]
    Home,
    /// One lesson.
    #[at("/lesson/:slug")]
    Lesson {
        /// Name of its folder.
        slug: String,
    },
    /// Nothing is there.
    #[not_found]
    #[at("/404")]
    NotFound,
}

impl Route {
    /// Returns the page at a path below the root, with or without slash at its end; none when nothing is
    /// there.
    pub fn at(path: &str) -> Option<Route> {
        let trimmed = path.trim_end_matches('/');
        Route::recognize(if trimmed.is_empty() { "/" } else { trimmed })
            .filter(|route| *route != Route::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let lesson = |slug: &str| Some(Route::Lesson { slug: slug.into() });
        for (path, expected) in [
            ("/", Some(Route::Home)),
            ("/lesson/n-plus-one", lesson("n-plus-one")),
            ("/lesson/n-plus-one/", lesson("n-plus-one")),
            ("/lesson", None),
            ("/course.bin", None),
        ] {
            assert_eq!(Route::at(path), expected, "{path}");
        }
    }
}
