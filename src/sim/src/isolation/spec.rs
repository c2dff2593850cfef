//! A spec as data: what is set up, who takes part, which steps there are and in which orders they are played.
//!
//! In: the text of a spec. Out: [`Spec`]. Nothing is run here.
//!
//! Rule followed: PostgreSQL's `src/test/isolation/README`, the subset that `tests/oracle/README.md` names.

use super::order;
use super::parse;
use super::scan::scan;
use super::{SpecError, sql};
use crate::limits::{PERMUTATIONS_PER_SPEC, SPEC_BYTES, STATEMENTS_PER_STEP, STEPS_PER_SPEC};

/// A spec that can be played.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spec {
    /// Words after `# tags:`.
    pub tags: Vec<String>,
    /// Blocks run before everything else, in order.
    pub setups: Vec<String>,
    /// Blocks run after everything else, in order.
    pub teardowns: Vec<String>,
    /// Who takes part, in the order declared.
    pub sessions: Vec<Session>,
    /// Every step, in the order declared.
    pub steps: Vec<Step>,
    /// Orders of steps, by index in [`Spec::steps`].
    pub permutations: Vec<Vec<usize>>,
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub name: String,
    /// Blocks run before the steps.
    pub setups: Vec<String>,
    /// Blocks run after the steps.
    pub teardowns: Vec<String>,
}

/// One message to the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name, unique in the spec.
    pub name: String,
    /// Index of its session in [`Spec::sessions`].
    pub session: usize,
    /// The statements, as written.
    pub sql: String,
}

impl Spec {
    /// Reads a spec. Without a `permutation` line every interleaving is played, at most
    /// [`PERMUTATIONS_PER_SPEC`].
    ///
    /// # Errors
    /// What is not in the grammar, with line and column, or a limit that is passed.
    pub fn read(text: &str) -> Result<Spec, SpecError> {
        at_most("bytes of a spec", SPEC_BYTES, text.len())?;
        let mut spec = parse::parse(&scan(text)?)?;
        spec.tags = tags(text);
        at_most("permutations of a spec", PERMUTATIONS_PER_SPEC, spec.permutations.len())?;
        for permutation in &spec.permutations {
            at_most("steps of a permutation", STEPS_PER_SPEC, permutation.len())?;
        }
        for sql in spec.blocks() {
            at_most("statements of a step or block", STATEMENTS_PER_STEP, sql::statements(sql).len())?;
        }
        if spec.permutations.is_empty() {
            spec.permutations = order::interleavings(&spec.piles(), PERMUTATIONS_PER_SPEC);
        }
        Ok(spec)
    }

    /// Returns each session's steps in order.
    fn piles(&self) -> Vec<Vec<usize>> {
        let of =
            |session| (0..self.steps.len()).filter(|step| self.steps[*step].session == session).collect();
        (0..self.sessions.len()).map(of).collect()
    }

    fn blocks(&self) -> impl Iterator<Item = &str> {
        let own = self.setups.iter().chain(&self.teardowns);
        let theirs = self.sessions.iter().flat_map(|session| session.setups.iter().chain(&session.teardowns));
        own.chain(theirs).chain(self.steps.iter().map(|step| &step.sql)).map(String::as_str)
    }
}

/// Returns an error when there is more of something than a spec may have.
pub fn at_most(what: &'static str, limit: usize, actual: usize) -> Result<(), SpecError> {
    if actual > limit {
        return Err(SpecError::TooMany { what, limit: limit as u64, actual: actual as u64 });
    }
    Ok(())
}

/// Returns the words of every line `# tags: a, b`.
fn tags(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('#')?.trim_start().strip_prefix("tags:"));
    lines
        .flat_map(|line| line.split([',', ' ', '\t', '\r']))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SESSIONS_PER_SPEC;

    const TWO: &str = "# tags: rc, app
