//! The database as a value.

/// A whole database: committed content, open transactions, random state. A copy is a few references.
#[derive(Debug, Clone)]
pub struct State {}
