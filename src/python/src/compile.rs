//! Compiling: from source to code with ticks in its constants.
//!
//! The stock compiler runs first, for CPython's wording and all of its checks; then the tree is parsed again,
//! ticked (`instrument.rs`), compiled, and its marker constants are replaced by tick objects.

use crate::instrument::{self, Plan, Ticks};
use crate::limits;
use crate::refuse::{self, Refusal};
use crate::tick::{Tick, UNCOUNTED};
use ruff_python_ast as ast;
use ruff_source_file::{LineIndex, SourceFile, SourceFileBuilder};
use ruff_text_size::TextSize;
use rustpython_codegen::CompileOpts;
use rustpython_compiler::CompileError;
use rustpython_compiler_core::Mode;
use rustpython_compiler_core::bytecode::{CodeFlags, CodeObject, Constant};
use rustpython_vm as vm;
use vm::builtins::{PyBaseExceptionRef, PyCode, PyComplex};
use vm::{AsObject, PyObjectRef, PyPayload, PyRef, VirtualMachine};

/// Why source did not compile.
pub(crate) enum Failure {
    /// The compiler's words.
    Syntax(Box<CompileError>),
    /// Ours.
    Refused(Refusal),
}

/// Compiled source and what its ticks count.
pub(crate) struct Compiled {
    pub(crate) code: PyRef<PyCode>,
    pub(crate) plan: Plan,
}

/// Compiles `source`. Its sites get the numbers from `first_site` on.
pub(crate) fn compile(
    vm: &VirtualMachine,
    source: &str,
    file: &str,
    mode: Mode,
    ticks: Ticks,
    first_site: u32,
) -> Result<Compiled, Failure> {
    let tree = checked_tree(source, file, mode)?;
    finish(vm, tree, &source_file(source, file), mode, ticks, first_site)
}

/// Compiles a module of the library, which needs none of the checks: a third of the time.
pub(crate) fn compile_library(
    vm: &VirtualMachine,
    source: &str,
    file: &str,
    ticks: Ticks,
) -> Result<PyRef<PyCode>, Failure> {
    let file = source_file(source, file);
    let tree = parse(source, &file, Mode::Exec)?;
    finish(vm, tree, &file, Mode::Exec, ticks, 0).map(|compiled| compiled.code)
}

fn finish(
    vm: &VirtualMachine,
    mut tree: ast::Mod,
    file: &SourceFile,
    mode: Mode,
    ticks: Ticks,
    first_site: u32,
) -> Result<Compiled, Failure> {
    let index = LineIndex::from_source_text(file.source_text());
    let line_of = |offset: TextSize| index.line_index(offset).get() as u32;
    let plan = instrument::instrument(&mut tree, ticks, &line_of);
    let code = rustpython_codegen::compile::compile_top(tree, file.clone(), mode, options())
        .map_err(|error| Failure::Syntax(Box::new(error.into())))?;
    let code = place_ticks(&PyCode::new_ref_from_bytecode(vm, code), first_site, vm);
    Ok(Compiled { code, plan })
}

/// Parses source that the stock compiler accepts and that holds nothing beyond reason.
pub(crate) fn checked_tree(source: &str, file: &str, mode: Mode) -> Result<ast::Mod, Failure> {
    if let Some(refusal) = refuse::nesting(source) {
        return Err(Failure::Refused(refusal));
    }
    let tree = parse(source, &source_file(source, file), mode)?;
    if let Some(refusal) = refuse::constants(&tree) {
        return Err(Failure::Refused(refusal));
    }
    rustpython_compiler::compile(source, mode, file, options())
        .map_err(|error| Failure::Syntax(Box::new(error)))?;
    Ok(tree)
}

fn parse(source: &str, file: &SourceFile, mode: Mode) -> Result<ast::Mod, Failure> {
    ruff_python_parser::parse(source, ruff_python_parser::ParseOptions::from(parser_mode(mode)))
        .map(|parsed| parsed.into_syntax())
        .map_err(|error| Failure::Syntax(Box::new(CompileError::from_ruff_parse_error(error, file, mode))))
}

