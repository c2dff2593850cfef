//! Limits of one step of a learner's Python, each with its unit, its reason and what happens there.
//!
//! Reaching a limit is an ordinary outcome that the learner sees. Fuel and memory per step come from the
//! caller ([`crate::Ambient`]); what stands here holds for every run.

/// Nested Python calls. Beyond it Python raises `RecursionError`. Unit: frames. Three hundred overflow the
/// stack of a browser's worker for some kinds of recursion; at 150 none of 29 kinds does.
pub const RECURSION_FRAMES: usize = 150;

/// Prefix operators, `if … else` expressions, lambdas and open brackets around one place. Beyond it the file
/// is refused before it is parsed, because the parser itself recurses on them. Unit: tokens.
pub const NESTING_TOKENS: usize = 200;

/// Binary operators and dots in one chain (`a + b + …`, `a.b().c()…`). Beyond it the file is refused before
/// it is parsed, because every pass over the tree recurses on them. Unit: tokens.
pub const CHAIN_TOKENS: usize = 1_000;

/// Depth of an expression that the compiler accepts. Beyond it the file has a syntax error. Above
/// [`NESTING_TOKENS`], so that nesting is refused in our words. Unit: nodes.
pub const COMPILER_DEPTH: usize = 250;

/// Largest constant exponent of `**` and constant left shift. Beyond it the file is refused: the compiler or
/// one instruction would work longer than any budget notices. Unit: the exponent.
pub const CONSTANT_EXPONENT: u64 = 10_000;

/// Largest constant width or precision in a format, and largest constant factor of a repeated sequence of
/// constants. Beyond it the file is refused. Unit: characters or items.
pub const CONSTANT_WIDTH: u64 = 1_000_000;

/// Text that one step may print. What is beyond it is dropped and a last line says how much there was.
/// Unit: bytes of UTF-8.
pub const PRINTED_BYTES_PER_STEP: usize = 64 * 1024;

/// Lines that one step may print. What is beyond it is dropped and a last line says how many there were.
pub const PRINTED_LINES_PER_STEP: usize = 1_000;

/// Length of a local variable's text in a stack. What is beyond it is cut. Unit: characters.
pub const REPR_CHARACTERS: usize = 200;

/// Fuel that the `__repr__` methods of one stack may use together. Beyond it the variable is shown by the
/// name of its class. Unit: ticks.
pub const REPR_FUEL: u64 = 20_000;

/// Local variables shown per frame of a stack. The rest is left out. Unit: variables.
pub const LOCALS_PER_FRAME: usize = 100;

/// Frames kept of a traceback or of a stack; the middle of a longer one is left out. Unit: frames.
pub const TRACE_FRAMES: usize = 40;

/// Exceptions kept along a chain of causes. Unit: exceptions.
pub const CAUSES: usize = 5;

/// Depth of plain data that may be sent or returned. Beyond it a `ValueError` is raised, as for data that
/// contains itself. Unit: containers.
pub const DATA_DEPTH: usize = 100;

/// Tasks and processes that end before garbage in cycles is collected. A collection takes milliseconds; the
/// cycle of an exception and its frames takes a few kilobytes.
pub const ENDINGS_PER_COLLECTION: u32 = 500;

/// Objects that modules' globals may reach and still have a value. Unit: objects.
pub const GLOBAL_OBJECTS: usize = 100_000;

/// Length of what modules' globals amount to. Beyond it they have no value. Unit: bytes.
pub const GLOBAL_BYTES: usize = 8 * 1024 * 1024;

/// Fuel for the top level of the interpreter's own and the framework's modules, which learners cannot
/// influence. Reaching it is a bug. Unit: ticks.
pub const SETUP_FUEL: u64 = 100_000_000;
