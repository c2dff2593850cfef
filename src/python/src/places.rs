//! Places: which learner's frame is running, and where in its file.
//!
//! Frames of the framework and of the library are skipped. A frame stands at the instruction before its next
//! one; the compiler's location table gives the range of the expression that the instruction belongs to.
#![expect(unsafe_code, reason = "the interpreter offers its frame chain only as raw pointers")]

use crate::program::{LearnerFile, Loaded, Position, Span};
use crate::state;
use rustpython_vm as vm;
use unhappy_trace::Site;
use vm::builtins::PyCode;
use vm::frame;

/// Returns the innermost learner's frame that is running, as the place of a call.
pub(crate) fn innermost_site() -> Option<Site> {
    state::with(|state| innermost(&state.program)).flatten()
}

fn innermost(program: &Loaded) -> Option<Site> {
    let mut next = frame::current_thread_iframe();
    while !next.is_null() {
        // SAFETY: the chain holds the frames that this thread is executing. They stay alive while their code
        // runs, and the native function that asks is called by the innermost of them.
        let running = unsafe { &*next };
        let code = running.code();
        if let Some(file) = program.file_of(code.source_path()) {
            let start = span_before(code, running.get_lasti() as usize).start;
            return Some(site(file, file.call_position(file.in_characters(start))));
        }
        next = running.previous();
    }
    None
}

/// Returns the site of a position.
pub(crate) fn site(file: &LearnerFile, position: Position) -> Site {
    Site { file: file.name.clone(), line: position.0, column: position.1, within: file.within(position) }
}

/// Returns the range of the instruction before `next_instruction`.
pub(crate) fn span_before(code: &PyCode, next_instruction: usize) -> Span {
    span_at(code, next_instruction.saturating_sub(1))
}

/// Returns the range of an instruction.
pub(crate) fn span_at(code: &PyCode, instruction: usize) -> Span {
    let Some((start, end)) = code.locations.get(instruction) else {
        let line = code.first_line_number.map_or(1, |line| line.get() as u32);
        return Span { start: (line, 1), end: (line, 2) };
    };
    Span {
        start: (start.line.get() as u32, start.character_offset.get() as u32),
        end: (end.line.get() as u32, end.character_offset.get() as u32),
    }
}

/// Returns a code object's name as the learner wrote it: `Cart.add`, `outer.<locals>.inner`, `<module>`.
pub(crate) fn function_name(code: &PyCode) -> String {
    code.qualname.as_str().to_owned()
}
