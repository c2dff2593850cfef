//! The arguments of a call, read by name with their types checked.
//!
//! In: a call and the parameters of what it calls. Out: values of the right type, or a sentence that says which
//! argument is wrong, what it was and what was expected.

use super::ServiceCall;
use super::limits::NAME_BYTES;
use unhappy_trace::{SimDuration, Value, text};

/// Characters of a wrong argument that a sentence shows.
const SHOWN_CHARACTERS: usize = 60;

/// The arguments that a call gave.
#[derive(Debug)]
pub struct Given<'a> {
    call: &'a str,
    values: Vec<(&'static str, &'a Value)>,
}

/// Reads the arguments of a call: by position in the order of `parameters`, or by name. `None` is not given.
pub fn read<'a>(call: ServiceCall<'a>, parameters: &'static [&'static str]) -> Result<Given<'a>, String> {
    let mut given = Given { call: call.name, values: Vec::new() };
    if call.args.len() > parameters.len() {
        return Err(format!(
            "{}: {} given by position, expected at most {}",
            call.name,
            text::counted(call.args.len() as u64, "argument", "arguments"),
            parameters.len()
        ));
    }
    for (parameter, value) in parameters.iter().zip(call.args) {
        given.values.push((parameter, value));
    }
    if let Value::Map(fields) = call.fields {
        for (name, value) in fields {
            given.add(name, value, parameters)?;
        }
    }
    given.values.retain(|(_, value)| **value != Value::Null);
    Ok(given)
}

impl<'a> Given<'a> {
    fn add(
        &mut self,
        name: &str,
        value: &'a Value,
        parameters: &'static [&'static str],
    ) -> Result<(), String> {
        let Some(parameter) = parameters.iter().find(|parameter| **parameter == name) else {
            return Err(format!("{} has no parameter {name}; it has {}", self.call, parameters.join(", ")));
        };
        if self.find(parameter).is_some() {
            return Err(format!("{}: {name} is given twice", self.call));
        }
        self.values.push((parameter, value));
        Ok(())
    }

    fn find(&self, parameter: &str) -> Option<&'a Value> {
        self.values.iter().find(|(name, _)| *name == parameter).map(|(_, value)| *value)
    }

    fn need<T>(&self, parameter: &str, found: Option<T>) -> Result<T, String> {
        found.ok_or_else(|| format!("{}: {parameter} is missing", self.call))
    }

    /// The sentence about an argument of the wrong type or size.
    pub fn wrong(&self, parameter: &str, expected: &str) -> String {
        let shown = self.find(parameter).map_or_else(|| "None".to_owned(), shown);
        format!("{}: {parameter} is {shown}, expected {expected}", self.call)
    }

    /// Returns an argument of any type; `None` when it was not given.
    pub fn any(&self, parameter: &str) -> Value {
        self.find(parameter).cloned().unwrap_or(Value::Null)
    }

    /// Returns a text that need not be given. It is not empty and not longer than a name may be.
    pub fn optional_name(&self, parameter: &str) -> Result<Option<&'a str>, String> {
        let Some(value) = self.find(parameter) else { return Ok(None) };
        match value.as_text() {
            Some(found) if !found.is_empty() && found.len() <= NAME_BYTES => Ok(Some(found)),
            Some("") => Err(self.wrong(parameter, "a text that is not empty")),
            Some(_) => Err(self.wrong(parameter, &format!("at most {NAME_BYTES} bytes"))),
            None => Err(self.wrong(parameter, "a text")),
        }
    }

    /// Returns a text that must be given: a name, a token, a key.
    pub fn name(&self, parameter: &str) -> Result<&'a str, String> {
        let found = self.optional_name(parameter)?;
        self.need(parameter, found)
    }

    /// Returns a text of any length; empty when it was not given.
    pub fn text(&self, parameter: &str) -> Result<&'a str, String> {
        match self.find(parameter) {
            None => Ok(""),
            Some(value) => value.as_text().ok_or_else(|| self.wrong(parameter, "a text")),
        }
    }

    /// Returns a whole number of `unit` that need not be given.
    pub fn optional_whole(&self, parameter: &str, unit: &str) -> Result<Option<i64>, String> {
        let Some(value) = self.find(parameter) else { return Ok(None) };
        let whole = value.as_int().ok_or_else(|| self.wrong(parameter, &format!("a whole number{unit}")));
        whole.map(Some)
    }

    /// Returns an amount of money that need not be given. Cents, from 1 to `most`.
    pub fn optional_cents(&self, parameter: &str, most: i64) -> Result<Option<i64>, String> {
        match self.optional_whole(parameter, " of cents")? {
            Some(cents) if cents < 1 => Err(self.wrong(parameter, "at least 1 cent")),
            Some(cents) if cents > most => {
                Err(self.wrong(parameter, &format!("at most {} cents", text::signed(most))))
            }
            found => Ok(found),
        }
    }

    /// Returns an amount of money that must be given. Cents, from 1 to `most`.
    pub fn cents(&self, parameter: &str, most: i64) -> Result<i64, String> {
        let found = self.optional_cents(parameter, most)?;
        self.need(parameter, found)
    }

    /// Returns a span that need not be given. Seconds, whole or not, from 0 to `most`.
    pub fn optional_seconds(&self, parameter: &str, most: u64) -> Result<Option<SimDuration>, String> {
        let Some(value) = self.find(parameter) else { return Ok(None) };
        let micros = micros_of(value).ok_or_else(|| self.wrong(parameter, "a number of seconds"))?;
        if !(0..=i128::from(most) * 1_000_000).contains(&micros) {
            return Err(self.wrong(parameter, &format!("0 to {} seconds", text::thousands(most))));
        }
        Ok(Some(SimDuration::from_micros(u64::try_from(micros).expect("a span within limits fits 64 bits"))))
    }

    /// Returns a span that must be given. Seconds, from 0 to `most`.
    pub fn seconds(&self, parameter: &str, most: u64) -> Result<SimDuration, String> {
        let found = self.optional_seconds(parameter, most)?;
        self.need(parameter, found)
    }
}

/// Microseconds of a learner's number of seconds. Rounding keeps the kernel's time whole.
fn micros_of(value: &Value) -> Option<i128> {
    match value {
        Value::Int(seconds) => Some(i128::from(*seconds) * 1_000_000),
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates, and limits follow")]
        Value::Float(seconds) if !seconds.is_nan() => Some((seconds * 1e6).round() as i128),
        _ => None,
    }
}

/// A value as Python writes it, cut.
fn shown(value: &Value) -> String {
    let whole = match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_json(),
    };
    text::cut(&whole, SHOWN_CHARACTERS)
}
