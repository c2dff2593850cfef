//! Instrumentation: puts one tick before each statement, lambda body and comprehension step of an AST.
//!
//! A tick is written as `~MARK`, a complex constant that nobody else writes; after compiling, `compile.rs`
//! puts a native object in its place. Out: the changed tree and a [`Plan`] that says what each tick counts.
//!
//! Rule followed ("line count" of the rules): a loop header counts its iterations, that is the ticks of the
//! first statement of its body; a comprehension counts its steps on the line of its element.

use crate::tick::UNCOUNTED;
use ruff_python_ast as ast;
use ruff_python_ast::visitor::transformer::{self, Transformer};
use ruff_python_ast::{AtomicNodeIndex, Expr, Number, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};
use std::cell::RefCell;
use thin_vec::ThinVec;

/// The real part of a marker constant. The imaginary part is the number of the site plus one.
pub(crate) const MARK: f64 = 1.618_033_988_749_895e-301;

/// How much of a file is ticked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ticks {
    /// Every statement; the sites count lines. For learners' files.
    Statements,
    /// Nothing. For the prelude, whose functions run a number of times that depends on what other processes
    /// have imported.
    None,
    /// Functions and loop bodies; takes fuel, counts nothing. For the framework and the library.
    FunctionsAndLoops,
}

/// What the ticks of one file count.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Per site, by number.
    pub(crate) sites: Vec<SiteLines>,
    /// Source ranges that a call may stand in, outer before inner.
    pub(crate) regions: Vec<(TextRange, Region)>,
    /// Where statements start, in the order of the file.
    pub(crate) statements: Vec<TextSize>,
    /// Where each `await` starts, and what it awaits.
    pub(crate) awaits: Vec<(TextSize, TextSize)>,
}

/// The lines that one site counts for; 0 for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SiteLines {
    /// The line of the statement or of the comprehension's element.
    pub(crate) line: u32,
    /// The line of the loop whose body begins with this statement.
    pub(crate) header: u32,
}

/// What code in a range runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    /// Once per step of a comprehension.
    Step,
    /// When a lambda is called.
    Lambda,
}

/// Changes `module` in place and returns what its ticks count. `line_of` gives the line of an offset.
pub(crate) fn instrument(module: &mut ast::Mod, ticks: Ticks, line_of: &dyn Fn(TextSize) -> u32) -> Plan {
    let instrument = Instrument { ticks, line_of, plan: RefCell::default() };
    match module {
        _ if ticks == Ticks::None => {}
        ast::Mod::Module(module) => {
            transformer::walk_body(&instrument, &mut module.body);
            instrument.statements(&mut module.body, 0, Docstring::Allowed);
        }
        ast::Mod::Expression(expression) => instrument.visit_expr(&mut expression.body),
    }
    instrument.plan.into_inner()
}

struct Instrument<'a> {
    ticks: Ticks,
    line_of: &'a dyn Fn(TextSize) -> u32,
    plan: RefCell<Plan>,
}

/// Whether a body may begin with a docstring, which must stay its first statement.
#[derive(Clone, Copy, PartialEq)]
enum Docstring {
    Allowed,
    None,
}

