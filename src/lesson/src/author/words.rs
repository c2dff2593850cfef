//! The plain words of a block of Markdown, and the numbers of runs among them.

/// Stands for code and placeholders where a block's plain words are looked at.
pub(super) const OTHER: char = '\u{fffc}';

/// What a number is followed by when it comes from a run.
const MEASURES: [&str; 12] = [
    "statement",
    "statements",
    "query",
    "queries",
    "ms",
    "milliseconds",
    "row",
    "rows",
    "charge",
    "charges",
    "deadlock",
    "deadlocks",
];

/// The plain words of a block, each letter with its place.
#[derive(Debug, Default)]
pub(super) struct Words {
    letters: Vec<(char, usize)>,
}

impl Words {
    pub(super) fn push(&mut self, letter: char, offset: usize) {
        self.letters.push((letter, offset));
    }

    /// Returns numbers that are followed by a unit of runs, as written, with their places.
    pub(super) fn measured(&self) -> Vec<(String, String, usize)> {
        let mut found = vec![];
        let mut index = 0;
        while index < self.letters.len() {
            let (letter, offset) = self.letters[index];
            if !letter.is_ascii_digit() || self.joined_before(index) {
                index += 1;
                continue;
            }
            let number = self.run_from(index, |c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\u{a0}'));
            let number = number.trim_end_matches(['.', ',', '\u{a0}']).to_owned();
            index += number.chars().count();
            let gap = self.run_from(index, |c| c.is_whitespace() || c == '-').chars().count();
            let word = self.run_from(index + gap, char::is_alphabetic).to_lowercase();
            if MEASURES.contains(&word.as_str()) {
                found.push((number, word, offset));
            }
        }
        found
    }

    /// Whether a digit continues a word, as in `N+1`.
    fn joined_before(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|before| self.letters.get(before));
        before.is_some_and(|(letter, _)| letter.is_alphanumeric() || *letter == '+')
    }

    fn run_from(&self, index: usize, belongs: impl Fn(char) -> bool) -> String {
        let letters = self.letters.get(index..).unwrap_or_default();
        letters.iter().map(|(letter, _)| *letter).take_while(|letter| belongs(*letter)).collect()
    }
}
