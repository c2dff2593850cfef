//! Runs are values: the inputs that fix a run, and the one-line string that names it.
//!
//! A run string holds digests of the files, never the files. Its grammar is that of a URL query
//! (WHATWG URL, application/x-www-form-urlencoded), keys in this order:
//!
//! `run=1&engine=E&lesson=ID&data=N&seed=N&requests=N[&variant=NAME][&set=KEY:N …]&file=NAME:DIGEST …[&fault=FAULT …]&choices=CHOICES[&trace=DIGEST]`
//!
//! CHOICES is `timed`, `random`, or `by:` and a schedule (`schedule.rs`).

use crate::Digest;
use crate::schedule::{Choices, Fault};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the run string's grammar.
const FORMAT: &str = "1";

/// Everything that fixes a run besides the lesson itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Files as the learner has them, by name. A file that is missing here is the lesson's own.
    pub files: BTreeMap<String, String>,
    /// Settings that differ from the lesson's defaults, e.g. `orders` = 1000.
    pub settings: BTreeMap<String, i64>,
    /// A named variant of the data, applied after it was made.
    pub variant: Option<String>,
    /// Seed of the made-up data.
    pub data_seed: u64,
    /// Seed of traffic and latencies.
    pub seed: u64,
    /// How many requests the clients send, or operations they begin.
    pub requests: u32,
    /// Faults chosen by hand: each happens at the first chance of its thing.
    pub faults: Vec<Fault>,
    /// Who decides which actor moves.
    pub choices: Choices,
}

/// The name of a run: what went in, and the hash that must come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunString {
    /// Version of the engine that made it.
    pub engine: String,
    /// The lesson's id.
    pub lesson: String,
    /// Digest of each file of the lesson that the run reads, by name.
    pub files: BTreeMap<String, Digest>,
    /// Settings that differ from the defaults.
    pub settings: BTreeMap<String, i64>,
    /// A named variant of the data.
    pub variant: Option<String>,
    /// Seed of the made-up data.
    pub data_seed: u64,
    /// Seed of traffic and latencies.
    pub seed: u64,
    /// How many requests.
    pub requests: u32,
    /// Faults chosen by hand.
    pub faults: Vec<Fault>,
    /// Who decides which actor moves.
    pub choices: Choices,
    /// The trace hash of the run, once it ran.
    pub trace: Option<Digest>,
}

/// Why a run string was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunStringError {
    /// Another version of the grammar.
    #[error("run string: version is {found:?}, this engine reads version {FORMAT}")]
    Version {
        /// What stood there.
        found: String,
    },
    /// A part is missing.
    #[error("run string: {key} is missing")]
    Missing {
        /// Which.
        key: &'static str,
    },
    /// A part does not read.
    #[error("run string: {key} is {found:?}, expected {expected}")]
    Unreadable {
        /// Which.
        key: String,
        /// What stood there.
        found: String,
        /// What should stand there.
        expected: &'static str,
    },
}

impl std::fmt::Display for RunString {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("run", FORMAT)
            .append_pair("engine", &self.engine)
            .append_pair("lesson", &self.lesson);
        query.append_pair("data", &self.data_seed.to_string()).append_pair("seed", &self.seed.to_string());
        query.append_pair("requests", &self.requests.to_string());
        if let Some(variant) = &self.variant {
            query.append_pair("variant", variant);
        }
        for (key, value) in &self.settings {
            query.append_pair("set", &format!("{key}:{value}"));
        }
        for (name, digest) in &self.files {
            query.append_pair("file", &format!("{name}:{digest}"));
        }
        for fault in &self.faults {
            query.append_pair("fault", &fault.to_string());
        }
        query.append_pair("choices", &self.choices.to_string());
        if let Some(trace) = &self.trace {
            query.append_pair("trace", &trace.to_string());
        }
        out.write_str(&query.finish())
    }
}

impl std::str::FromStr for RunString {
    type Err = RunStringError;

