//! What an editor shows of a file without running it.

use unhappy_trace::{AwaitMark, Diagnostic};

/// What an editor shows of a file without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Mistakes in the order of the file; none when the file compiles.
    pub diagnostics: Vec<Diagnostic>,
    /// Every `await` (also `async with` and `async for`), in the order of the file.
    pub awaits: Vec<AwaitMark>,
}
