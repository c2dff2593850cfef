//! The steps of a lesson: eight on the path, and what to take away after it.
//!
//! Source of the order: the loop of every lesson (design of the course).

/// A step of a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The ticket and the code that was written for it.
    Brief,
    /// One request, green.
    HappyPath,
    /// One question before the traffic.
    Predict,
    /// Production traffic on the lesson's code.
    BreakIt,
    /// The evidence.
    Look,
    /// Changing the code.
    Fix,
    /// Before and after on the same traffic.
    Compare,
    /// The judge.
    Prove,
    /// What to remember. After the path, without a dot.
    TakeAway,
}

impl Step {
    /// The eight steps that have a dot, in order.
    pub const PATH: [Step; 8] = [
        Step::Brief,
        Step::HappyPath,
        Step::Predict,
        Step::BreakIt,
        Step::Look,
        Step::Fix,
        Step::Compare,
        Step::Prove,
    ];

    /// Returns the key in `data-step` and in stored progress.
    pub fn key(self) -> &'static str {
        match self {
            Step::Brief => "brief",
            Step::HappyPath => "happy-path",
            Step::Predict => "predict",
            Step::BreakIt => "break-it",
            Step::Look => "look",
            Step::Fix => "fix",
            Step::Compare => "compare",
            Step::Prove => "prove",
            Step::TakeAway => "take-away",
        }
    }

    /// Returns the name on the page.
    pub fn label(self) -> &'static str {
        match self {
            Step::Brief => "Brief",
            Step::HappyPath => "Happy path",
            Step::Predict => "Predict",
            Step::BreakIt => "Break it",
            Step::Look => "Look",
            Step::Fix => "Fix",
            Step::Compare => "Compare",
            Step::Prove => "Prove",
            Step::TakeAway => "Take away",
        }
    }

    /// Returns the step with that key.
    pub fn from_key(key: &str) -> Option<Step> {
        Step::PATH.into_iter().chain([Step::TakeAway]).find(|step| step.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        for step in Step::PATH.into_iter().chain([Step::TakeAway]) {
            assert_eq!(Step::from_key(step.key()), Some(step));
        }
        assert_eq!(Step::from_key("ship-it"), None);
    }
}
