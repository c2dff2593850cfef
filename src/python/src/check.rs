//! What an editor shows of a file without running it: mistakes with their places, and where code suspends.

use crate::compile::{self, Failure};
use crate::refuse::{self, Refusal};
use ruff_source_file::LineIndex;
use ruff_text_size::{Ranged, TextSize};
use rustpython_compiler::CompileError;
use rustpython_compiler_core::Mode;
use unhappy_trace::{AwaitMark, Diagnostic};

/// What an editor shows of a file without running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Mistakes in the order of the file; none when the file compiles.
    pub diagnostics: Vec<Diagnostic>,
    /// Every `await` and, for `async with` and `async for`, the word `async`, in the order of the file.
    pub awaits: Vec<AwaitMark>,
}

/// Checks one file.
pub(crate) fn check(file: &str, source: &str) -> Checked {
    if let Some(refusal) = refuse::nesting(source) {
        return Checked { diagnostics: vec![of_refusal(&refusal, source, file)], awaits: Vec::new() };
    }
    let options = ruff_python_parser::ParseOptions::from(ruff_python_parser::Mode::Module);
    let parsed = ruff_python_parser::parse_unchecked(source, options);
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    if parsed.errors().is_empty() {
        diagnostics.extend(compile_failure(file, source));
    } else {
        let whole = compile::source_file(source, file);
        for error in parsed.errors() {
            let error = CompileError::from_ruff_parse_error(error.clone(), &whole, Mode::Exec);
            let diagnostic = of_compile_error(&error, file);
            // The parser often says the same again further on in the line.
            if diagnostics.last().is_none_or(|last| last.line != diagnostic.line) {
                diagnostics.push(diagnostic);
            }
        }
        diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    }
    Checked { diagnostics, awaits: awaits(file, source, parsed.tokens()) }
}

fn compile_failure(file: &str, source: &str) -> Option<Diagnostic> {
    compile::checked_tree(source, file, Mode::Exec).err().map(|failure: Failure| failure.place(source, file))
}

/// `async def` is no mark: the word `async` counts only before `with` and `for`.
fn awaits(file: &str, source: &str, tokens: &ruff_python_ast::token::Tokens) -> Vec<AwaitMark> {
    let index = LineIndex::from_source_text(source);
    let mut marks = Vec::new();
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        let defines = tokens.peek().is_some_and(|next| next.kind() == ruff_python_ast::token::TokenKind::Def);
        if refuse::suspends(token.kind()) && !defines {
            let (line, column) = position(&index, source, token.range().start());
            marks.push(AwaitMark { file: file.to_owned(), line, column });
        }
    }
    marks
}

/// Returns line and column in characters, both from 1.
pub(crate) fn position(index: &LineIndex, source: &str, offset: TextSize) -> (u32, u32) {
    let place = index.line_column(offset, source);
    (place.line.get() as u32, place.column.get() as u32)
}

/// Returns a compiler's error as an editor shows it.
pub(crate) fn of_compile_error(error: &CompileError, file: &str) -> Diagnostic {
    let (line, column) = error.python_location();
    let (end_line, end_column) = error.python_end_location().unwrap_or((line, column));
    let (line, column) = (line.max(1) as u32, column.max(1) as u32);
    let end = (end_line as u32, end_column as u32).max((line, column + 1));
    Diagnostic {
        file: file.to_owned(),
        line,
        column,
        end_line: end.0,
        end_column: end.1,
        message: error.to_string(),
        hint: None,
    }
}

/// Returns a refusal as an editor shows it.
pub(crate) fn of_refusal(refusal: &Refusal, source: &str, file: &str) -> Diagnostic {
    let index = LineIndex::from_source_text(source);
    let (line, column) = position(&index, source, refusal.range.start());
    let (end_line, end_column) = position(&index, source, refusal.range.end());
    Diagnostic {
        file: file.to_owned(),
        line,
        column,
        end_line,
        end_column,
        message: refusal.message.clone(),
        hint: Some(refusal.hint.to_owned()),
    }
}
