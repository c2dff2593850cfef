//! Which budgets of a lesson a run breaks, in the lesson's own sentences.
//!
//! A budget whose formula needs a fact that one run does not have is left to the judge.

use crate::facts::{fill, run_facts};
use crate::sentence::sentence;
use unhappy_lesson::Lesson;
use unhappy_trace::{Inputs, Report, text};

/// Returns the sentence of each budget that the run breaks.
pub(crate) fn broken_budgets(lesson: &Lesson, inputs: &Inputs, report: &Report) -> Vec<String> {
    let facts = run_facts(lesson, inputs, report, "");
    let shown = |name: &str| facts.get(name).map(|value| text::thousands(value.unsigned_abs()));
    lesson
        .budgets
        .iter()
        .filter(|budget| budget.formula.holds(&facts) == Ok(false))
        .map(|budget| sentence(&fill(&budget.sentence, shown)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    // The sample lesson allows 3 statements a request: 1 + 1 keeps to it, 1 + 100 does not.
    #[test]
    fn a_broken_budget_says_its_sentence() {
        for (orders, expected) in [
            (1, vec![]),
            (100, vec!["One request sent 101 statements: they grow with the orders.".to_owned()]),
        ] {
            let report = Report::of(&testing::n_plus_one(1, orders));
            let inputs = testing::inputs(1, orders);
            assert_eq!(broken_budgets(&testing::lesson(), &inputs, &report), expected);
        }
    }
}
