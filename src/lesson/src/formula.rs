//! Formulas over observed facts: `broken.statements == 1 + orders`.
//!
//! In: a text that an author wrote. Out: a comparison that is evaluated over named numbers. Whole numbers
//! and decimals are kept in millionths, so nothing here is a float. The vocabulary of names is closed: the
//! place that evaluates a formula says which names there are.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Decimal places that a number keeps.
const SCALE: i128 = 1_000_000;

/// Named numbers that a formula may use, whole.
pub type Variables = BTreeMap<String, i64>;

/// A comparison of two expressions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formula {
    /// The text that it was read from.
    pub text: String,
    left: Expression,
    comparison: Comparison,
    right: Expression,
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// A sum of products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expression {
    /// A number in millionths.
    Number(i128),
    /// A named number.
    Name(String),
    /// Two expressions and `+`, `-`, `*` or `/`.
    Binary(Box<Expression>, char, Box<Expression>),
}

/// Why a formula was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormulaError {
    /// The text does not read.
    #[error("formula {text:?}: expected {expected} at character {position}")]
    Syntax {
        /// The text.
        text: String,
        /// What should stand there.
        expected: &'static str,
        /// Where, counted from 1.
        position: usize,
    },
    /// A name outside the vocabulary.
    #[error("formula {text:?}: there is no fact {name:?}; there are {known}")]
    UnknownName {
        /// The text.
        text: String,
        /// The name.
        name: String,
        /// The names that exist, joined by commas.
        known: String,
    },
    /// Division by zero.
    #[error("formula {text:?} divides by zero")]
    DivisionByZero {
        /// The text.
        text: String,
    },
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`FormulaError::Syntax`] with the character at which reading stopped.
    pub fn parse(text: &str) -> Result<Formula, FormulaError> {
        let mut reader = Reader { text, rest: text };
        let left = reader.sum()?;
        let comparison = reader.comparison()?;
        let right = reader.sum()?;
        if !reader.skip().is_empty() {
            return Err(reader.expected("the end of the formula"));
        }
        Ok(Formula { text: text.to_owned(), left, comparison, right })
    }

    /// Returns whether the comparison holds.
    ///
    /// # Errors
    /// [`FormulaError::UnknownName`] or [`FormulaError::DivisionByZero`].
    pub fn holds(&self, facts: &Variables) -> Result<bool, FormulaError> {
        let (left, right) = (self.value(&self.left, facts)?, self.value(&self.right, facts)?);
        Ok(match self.comparison {
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Less => left < right,
            Comparison::AtMost => left <= right,
            Comparison::Greater => left > right,
            Comparison::AtLeast => left >= right,
        })
    }

    /// Returns the names that it uses, in order of appearance.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.left.collect_names(&mut names);
        self.right.collect_names(&mut names);
        names
    }

    fn value(&self, expression: &Expression, facts: &Variables) -> Result<i128, FormulaError> {
        match expression {
            Expression::Number(millionths) => Ok(*millionths),
            Expression::Name(name) => {
                facts.get(name).map(|value| i128::from(*value) * SCALE).ok_or_else(|| {
                    FormulaError::UnknownName {
                        text: self.text.clone(),
                        name: name.clone(),
                        known: facts.keys().cloned().collect::<Vec<_>>().join(", "),
                    }
                })
            }
            Expression::Binary(left, operator, right) => {
                let (left, right) = (self.value(left, facts)?, self.value(right, facts)?);
                match operator {
                    '+' => Ok(left + right),
                    '-' => Ok(left - right),
                    '*' => Ok(left * right / SCALE),
                    _ if right == 0 => Err(FormulaError::DivisionByZero { text: self.text.clone() }),
                    _ => Ok(left * SCALE / right),
                }
            }
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Expression {
    fn collect_names<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Expression::Number(_) => {}
            Expression::Name(name) => names.push(name),
            Expression::Binary(left, _, right) => {
                left.collect_names(names);
                right.collect_names(names);
            }
        }
    }
}

