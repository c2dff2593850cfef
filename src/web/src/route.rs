//! The addresses of the site, below its root.
//!
//! There are two. A router crate costs the page 35 kB of the 300 that it may have until code is editable, so
//! this is one.

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// All lessons.
    Home,
    /// One lesson, by the name of its folder.
    Lesson(String),
    /// Nothing is there.
    NotFound,
}

impl Route {
    /// Returns the page at a path below the root, with or without slash at its end.
    pub fn at(path: &str) -> Route {
        match path.trim_matches('/').split_once('/') {
            None if path.trim_matches('/').is_empty() => Route::Home,
            Some(("lesson", slug)) if !slug.contains('/') => Route::Lesson(slug.to_owned()),
            _ => Route::NotFound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let lesson = |slug: &str| Route::Lesson(slug.into());
        for (path, expected) in [
            ("", Route::Home),
            ("/", Route::Home),
            ("/lesson/n-plus-one", lesson("n-plus-one")),
            ("lesson/n-plus-one/", lesson("n-plus-one")),
            ("/lesson", Route::NotFound),
            ("/lesson/a/b", Route::NotFound),
            ("/course.bin", Route::NotFound),
        ] {
            assert_eq!(Route::at(path), expected, "{path}");
        }
    }
}
