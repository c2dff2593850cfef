//! The pages of the site: one shell, filled once per page.
//!
//! In: the HTML that Trunk left, the table of assets, what `unhappy prerender` says of each page. Out: text.
//! Titles and descriptions are escaped here; the prose is HTML already and comes from our own lessons.

use anyhow::{Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::assets::Assets;
use crate::site::RELATIVE_URL;

/// What `unhappy prerender` prints.
#[derive(Debug, Deserialize)]
pub struct Prerendered {
    pub pages: Vec<Page>,
}

/// One page: its place below the site's root, and what stands in it before any script runs.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// Empty for the first page, else `lesson/n-plus-one`.
    pub path: String,
    pub title: String,
    pub description: String,
    pub body_html: String,
    /// Read by the page's script from `#lesson-data`.
    pub data: Value,
}

impl Page {
    /// The page for addresses that lead nowhere.
    pub fn not_found() -> Self {
        Self {
            path: String::new(),
            title: "No such page · Unhappy Path".to_owned(),
            description: "Nothing is at this address.".to_owned(),
            body_html: "<h1>No such page</h1><p>Nothing is at this address. All lessons are listed on the \
                        first page.</p>"
                .to_owned(),
            data: Value::Null,
        }
    }

    /// The lesson's name in addresses, empty on pages that are no lesson.
    fn slug(&self) -> &str {
        self.path.strip_prefix("lesson/").unwrap_or_default()
    }

    /// What the styles know the text column by, before any script runs.
    fn class(&self) -> &'static str {
        if self.slug().is_empty() { "cover" } else { "task" }
    }

    /// The file of the page in the built site.
    pub fn file(&self) -> Result<String> {
        let is_part = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        match self.path.as_str() {
            "" => Ok("index.html".to_owned()),
            path if path.split('/').all(is_part) => Ok(format!("{path}/index.html")),
            path => bail!("page {path:?}: expected lower case words with hyphens, between slashes"),
        }
    }

    /// What `<base href>` says on this page, so that every name in it counts from the site's root.
    fn base(&self, public_url: &str) -> String {
        let depth = self.path.split('/').filter(|part| !part.is_empty()).count();
        match public_url {
            RELATIVE_URL if depth > 0 => "../".repeat(depth),
            other => other.to_owned(),
        }
    }
}

/// Fills the shell for one page.
pub fn render(shell: &str, page: &Page, assets: &Assets, public_url: &str) -> Result<String> {
    Ok(fill(
        shell,
        &[
            ("__BASE__", &escaped(&page.base(public_url))),
            ("__TITLE__", &escaped(&page.title)),
            ("__DESCRIPTION__", &escaped(&page.description)),
            ("__SLUG__", &escaped(page.slug())),
            ("__CLASS__", page.class()),
            ("__PROSE__", &page.body_html),
            ("\"__ASSETS__\"", &json_in_html(assets)?),
            ("\"__DATA__\"", &json_in_html(&page.data)?),
        ],
    ))
}

/// Replaces placeholders from left to right, so that text put in is never looked at again.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    let next =
        |rest: &str| values.iter().filter_map(|(name, value)| Some((rest.find(name)?, *name, *value))).min();
    while let Some((at, name, value)) = next(rest) {
        filled.push_str(&rest[..at]);
        filled.push_str(value);
        rest = &rest[at + name.len()..];
    }
    filled + rest
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// JSON that can stand inside a `<script>` element: nothing in it can end the element.
fn json_in_html(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str) -> Page {
        Page {
            path: path.to_owned(),
            title: "A \"b\" & <c>".to_owned(),
            description: "__TITLE__".to_owned(),
            body_html: "<p>__DATA__ and __TITLE__</p>".to_owned(),
            data: serde_json::json!({ "text": "</script>" }),
        }
    }

    #[test]
    fn text_put_in_is_escaped_and_never_filled_again() {
        let shell = "<title>__TITLE__</title><meta content=\"__DESCRIPTION__\">__PROSE__<script>\"__DATA__\"</script>";
        assert_eq!(
            render(shell, &page(""), &Assets::new(), "/").unwrap(),
            "<title>A &quot;b&quot; &amp; &lt;c&gt;</title><meta content=\"__TITLE__\">\
             <p>__DATA__ and __TITLE__</p><script>{\"text\":\"\\u003c/script>\"}</script>"
        );
    }

    #[test]
    fn files_slugs_and_bases() {
        #[track_caller]
        fn check(path: &str, public_url: &str, expected: [&str; 3]) {
            let page = page(path);
            assert_eq!([&page.file().unwrap(), page.slug(), &page.base(public_url)], expected);
        }
        check("", "./", ["index.html", "", "./"]);
        check("", "/lab/", ["index.html", "", "/lab/"]);
        check("lesson/n-plus-one", "./", ["lesson/n-plus-one/index.html", "n-plus-one", "../../"]);
        check("lesson/n-plus-one", "/lab/", ["lesson/n-plus-one/index.html", "n-plus-one", "/lab/"]);
        check("about", "./", ["about/index.html", "", "../"]);
    }

    #[test]
    fn a_path_stays_inside_the_site() {
        for path in ["../x", "/x", "x/", "x//y", "X", "lesson/a b"] {
            assert!(page(path).file().is_err(), "{path:?}");
        }
    }
}