/// A reader with one character of look-ahead; the grammar has six rules and no recursion but parentheses.
struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn expected(&self, expected: &'static str) -> FormulaError {
        let position = self.text[..self.text.len() - self.rest.len()].chars().count() + 1;
        FormulaError::Syntax { text: self.text.to_owned(), expected, position }
    }

    fn take(&mut self, token: &str) -> bool {
        match self.skip().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn comparison(&mut self) -> Result<Comparison, FormulaError> {
        for (token, comparison) in [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::AtMost),
            (">=", Comparison::AtLeast),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ] {
            if self.take(token) {
                return Ok(comparison);
            }
        }
        Err(self.expected("a comparison"))
    }

    fn sum(&mut self) -> Result<Expression, FormulaError> {
        let mut left = self.product()?;
        while let Some(operator) = ['+', '-'].into_iter().find(|sign| self.take(&sign.to_string())) {
            left = Expression::Binary(Box::new(left), operator, Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Expression, FormulaError> {
        let mut left = self.atom()?;
        while let Some(operator) = ['*', '/'].into_iter().find(|sign| self.take(&sign.to_string())) {
            left = Expression::Binary(Box::new(left), operator, Box::new(self.atom()?));
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Expression, FormulaError> {
        if self.take("(") {
            let inner = self.sum()?;
            return if self.take(")") { Ok(inner) } else { Err(self.expected("a closing parenthesis")) };
        }
        let rest = self.skip();
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._".contains(c))).unwrap_or(rest.len());
        let word = &rest[..length];
        match word.chars().next() {
            Some(first) if first.is_ascii_digit() => {
                let number =
                    millionths(word).ok_or_else(|| self.expected("a number with up to six decimals"))?;
                self.rest = &rest[length..];
                Ok(Expression::Number(number))
            }
            Some(first) if first.is_ascii_alphabetic() => {
                self.rest = &rest[length..];
                Ok(Expression::Name(word.to_owned()))
            }
            _ => Err(self.expected("a number or the name of a fact")),
        }
    }
}

fn millionths(word: &str) -> Option<i128> {
    let (whole, decimals) = word.split_once('.').unwrap_or((word, ""));
    if decimals.len() > 6 || whole.len() > 12 {
        return None;
    }
    let padded = format!("{decimals:0<6}");
    Some(whole.parse::<i128>().ok()? * SCALE + padded.parse::<i128>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Variables {
        [("orders", 100), ("broken.statements", 101), ("zero", 0)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    #[test]
    fn formulas_hold_or_not() {
        for (text, expected) in [
            ("broken.statements == 1 + orders", true),
            ("broken.statements <= orders", false),
            ("orders / 1000 >= 0.1", true),
            ("orders / 1000 > 0.1", false),
            ("2 * (orders + 1) - 2 == 2*orders", true),
            ("orders != 99", true),
        ] {
            assert_eq!(Formula::parse(text).expect(text).holds(&facts()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, expected) in [
            ("orders", "formula \"orders\": expected a comparison at character 7"),
            ("orders == ", "formula \"orders == \": expected a number or the name of a fact at character 11"),
            ("(orders == 1", "formula \"(orders == 1\": expected a closing parenthesis at character 9"),
            ("orders == 1 1", "formula \"orders == 1 1\": expected the end of the formula at character 13"),
        ] {
            assert_eq!(Formula::parse(text).expect_err(text).to_string(), expected);
        }
        let unknown = Formula::parse("sold > 1").expect("it reads").holds(&facts());
        assert_eq!(
            unknown.expect_err("there is no such fact").to_string(),
            "formula \"sold > 1\": there is no fact \"sold\"; there are broken.statements, orders, zero"
        );
        let division = Formula::parse("1 / zero == 1").expect("it reads").holds(&facts());
        assert_eq!(
            division.expect_err("no division").to_string(),
            "formula \"1 / zero == 1\" divides by zero"
        );
    }
}
