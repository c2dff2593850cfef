//! The learner's prediction against what happened.

use crate::tally::Tally;
use unhappy_lesson::{PredictOption, Variables};
use unhappy_trace::text;

/// Words a prediction against the broken run. `facts` hold the run's numbers with the prefix `broken.`.
pub(crate) fn prediction_sentence(option: &PredictOption, facts: &Variables, tally: &Tally) -> String {
    let answer = option.text.trim_end_matches('.');
    let outcome = outcome(facts, tally);
    if option.right_when.holds(facts) == Ok(true) {
        format!("You predicted “{answer}”, and that is what happened. {outcome}")
    } else {
        format!("You predicted “{answer}”. {outcome}")
    }
}

/// What happened: the promises when the lesson makes some, else the statements of a request.
fn outcome(facts: &Variables, tally: &Tally) -> String {
    let broken: Vec<&str> = tally
        .promises
        .iter()
        .filter(|promise| promise.broke.is_some())
        .map(|promise| promise.sentence.as_str())
        .collect();
    match (tally.promises.len(), broken.as_slice(), facts.get("broken.statements")) {
        (0, _, Some(count)) => {
            format!("It was {}.", text::counted(count.unsigned_abs(), "statement", "statements"))
        }
        (0, _, None) => String::new(),
        (_, [], _) => "Every promise was kept in this run.".to_owned(),
        (_, broken, _) => format!("Broken: “{}”", broken.join("” “")),
    }
}

#[cfg(test)]
mod tests {
    use crate::Evidence;
    use crate::testing::{self, Writer};

    #[test]
    fn predictions_meet_the_outcome() {
        assert_eq!(
            testing::evidence(&testing::n_plus_one(1, 100)).predictions,
            [
                "You predicted “about 2”. It was 101 statements.",
                "You predicted “one per order”, and that is what happened. It was 101 statements.",
            ]
        );
    }

    #[test]
    fn promises_are_the_outcome_where_there_are_some() {
        let mut writer = Writer::new();
        writer.request("A", "POST", "/orders");
        writer.sql("A", 5, "INSERT INTO orders DEFAULT VALUES", "", "[]", 1);
        writer.broke("never_oversold", "item 1");
        let found = Evidence::of(&writer.recorder.finish(), &testing::shop(), &testing::inputs(1, 1));
        assert_eq!(
            found.predictions[0],
            "You predicted “about 2”, and that is what happened. Broken: “Never more orders than items.”"
        );
    }
}
