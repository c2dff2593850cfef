//! Formulas and sentences over a closed set of named numbers.

use super::node::Spot;
use super::problem::{Source, nearest};
use super::vocabulary::{self, Fact};
use crate::{Formula, Promise, Setting};

/// The names that formulas may use.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) source: &'a Source<'a>,
    known: Vec<String>,
}

impl<'a> Facts<'a> {
    /// The names of `tables`, those ending in `.KEY` once for every promise, and the settings' keys.
    pub(super) fn new(
        source: &'a Source<'a>,
        tables: &[&'static [Fact]],
        settings: &[Setting],
        promises: &[Promise],
    ) -> Facts<'a> {
        let mut known: Vec<String> = vec![];
        for name in tables.iter().flat_map(|facts| vocabulary::names(facts)) {
            match name.strip_suffix("KEY") {
                None => known.push(name.to_owned()),
                Some(stem) => known.extend(promises.iter().map(|promise| format!("{stem}{}", promise.key))),
            }
        }
        known.extend(settings.iter().map(|setting| setting.key.clone()));
        Facts { source, known }
    }

    /// Reads a formula over these names.
    pub(super) fn formula(&self, text: &Spot<String>) -> Option<Formula> {
        let formula = match Formula::parse(&text.value) {
            Ok(formula) => formula,
            Err(error) => {
                self.source.refuse(text.start, error.to_string());
                return None;
            }
        };
        for name in formula.names() {
            if !self.known.iter().any(|known| known == name) {
                self.unknown(text.start, name);
            }
        }
        Some(formula)
    }

    fn unknown(&self, start: usize, name: &str) {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        let hint = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        self.source.refuse_with_hint(start, format!("there is no fact `{name}`"), hint);
    }

    /// Checks the names in braces of a sentence.
    pub(super) fn check_sentence(&self, text: &Spot<String>) {
        for piece in text.value.split('{').skip(1) {
            let name = piece.split('}').next().unwrap_or_default();
            if !self.known.iter().any(|known| known == name) {
                self.unknown(text.start, name);
            }
        }
    }
}