/// Returns the text as the parser crates want it.
pub(crate) fn source_file(source: &str, file: &str) -> SourceFile {
    SourceFileBuilder::new(file, source).finish()
}

fn parser_mode(mode: Mode) -> ruff_python_parser::Mode {
    match mode {
        Mode::Eval => ruff_python_parser::Mode::Expression,
        _ => ruff_python_parser::Mode::Module,
    }
}

fn options() -> CompileOpts {
    CompileOpts {
        optimize: 0,
        debug_ranges: true,
        int_max_str_digits: 4300,
        allow_top_level_await: false,
        future_features: CodeFlags::empty(),
        dont_imply_dedent: false,
        recursion_limit: limits::COMPILER_DEPTH,
    }
}

/// Puts tick objects in place of the marker constants, in nested code too.
fn place_ticks(code: &PyCode, first_site: u32, vm: &VirtualMachine) -> PyRef<PyCode> {
    let mut changed = code.code.clone();
    replace_constants(&mut changed, first_site, vm);
    vm.ctx.new_code(changed)
}

fn replace_constants<C>(code: &mut CodeObject<C>, first_site: u32, vm: &VirtualMachine)
where
    C: Constant + Clone + From<PyObjectRef> + Into<PyObjectRef>,
{
    for constant in code.constants.iter_mut() {
        let object: PyObjectRef = constant.clone().into();
        if let Some(number) = object.downcast_ref::<PyComplex>() {
            let number = number.to_complex();
            if number.re == instrument::MARK {
                *constant = tick_object(number.im, first_site, vm).into();
            }
        } else if let Some(nested) = object.downcast_ref::<PyCode>() {
            let nested: PyObjectRef = place_ticks(nested, first_site, vm).into();
            *constant = nested.into();
        }
    }
}

fn tick_object(imaginary: f64, first_site: u32, vm: &VirtualMachine) -> PyObjectRef {
    let local = (imaginary - 1.0) as u32;
    let site = if local == UNCOUNTED { UNCOUNTED } else { first_site + local };
    Tick { site }.into_pyobject(vm)
}

impl Failure {
    /// Returns the exception that `compile`, `exec` and `eval` raise.
    pub(crate) fn to_exception(&self, vm: &VirtualMachine, source: &str, file: &str) -> PyBaseExceptionRef {
        let place = self.place(source, file);
        let message = place.message.clone();
        let class = match message.as_str() {
            text if text.contains("inconsistent use of tabs") => vm.ctx.exceptions.tab_error,
            text if text.contains("indent") => vm.ctx.exceptions.indentation_error,
            _ => vm.ctx.exceptions.syntax_error,
        };
        let exception = vm.new_exception_msg(class.to_owned(), message.clone().into());
        let attributes: [(&str, PyObjectRef); 6] = [
            ("msg", vm.ctx.new_str(message).into()),
            ("filename", vm.ctx.new_str(file).into()),
            ("lineno", vm.ctx.new_int(place.line).into()),
            ("offset", vm.ctx.new_int(place.column).into()),
            ("end_lineno", vm.ctx.new_int(place.end_line).into()),
            ("end_offset", vm.ctx.new_int(place.end_column).into()),
        ];
        for (name, value) in attributes {
            // A syntax error has these attributes; should one be refused, the message still stands.
            let _ = exception.as_object().set_attr(name, value, vm);
        }
        exception
    }

    /// Returns the failure as an editor shows it.
    pub(crate) fn place(&self, source: &str, file: &str) -> unhappy_trace::Diagnostic {
        match self {
            Failure::Syntax(error) => crate::check::of_compile_error(error, file),
            Failure::Refused(refusal) => crate::check::of_refusal(refusal, source, file),
        }
    }
}
