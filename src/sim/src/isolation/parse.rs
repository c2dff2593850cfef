//! The grammar of a spec: which token may follow which.
//!
//! In: tokens. Out: a [`Spec`] whose names are unique and known. Other limits and interleavings: `spec.rs`.

use super::SpecError;
use super::scan::{Kind, Token};
use super::spec::{Session, Spec, Step, at_most};
use crate::limits::{SESSIONS_PER_SPEC, STEPS_PER_SPEC};

/// Builds a spec from tokens, which end in [`Kind::End`].
///
/// # Errors
/// The first token that cannot stand where it stands.
pub fn parse(tokens: &[Token]) -> Result<Spec, SpecError> {
    let mut parser = Parser { tokens, at: 0, spec: Spec::default(), orders: Vec::new() };
    while parser.here().kind != Kind::End {
        parser.part()?;
    }
    if parser.spec.sessions.is_empty() {
        return Err(parser.here().expected("\"session\""));
    }
    let permutations = parser.permutations()?;
    Ok(Spec { permutations, ..parser.spec })
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    spec: Spec,
    /// Permutations by their name tokens: a step may be declared after the line that names it.
    orders: Vec<Vec<&'a Token>>,
}

impl<'a> Parser<'a> {
    fn here(&self) -> &'a Token {
        &self.tokens[self.at]
    }

    fn next(&mut self) -> &'a Token {
        let token = self.here();
        self.at += usize::from(token.kind != Kind::End);
        token
    }

    fn part(&mut self) -> Result<(), SpecError> {
        let token = self.next();
        match (&token.kind, self.spec.sessions.is_empty()) {
            (Kind::Keyword("setup"), _) => {
                let sql = self.sql()?;
                self.blocks().0.push(sql);
                Ok(())
            }
            (Kind::Keyword("teardown"), _) => {
                let sql = self.sql()?;
                self.blocks().1.push(sql);
                Ok(())
            }
            (Kind::Keyword("session"), _) => self.session(),
            (Kind::Keyword("step"), false) => self.step(),
            (Kind::Keyword("permutation"), false) => self.permutation(),
            (_, true) => Err(token.expected("\"setup\", \"teardown\" or \"session\"")),
            (_, false) => {
                Err(token.expected("\"setup\", \"teardown\", \"session\", \"step\" or \"permutation\""))
            }
        }
    }

    /// The setups and teardowns that a block belongs to: the newest session's, before the first one the spec's.
    fn blocks(&mut self) -> (&mut Vec<String>, &mut Vec<String>) {
        match self.spec.sessions.last_mut() {
            Some(session) => (&mut session.setups, &mut session.teardowns),
            None => (&mut self.spec.setups, &mut self.spec.teardowns),
        }
    }

    fn sql(&mut self) -> Result<String, SpecError> {
        let token = self.next();
        match &token.kind {
            Kind::Sql(sql) => Ok(sql.clone()),
            _ => Err(token.expected("an SQL block")),
        }
    }

    fn name(&mut self) -> Result<(&'a Token, &'a str), SpecError> {
        let token = self.next();
        match &token.kind {
            Kind::Name(name) => Ok((token, name)),
            _ => Err(token.expected("a name")),
        }
    }

    fn session(&mut self) -> Result<(), SpecError> {
        let (token, name) = self.name()?;
        if self.spec.sessions.iter().any(|session| session.name == name) {
            return Err(token.wrong(format!("there is a session {name:?} already")));
        }
        self.spec.sessions.push(Session { name: name.to_owned(), setups: vec![], teardowns: vec![] });
        at_most("sessions of a spec", SESSIONS_PER_SPEC, self.spec.sessions.len())
    }

    fn step(&mut self) -> Result<(), SpecError> {
        let (token, name) = self.name()?;
        if self.find(name).is_some() {
            return Err(token.wrong(format!("there is a step {name:?} already")));
        }
        let session = self.spec.sessions.len() - 1;
        let step = Step { name: name.to_owned(), session, sql: self.sql()? };
        self.spec.steps.push(step);
        at_most("steps of a spec", STEPS_PER_SPEC, self.spec.steps.len())
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.spec.steps.iter().position(|step| step.name == name)
    }

    fn permutation(&mut self) -> Result<(), SpecError> {
        let mut order = Vec::new();
        while let Kind::Name(_) = self.here().kind {
            order.push(self.next());
            self.skip_blockers()?;
        }
        if order.is_empty() {
            return Err(self.here().expected("a step's name"));
        }
        self.orders.push(order);
        Ok(())
    }

    /// Blocker lists order reports in isolationtester; the settle rule makes them unnecessary.
    fn skip_blockers(&mut self) -> Result<(), SpecError> {
        if self.here().kind != Kind::Mark("(".to_owned()) {
            return Ok(());
        }
        while self.here().kind != Kind::Mark(")".to_owned()) {
            if self.next().kind == Kind::End {
                return Err(self.here().expected("\")\" at the end of a blocker list"));
            }
        }
        self.next();
        Ok(())
    }

    fn permutations(&self) -> Result<Vec<Vec<usize>>, SpecError> {
        let index = |token: &&Token| match &token.kind {
            Kind::Name(name) => {
                self.find(name).ok_or_else(|| token.wrong(format!("there is no step {name:?}")))
            }
            _ => Err(token.expected("a step's name")),
        };
        self.orders.iter().map(|order| order.iter().map(index).collect()).collect()
    }
}
