//! Refusals: source that no budget could stop, refused with a place and a reason before it is compiled.
//!
//! Two passes. Over the tokens, before parsing: nesting that would exhaust the parser's own stack. Over the
//! tree, before compiling: constants so large that folding or one instruction would work for minutes.

use crate::limits;
use ruff_python_ast as ast;
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Number, Operator};
use ruff_text_size::{Ranged, TextRange};

/// Why a file was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The expression or token that is too much.
    pub(crate) range: TextRange,
    /// One sentence without full stop.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: &'static str,
}

/// Refuses nesting and chains that the parser or a pass over the tree recurses on.
pub(crate) fn nesting(source: &str) -> Option<Refusal> {
    // The lexer of the parser crate is private, so this reads characters and skips strings and comments.
    let mut depth = Depth { levels: vec![Level::default()] };
    let mut rest = Scanner { text: source, at: 0 };
    while let Some(word) = rest.next_word() {
        depth.add(word, source);
        if let Some(message) = depth.refusal() {
            let range = TextRange::new((word.start as u32).into(), (word.end as u32).into());
            return Some(Refusal { range, message, hint: "split it into several statements" });
        }
    }
    None
}

/// Refuses constants beyond reason.
pub(crate) fn constants(module: &ast::Mod) -> Option<Refusal> {
    let mut search = Constants { found: None };
    match module {
        ast::Mod::Module(module) => search.visit_body(&module.body),
        ast::Mod::Expression(expression) => search.visit_expr(&expression.body),
    }
    search.found
}

/// An estimate of how deep the tree is at a place: what has piled up at each open bracket.
struct Depth {
    levels: Vec<Level>,
}

/// What has piled up since the last comma, or since the start of the logical line.
#[derive(Default)]
struct Level {
    prefixes: usize,
    chained: usize,
}

impl Depth {
    fn add(&mut self, word: Word, source: &str) {
        match &source[word.start..word.end] {
            "(" | "[" | "{" => self.levels.push(Level::default()),
            ")" | "]" | "}" if self.levels.len() > 1 => drop(self.levels.pop()),
            "," | ";" => *self.innermost() = Level::default(),
            "\n" if self.levels.len() == 1 => *self.innermost() = Level::default(),
            "not" | "if" | "lambda" | "await" | "~" | "**" => self.innermost().prefixes += 1,
            "-" | "+" | "*" if !word.after_operand => self.innermost().prefixes += 1,
            "-" | "+" | "*" | "/" | "%" | "@" | "|" | "&" | "^" | "<" | ">" | "." => {
                self.innermost().chained += 1
            }
            _ => {}
        }
    }

    fn innermost(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the outermost level is never closed")
    }

    fn refusal(&self) -> Option<String> {
        let prefixes: usize = self.levels.iter().map(|level| level.prefixes).sum();
        if self.levels.len() - 1 + prefixes > limits::NESTING_TOKENS {
            let most = limits::NESTING_TOKENS;
            return Some(format!("more than {most} nested operators, brackets or conditions in one line"));
        }
        let chained: usize = self.levels.iter().map(|level| level.chained).sum();
        (chained > limits::CHAIN_TOKENS)
            .then(|| format!("more than {} operators in one expression", limits::CHAIN_TOKENS))
    }
}

#[derive(Clone, Copy)]
struct Word {
    start: usize,
    end: usize,
    after_operand: bool,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn next_word(&mut self) -> Option<Word> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            match byte {
                b'#' => self.skip_while(|byte| byte != b'\n'),
                b'"' | b'\'' => self.skip_string(byte),
                b'\\' => self.at += 2,
                b' ' | b'\t' | b'\r' | 0x0c => self.at += 1,
                _ => return Some(self.word(byte)),
            }
            self.at = self.at.min(bytes.len());
        }
    }

    fn word(&mut self, first: u8) -> Word {
        let start = self.at;
        let after_operand = self.after_operand();
        if is_name(first) {
            self.skip_while(is_name);
        } else if first == b'*' && self.text.as_bytes().get(start + 1) == Some(&b'*') {
            self.at += 2;
        } else {
            self.at += 1;
        }
        Word { start, end: self.at, after_operand }
    }

    fn after_operand(&self) -> bool {
        let before = self.text[..self.at].trim_end_matches([' ', '\t']);
        let Some(last) = before.bytes().last() else { return false };
        let word_start =
            before.rfind(|character: char| !is_name(character as u32 as u8)).map_or(0, |at| at + 1);
        match before.get(word_start..) {
            Some(
                "return" | "in" | "and" | "or" | "not" | "is" | "if" | "else" | "lambda" | "await" | "yield",
            ) => false,
            _ => is_name(last) || matches!(last, b')' | b']' | b'}' | b'"' | b'\''),
        }
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|byte| !keep(*byte)).unwrap_or(rest.len());
    }

    fn skip_string(&mut self, quote: u8) {
        let bytes = self.text.as_bytes();
        let triple = bytes[self.at..].starts_with(&[quote; 3]);
        self.at += if triple { 3 } else { 1 };
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 2,
                byte if *byte == quote && (!triple || bytes[self.at..].starts_with(&[quote; 3])) => {
                    self.at += if triple { 3 } else { 1 };
                    return;
                }
                b'\n' if !triple => return,
                _ => self.at += 1,
            }
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