impl Instrument<'_> {
    /// Puts ticks between the statements of a body. `header` is the line of the loop whose body this is, or 0.
    fn statements(&self, body: &mut ThinVec<Stmt>, header: u32, docstring: Docstring) {
        let old = std::mem::take(body);
        let mut first = true;
        for (index, statement) in old.into_iter().enumerate() {
            let is_docstring = docstring == Docstring::Allowed && index == 0 && is_string(&statement);
            if !is_docstring && self.is_ticked(&statement, first, header) {
                body.push(self.tick_before(&statement, if first { header } else { 0 }));
                first = false;
            }
            body.push(statement);
        }
    }

    fn is_ticked(&self, statement: &Stmt, first: bool, header: u32) -> bool {
        match statement {
            Stmt::ImportFrom(import) if import.module.as_deref() == Some("__future__") => false,
            // A declaration does nothing, but a loop body needs its tick.
            Stmt::Global(_) | Stmt::Nonlocal(_) if header == 0 || !first => false,
            _ => self.ticks == Ticks::Statements || first,
        }
    }

    fn tick_before(&self, statement: &Stmt, header: u32) -> Stmt {
        let range = head_range(statement);
        // A loop shows its iterations, so the start of the loop itself is not counted.
        let line = match statement {
            Stmt::For(_) | Stmt::While(_) => 0,
            _ => (self.line_of)(range.start()),
        };
        self.plan.borrow_mut().statements.push(range.start());
        let value = Box::new(self.tick(SiteLines { line, header }, range));
        Stmt::Expr(ast::StmtExpr { node_index: AtomicNodeIndex::NONE, range, value })
    }

    fn tick(&self, lines: SiteLines, range: TextRange) -> Expr {
        let site = match self.ticks {
            Ticks::None | Ticks::FunctionsAndLoops => UNCOUNTED,
            Ticks::Statements => self.new_site(lines),
        };
        let value = Number::Complex { real: MARK, imag: f64::from(site) + 1.0 };
        let mark = ast::ExprNumberLiteral { node_index: AtomicNodeIndex::NONE, range, value };
        Expr::UnaryOp(ast::ExprUnaryOp {
            node_index: AtomicNodeIndex::NONE,
            range,
            op: ast::UnaryOp::Invert,
            operand: Box::new(Expr::NumberLiteral(mark)),
        })
    }

    fn new_site(&self, lines: SiteLines) -> u32 {
        let sites = &mut self.plan.borrow_mut().sites;
        sites.push(lines);
        sites.len() as u32 - 1
    }

    /// A body that is ticked only where every statement is.
    fn branch(&self, body: &mut ThinVec<Stmt>) {
        if self.ticks == Ticks::Statements {
            self.statements(body, 0, Docstring::None);
        }
    }

    fn region(&self, range: TextRange, region: Region) {
        self.plan.borrow_mut().regions.push((range, region));
    }

    /// `element` is where the steps are counted; `parts` are the expressions that run once per step.
    fn comprehension(&self, element: TextSize, parts: &[TextRange], clauses: &mut [ast::Comprehension]) {
        for part in parts {
            self.region(*part, Region::Step);
        }
        for (index, clause) in clauses.iter_mut().enumerate() {
            for condition in &clause.ifs {
                self.region(condition.range(), Region::Step);
            }
            if index > 0 {
                self.region(clause.iter.range(), Region::Step);
            }
            let lines = SiteLines { line: (self.line_of)(element), header: 0 };
            clause.ifs.insert(0, self.tick(lines, clause.target.range()));
        }
    }

    fn lambda(&self, lambda: &mut ast::ExprLambda) {
        let range = lambda.body.range();
        self.region(range, Region::Lambda);
        let tick = self.tick(SiteLines { line: 0, header: 0 }, range);
        let body = std::mem::replace(&mut *lambda.body, tick.clone());
        *lambda.body = Expr::BoolOp(ast::ExprBoolOp {
            node_index: AtomicNodeIndex::NONE,
            range,
            op: ast::BoolOp::And,
            values: vec![tick, body],
            runtime_values: None,
        });
    }
}

impl Transformer for Instrument<'_> {
    /// Annotations are not run in the function's own code: they stay as they are.
    fn visit_annotation(&self, _annotation: &mut Expr) {}

    fn visit_stmt(&self, statement: &mut Stmt) {
        transformer::walk_stmt(self, statement);
        let line = (self.line_of)(head_range(statement).start());
        match statement {
            Stmt::FunctionDef(function) => self.statements(&mut function.body, 0, Docstring::Allowed),
            Stmt::ClassDef(class) if self.ticks == Ticks::Statements => {
                self.statements(&mut class.body, 0, Docstring::Allowed);
            }
            Stmt::For(for_) => {
                self.statements(&mut for_.body, line, Docstring::None);
                self.branch(&mut for_.orelse);
            }
            Stmt::While(while_) => {
                self.statements(&mut while_.body, line, Docstring::None);
                self.branch(&mut while_.orelse);
            }
            Stmt::If(if_) => {
                self.branch(&mut if_.body);
                if_.elif_else_clauses.iter_mut().for_each(|clause| self.branch(&mut clause.body));
            }
            Stmt::With(with) => self.branch(&mut with.body),
            Stmt::Try(try_) => {
                self.branch(&mut try_.body);
                for ast::ExceptHandler::ExceptHandler(handler) in &mut try_.handlers {
                    self.branch(&mut handler.body);
                }
                self.branch(&mut try_.orelse);
                self.branch(&mut try_.finalbody);
            }
            Stmt::Match(match_) => match_.cases.iter_mut().for_each(|case| self.branch(&mut case.body)),
            _ => {}
        }
    }

    fn visit_expr(&self, expression: &mut Expr) {
        match expression {
            Expr::ListComp(list) => {
                self.comprehension(list.elt.range().start(), &[list.elt.range()], &mut list.generators);
            }
            Expr::SetComp(set) => {
                self.comprehension(set.elt.range().start(), &[set.elt.range()], &mut set.generators);
            }
            Expr::Generator(generator) => {
                let element = generator.elt.range();
                self.comprehension(element.start(), &[element], &mut generator.generators);
            }
            Expr::DictComp(dict) => {
                let key = dict.key.as_ref().map_or(dict.value.range(), |key| key.range());
                self.comprehension(key.start(), &[key, dict.value.range()], &mut dict.generators);
            }
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::Await(await_) => {
                let places = (await_.range().start(), await_.value.range().start());
                self.plan.borrow_mut().awaits.push(places);
            }
            _ => {}
        }
        transformer::walk_expr(self, expression);
    }
}

/// A decorated function or class is counted on the line of its name, where a reader looks for it.
fn head_range(statement: &Stmt) -> TextRange {
    match statement {
        Stmt::FunctionDef(function) => function.name.range(),
        Stmt::ClassDef(class) => class.name.range(),
        other => other.range(),
    }
}

fn is_string(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(expression) if matches!(&*expression.value, Expr::StringLiteral(_)))
}
