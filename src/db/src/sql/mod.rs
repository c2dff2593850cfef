//! SQL text: what a statement is, before SQLite sees it.
//!
//! In: a learner's or author's text and the catalog. Out: its shape, its parameters, what it does, and the
//! statement that SQLite gets. The way: tokens by PostgreSQL's rules, the library's parser, names and types
//! resolved (`lower/`), SQLite's text. Faithful or refused: a statement gives PostgreSQL's answer, or its
//! SQLSTATE, or 0A000 with a place and a plain sentence; never another answer. Not here: CREATE TABLE (`schema/`).

pub(crate) mod command;
pub(crate) mod feed;
pub(crate) mod instant;
pub(crate) mod json;
pub(crate) mod keywords;
pub(crate) mod kind;
pub(crate) mod literal;
pub(crate) mod lower;
pub(crate) mod lowered;
pub(crate) mod params;
pub(crate) mod parse;
pub(crate) mod pieces;
pub(crate) mod print;
pub(crate) mod refuse;
pub(crate) mod setting;
pub(crate) mod shape;
pub(crate) mod text;
pub(crate) mod tokens;