struct Constants {
    found: Option<Refusal>,
}

impl Constants {
    fn refuse(&mut self, range: TextRange, message: String) {
        let hint = "one instruction would work longer than any budget notices";
        self.found.get_or_insert(Refusal { range, message, hint });
    }

    fn binary(&mut self, operation: &ast::ExprBinOp) {
        let right = magnitude(&operation.right);
        match operation.op {
            Operator::Pow if right > limits::CONSTANT_EXPONENT as f64 => {
                let message = format!("an exponent above {} is refused here", limits::CONSTANT_EXPONENT);
                self.refuse(operation.range(), message);
            }
            Operator::LShift if right > limits::CONSTANT_EXPONENT as f64 => {
                let message = format!("a shift by more than {} is refused here", limits::CONSTANT_EXPONENT);
                self.refuse(operation.range(), message);
            }
            Operator::Mult => self.repetition(operation),
            Operator::Mod if is_text(&operation.left) => self.format(&operation.left),
            _ => {}
        }
    }

    fn repetition(&mut self, operation: &ast::ExprBinOp) {
        for (sequence, factor) in [(&operation.left, &operation.right), (&operation.right, &operation.left)] {
            let repeats = is_text(sequence) || matches!(&**sequence, Expr::List(_) | Expr::Tuple(_));
            if repeats && magnitude(factor) > limits::CONSTANT_WIDTH as f64 {
                let message =
                    format!("repeating a value more than {} times is refused here", limits::CONSTANT_WIDTH);
                self.refuse(operation.range(), message);
            }
        }
    }

    /// Looks for a width in the text of a format.
    fn format(&mut self, format: &Expr) {
        if let Expr::StringLiteral(literal) = format
            && has_wide_number(literal.value.to_str())
        {
            self.refuse_width(format.range());
        }
    }

    fn refuse_width(&mut self, range: TextRange) {
        self.refuse(range, format!("a width above {} is refused here", limits::CONSTANT_WIDTH));
    }
}

impl<'a> Visitor<'a> for Constants {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::BinOp(operation) => self.binary(operation),
            Expr::Call(call) => {
                if let Expr::Attribute(attribute) = &*call.func
                    && attribute.attr.as_str() == "format"
                {
                    self.format(&attribute.value);
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }

    fn visit_interpolated_string_element(&mut self, element: &'a ast::InterpolatedStringElement) {
        if let ast::InterpolatedStringElement::Interpolation(part) = element
            && let Some(spec) = &part.format_spec
            && spec.elements.literals().any(|literal| has_wide_number(&literal.value))
        {
            self.refuse_width(part.range());
        }
        visitor::walk_interpolated_string_element(self, element);
    }
}

fn is_text(expression: &Expr) -> bool {
    matches!(expression, Expr::StringLiteral(_) | Expr::BytesLiteral(_))
}

fn has_wide_number(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_digit()).any(|digits| {
        digits.len() > 12 || digits.parse::<u64>().is_ok_and(|width| width > limits::CONSTANT_WIDTH)
    })
}

/// Estimates a constant expression; 0 for what is not constant.
fn magnitude(expression: &Expr) -> f64 {
    match expression {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(number) => number.as_i64().map_or(f64::INFINITY, |number| number as f64),
            _ => 0.0,
        },
        Expr::BinOp(operation) => {
            let (left, right) = (magnitude(&operation.left), magnitude(&operation.right));
            match operation.op {
                Operator::Add => left + right,
                Operator::Mult => left * right,
                Operator::Pow => libm::pow(left, right),
                Operator::LShift => left * libm::exp2(right),
                _ => left,
            }
        }
        Expr::UnaryOp(operation) => magnitude(&operation.operand),
        _ => 0.0,
    }
}

/// Returns whether a token is the word `await` or one that makes a statement asynchronous.
pub(crate) fn suspends(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Await | TokenKind::Async)
}
