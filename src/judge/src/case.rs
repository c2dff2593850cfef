//! The cases that code is judged on: which data, which size, how many requests.
//!
//! In: a lesson. Out: cases in a fixed order: the size a learner sees, the other sizes, the hidden variants,
//! the data seeds. Not here: what is looked at in a case (`facts.rs`, `judging.rs`).

use std::collections::BTreeMap;
use unhappy_lesson::Lesson;
use unhappy_trace::{Choices, Inputs, text};

/// Data seed that learners see.
pub const DEFAULT_DATA_SEED: u64 = 1;

/// Requests of the default case: more than one, so that code which remembers something is seen doing it.
const DEFAULT_REQUESTS: u32 = 3;

/// Requests of a variant: the second one comes after the variant's change, if it has one.
const VARIANT_REQUESTS: u32 = 2;

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The case in words: "100 orders".
    pub name: String,
    /// What fixes its run, without files.
    pub inputs: Inputs,
    /// Every setting with its value in this case.
    pub settings: BTreeMap<String, i64>,
    /// Whether it is the case that learners see.
    pub is_default: bool,
    /// The size, when it differs from the default.
    pub size: Option<i64>,
}

/// Returns the cases of a lesson, the one that learners see first.
pub fn cases(lesson: &Lesson) -> Vec<Case> {
    let mut cases = vec![default_case(lesson)];
    let default_size = cases[0].settings.get(&lesson.sizes.setting).copied().unwrap_or(0);
    let sizes = lesson.sizes.values.iter().filter(|size| **size != default_size);
    cases.extend(sizes.map(|size| size_case(lesson, *size)));
    cases.extend(lesson.variants.iter().map(|variant| {
        let mut settings = lesson.default_settings();
        settings.extend(variant.settings.clone());
        let inputs = Inputs { variant: Some(variant.name.clone()), ..inputs(lesson, VARIANT_REQUESTS) };
        Case { name: variant.name.clone(), inputs, settings, is_default: false, size: None }
    }));
    cases.extend((2..=u64::from(lesson.data_seeds)).map(|data_seed| Case {
        name: format!("other data (seed {data_seed})"),
        inputs: Inputs { data_seed, ..inputs(lesson, 1) },
        settings: lesson.default_settings(),
        is_default: false,
        size: None,
    }));
    cases
}

fn default_case(lesson: &Lesson) -> Case {
    let settings = lesson.default_settings();
    let size = settings.get(&lesson.sizes.setting).copied().unwrap_or(0);
    Case {
        name: size_name(lesson, size),
        inputs: inputs(lesson, DEFAULT_REQUESTS),
        settings,
        is_default: true,
        size: None,
    }
}

fn size_case(lesson: &Lesson, size: i64) -> Case {
    let mut settings = lesson.default_settings();
    settings.insert(lesson.sizes.setting.clone(), size);
    let changed = BTreeMap::from([(lesson.sizes.setting.clone(), size)]);
    let inputs = Inputs { settings: changed, ..inputs(lesson, 1) };
    Case { name: size_name(lesson, size), inputs, settings, is_default: false, size: Some(size) }
}

fn size_name(lesson: &Lesson, size: i64) -> String {
    text::counted(size.max(0).unsigned_abs(), &lesson.row_noun, &format!("{}s", lesson.row_noun))
}

/// Returns the inputs of a run at the default size, without changed files.
pub fn inputs(lesson: &Lesson, requests: u32) -> Inputs {
    Inputs {
        files: BTreeMap::new(),
        settings: BTreeMap::new(),
        variant: None,
        data_seed: DEFAULT_DATA_SEED,
        seed: lesson.traffic.seed,
        requests,
        faults: vec![],
        choices: Choices::Timed,
    }
}
