//! Formulas and sentences over a closed set of named numbers.

use super::node::Spot;
use super::problem::{Source, nearest};
use super::vocabulary::{self, Fact};
use super::world::World;
use crate::Formula;

/// The names that formulas may use.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) source: &'a Source<'a>,
    known: Vec<&'a str>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(source: &'a Source<'a>, tables: &[&'static [Fact]], world: &'a World) -> Facts<'a> {
        let mut known: Vec<&'a str> = tables.iter().flat_map(|facts| vocabulary::names(facts)).collect();
        known.extend(world.settings.iter().map(|setting| setting.key.as_str()));
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
            if !self.known.contains(&name) {
                self.unknown(text.start, name);
            }
        }
        Some(formula)
    }

    fn unknown(&self, start: usize, name: &str) {
        let hint = match nearest(name, &self.known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", self.known.join(", ")),
        };
        self.source.refuse_with_hint(start, format!("there is no fact `{name}`"), hint);
    }

    /// Checks the names in braces of a sentence.
    pub(super) fn check_sentence(&self, text: &Spot<String>) {
        for piece in text.value.split('{').skip(1) {
            let name = piece.split('}').next().unwrap_or_default();
            if !self.known.contains(&name) {
                self.unknown(text.start, name);
            }
        }
    }
}