setup { CREATE TABLE t (id integer PRIMARY KEY); }
session \"one \"\"1\"\"\"
setup { BEGIN; }
step a { SELECT 1; SELECT 2 }  # says {nothing}
step b { COMMIT; }
session s2
step c { SELECT 3; }
";

    #[track_caller]
    fn refused(text: &str, sentence: &str) {
        assert_eq!(Spec::read(text).map_err(|error| error.to_string()), Err(sentence.to_owned()));
    }

    fn names(spec: &Spec) -> Vec<String> {
        let name = |step: &usize| spec.steps[*step].name.as_str();
        spec.permutations.iter().map(|steps| steps.iter().map(name).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_spec_is_read_and_its_steps_interleaved_in_the_order_declared() {
        let spec = Spec::read(TWO).unwrap();
        assert_eq!(spec.tags, ["rc", "app"]);
        assert_eq!(spec.sessions[0].name, "one \"1\"");
        assert_eq!(spec.sessions[0].setups, ["BEGIN;"]);
        assert_eq!(spec.steps[2], Step { name: "c".into(), session: 1, sql: "SELECT 3;".into() });
        assert_eq!(names(&spec), ["a b c", "a c b", "c a b"]);
    }

    #[test]
    fn given_permutations_run_over_lines_and_their_blocker_lists_are_ignored() {
        let spec = Spec::read(&format!("{TWO}permutation a b(*) a\n c(a, b notices 3)\npermutation c"));
        assert_eq!(names(&spec.unwrap()), ["a b a c", "c"]);
    }

    #[test]
    fn what_is_not_in_the_grammar_is_refused_with_its_place() {
        let session = "\"setup\", \"teardown\" or \"session\"";
        refused("", "line 1, column 1: expected \"session\", found the end of the spec");
        refused("word", &format!("line 1, column 1: expected {session}, found the name \"word\""));
        refused(
            "setup {\n}\nstep a { SELECT 1 }",
            &format!("line 3, column 1: expected {session}, found \"step\""),
        );
        refused(
            "session s step a SELECT",
            "line 1, column 18: expected an SQL block, found the name \"SELECT\"",
        );
        refused(
            "setup { SELECT 1",
            "line 1, column 7: expected \"}\" at the end of an SQL block, found none",
        );
        refused(
            "session \"s\n\"",
            "line 1, column 9: expected \"\\\"\" at the end of a name, found the end of the line",
        );
        refused("é = 1", "line 1, column 3: expected a keyword, a name or an SQL block, found '='");
        refused(
            &format!("{TWO}permutation"),
            "line 9, column 12: expected a step's name, found the end of the spec",
        );
        refused(
            &format!("{TWO}permutation a(b"),
            "line 9, column 16: expected \")\" at the end of a blocker list, found the end of the spec",
        );
    }

    #[test]
    fn names_are_unique_and_known() {
        refused(&format!("{TWO}step a {{ }}"), "line 9, column 6: there is a step \"a\" already");
        refused(&format!("{TWO}session s2"), "line 9, column 9: there is a session \"s2\" already");
        refused(&format!("{TWO}permutation a\n  z"), "line 10, column 3: there is no step \"z\"");
    }

    #[test]
    fn every_limit_is_a_sentence() {
        let long = " ".repeat(SPEC_BYTES + 1);
        refused(&long, "bytes of a spec: at most 100,000 are possible, found 100,001");
        let sessions: String = (0..=SESSIONS_PER_SPEC).map(|number| format!("session s{number} ")).collect();
        refused(&sessions, "sessions of a spec: at most 16 are possible, found 17");
        let steps: String = (0..=STEPS_PER_SPEC).map(|number| format!("step s{number} {{}} ")).collect();
        refused(&format!("session s {steps}"), "steps of a spec: at most 200 are possible, found 201");
        let many = "permutation a ".repeat(PERMUTATIONS_PER_SPEC + 1);
        refused(&format!("{TWO}{many}"), "permutations of a spec: at most 500 are possible, found 501");
        let longer = "a ".repeat(STEPS_PER_SPEC + 1);
        refused(
            &format!("{TWO}permutation {longer}"),
            "steps of a permutation: at most 200 are possible, found 201",
        );
        let statements = "SELECT 1;".repeat(STATEMENTS_PER_STEP + 1);
        refused(
            &format!("session s step a {{ {statements} }}"),
            "statements of a step or block: at most 100 are possible, found 101",
        );
    }
}
