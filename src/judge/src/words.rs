//! Sentences and names that both ways of judging share.
//!
//! In: runs and facts. Out: what kept a run from answering, sentences with their facts filled in, the family
//! whose facts hold.

use unhappy_lesson::{Experiment, Lesson, Variables};
use unhappy_sim::Finished;
use unhappy_trace::{EventKind, Family, text};

/// What kept a run from answering every request, in a sentence.
pub(crate) fn failure(finished: &Finished) -> Option<String> {
    if let Some(sentence) = &finished.stopped {
        return Some(sentence.clone());
    }
    let trace = &finished.trace;
    let status = trace.events.iter().find_map(|event| match &event.kind {
        EventKind::Responded(responded) if responded.status >= 500 => Some(responded.status),
        _ => None,
    })?;
    let raised = trace.events.iter().find_map(|event| match &event.kind {
        EventKind::Raised(raised) => Some(raised),
        _ => None,
    });
    let cause = raised.map_or_else(String::new, |raised| {
        let place = raised
            .frames
            .last()
            .map_or_else(String::new, |place| format!(" ({}, line {})", trace.text(place.file), place.line));
        format!(": {}: {}{place}", trace.text(raised.class), trace.text(raised.message))
    });
    Some(format!("a request was answered with {status}{cause}."))
}

/// Puts facts into a sentence: `{statements}` becomes 101.
pub(crate) fn filled(sentence: &str, named: &Variables) -> String {
    named.iter().fold(sentence.to_owned(), |sentence, (name, value)| {
        sentence.replace(&format!("{{{name}}}"), &text::signed(*value))
    })
}

/// The first family whose facts all hold, among fixes or wrong fixes.
pub(crate) fn family(lesson: &Lesson, accepted: bool, named: &Variables) -> Option<Family> {
    let families = if accepted { &lesson.fixes } else { &lesson.wrong };
    let holds = |family: &&Experiment| family.when.iter().all(|fact| fact.holds(named) == Ok(true));
    let family = families.iter().find(holds)?;
    Some(Family { key: family.key.clone(), name: family.name.clone(), text: family.text.clone() })
}

/// A sentence that stopped a run, with the case in front.
pub(crate) fn failure_words(sentence: &str, case: &str) -> String {
    format!("With {case}: {sentence}")
}
