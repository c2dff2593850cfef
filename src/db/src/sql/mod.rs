//! SQL text: what a statement is, before SQLite sees it.
//!
//! In: a learner's or author's text. Out: its shape, its parameters, what it does, and the text that SQLite
//! gets, with a way back from a byte there to the byte the learner wrote. Statements that SQLite would run
//! with other semantics than PostgreSQL's are refused here. Not here: names and types (SQLite's part, reworded
//! in `wording.rs`), CREATE TABLE (`schema/`).

pub(crate) mod command;
pub(crate) mod pieces;
pub(crate) mod refuse;
pub(crate) mod rewrite;
pub(crate) mod shape;
pub(crate) mod text;
pub(crate) mod tokens;
