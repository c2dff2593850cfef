//! The learner's prediction against what happened.

use unhappy_lesson::{PredictOption, Variables};
use unhappy_trace::text;

/// Words a prediction against the broken run. `facts` hold the run's numbers with the prefix `broken.`.
pub fn prediction_sentence(option: &PredictOption, facts: &Variables) -> String {
    let answer = option.text.trim_end_matches('.');
    let outcome = match facts.get("broken.statements") {
        Some(count) => {
            format!("It was {}.", text::counted(count.unsigned_abs(), "statement", "statements"))
        }
        None => String::new(),
    };
    if option.right_when.holds(facts) == Ok(true) {
        format!("You predicted “{answer}”, and that is what happened. {outcome}")
    } else {
        format!("You predicted “{answer}”. {outcome}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::run_facts;
    use crate::testing;
    use unhappy_trace::Report;

    #[test]
    fn predictions_meet_the_outcome() {
        let lesson = testing::lesson();
        let report = Report::of(&testing::n_plus_one(1, 100));
        let facts = run_facts(&lesson, &testing::inputs(1, 100), &report, "broken.");
        let shown: Vec<String> =
            lesson.predict.options.iter().map(|option| prediction_sentence(option, &facts)).collect();
        assert_eq!(
            shown,
            [
                "You predicted “about 2”. It was 101 statements.",
                "You predicted “one per order”, and that is what happened. It was 101 statements.",
            ]
        );
    }
}