    fn from_str(text: &str) -> Result<RunString, RunStringError> {
        let mut single: BTreeMap<String, String> = BTreeMap::new();
        let (mut files, mut settings, mut faults) = (BTreeMap::new(), BTreeMap::new(), vec![]);
        for (key, value) in form_urlencoded::parse(text.as_bytes()) {
            match key.as_ref() {
                "file" => {
                    let (name, digest) = pair(&key, &value, "NAME:DIGEST")?;
                    files.insert(name, read(&key, &digest, "32 hexadecimal digits", Digest::from_hex)?);
                }
                "set" => {
                    let (name, number) = pair(&key, &value, "KEY:NUMBER")?;
                    settings.insert(name, read(&key, &number, "a whole number", |text| text.parse().ok())?);
                }
                "fault" => {
                    let expected = "a fault such as A.response!lost";
                    faults.push(read(&key, &value, expected, |text| text.parse().ok())?);
                }
                _ => {
                    single.insert(key.into_owned(), value.into_owned());
                }
            }
        }
        let take = |key: &'static str| single.get(key).cloned().ok_or(RunStringError::Missing { key });
        let version = take("run")?;
        if version != FORMAT {
            return Err(RunStringError::Version { found: version });
        }
        let number = |key: &'static str| {
            take(key).and_then(|text| read(key, &text, "a whole number", |text| text.parse::<u64>().ok()))
        };
        let choices = take("choices")?;
        let choices =
            read("choices", &choices, "timed, random, or by: and a schedule", |text| text.parse().ok())?;
        Ok(RunString {
            engine: take("engine")?,
            lesson: take("lesson")?,
            data_seed: number("data")?,
            seed: number("seed")?,
            requests: read("requests", &take("requests")?, "a whole number", |text| text.parse().ok())?,
            variant: single.get("variant").cloned(),
            trace: match single.get("trace") {
                Some(text) => Some(read("trace", text, "32 hexadecimal digits", Digest::from_hex)?),
                None => None,
            },
            files,
            settings,
            faults,
            choices,
        })
    }
}

fn pair(key: &str, value: &str, expected: &'static str) -> Result<(String, String), RunStringError> {
    value
        .rsplit_once(':')
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .ok_or_else(|| RunStringError::Unreadable { key: key.to_owned(), found: value.to_owned(), expected })
}

fn read<T>(
    key: &str,
    text: &str,
    expected: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, RunStringError> {
    parse(text).ok_or_else(|| RunStringError::Unreadable {
        key: key.to_owned(),
        found: text.to_owned(),
        expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> RunString {
        RunString {
            engine: "0.1.0".into(),
            lesson: "b3b1".into(),
            files: BTreeMap::from([("server.py".into(), Digest::of(b"code"))]),
            settings: BTreeMap::from([("orders".into(), 100)]),
            variant: Some("a guest & more".into()),
            data_seed: 1,
            seed: 42,
            requests: 50,
            faults: vec!["A.response!lost".parse().expect("the fault reads")],
            choices: "by:A B A".parse().expect("the choices read"),
            trace: Some(Digest::of(b"trace")),
        }
    }

    #[test]
    fn a_run_string_reads_back() {
        let run = sample();
        assert_eq!(run.to_string().parse(), Ok(run.clone()));
        assert!(run.to_string().starts_with("run=1&engine=0.1.0&lesson=b3b1&data=1&seed=42&requests=50&"));
    }

    #[test]
    fn a_broken_run_string_says_what_is_wrong() {
        let text = sample().to_string();
        for (broken, expected) in [
            (text.replace("run=1", "run=9"), "run string: version is \"9\", this engine reads version 1"),
            (text.replace("seed=42&", ""), "run string: seed is missing"),
            (text.replace("seed=42", "seed=x"), "run string: seed is \"x\", expected a whole number"),
            (
                text.replace("choices=by%3AA", "choices=by%3A%21"),
                "run string: choices is \"by:! B A\", expected timed, random, or by: and a schedule",
            ),
            (
                text.replace("response%21lost", "response"),
                "run string: fault is \"A.response\", expected a fault such as A.response!lost",
            ),
            (text.replace("orders%3A100", "orders"), "run string: set is \"orders\", expected KEY:NUMBER"),
        ] {
            let error = broken.parse::<RunString>().expect_err("a broken string must be refused");
            assert_eq!(error.to_string(), expected);
        }
    }
}
