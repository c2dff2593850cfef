//! Every limit of this crate. Reaching one is an ordinary outcome that a learner sees as an SQL error.

use std::ffi::c_int;

/// Bytes of a database page. Small, because a write copies whole pages. Set explicitly: SQLite's defaults
/// differ between targets.
pub const PAGE_BYTES: usize = 1024;

/// Most parameters of one statement, a list's items counted one by one. The same number at which `asyncpg`
/// stops (a signed 16-bit count on the wire); SQLite is compiled with it. Beyond it: 54000.
pub const MAX_PARAMETERS: usize = 32_767;

/// Most instructions of SQLite's virtual machine in one statement, well below a second. Beyond it: 57014.
pub const MAX_VM_STEPS: c_int = 20_000_000;

/// Longest statement text in bytes. Beyond it: 54000.
pub const MAX_STATEMENT_BYTES: usize = 1_000_000;

/// Most result rows of one statement. Beyond it: 54000.
pub const MAX_RESULT_ROWS: usize = 200_000;

/// Statement texts whose analysis is kept. Beyond it all are forgotten; only speed depends on it.
pub(crate) const CACHED_TEXTS: usize = 512;

/// Prepared forms kept per text (one per combination of list lengths). Only speed depends on it.
pub(crate) const CACHED_FORMS: usize = 16;

/// Most operators and open brackets (four each) that one expression of a statement is chained from. SQLite
/// stops at 1,000. Beyond it: 54001.
pub const MAX_EXPRESSION_DEPTH: usize = 400;

/// Deepest nesting that the parser follows. Keeps it within a thread's stack. Beyond it: 54001.
pub(crate) const MAX_PARSER_DEPTH: usize = 60;
