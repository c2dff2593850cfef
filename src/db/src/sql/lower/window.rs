//! Window functions.
//!
//! In: a call with OVER. Out: the same in SQLite, whose frames follow the standard as PostgreSQL's do. Rules:
//! PostgreSQL manual, sections 3.5, 4.2.8 and 9.22.

use super::call::Arguments;
use super::scope::{Clause, folded};
use super::typed::{Typed, call};
use super::{Lowerer, Outcome, aggregate};
use crate::answer::SqlError;
use crate::sql::kind::Kind;
use crate::sql::refuse::not_available;
use sqlparser::ast::{
    Expr, Function, NamedWindowExpr, Value, ValueWithSpan, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowSpec, WindowType,
};

/// Functions that need OVER.
pub(crate) const WINDOW_FUNCTIONS: [&str; 11] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
];

impl Lowerer<'_> {
    pub(crate) fn windowed(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
        function: &Function,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let level = self.levels.last();
        if let Some(words) = level.and_then(|level| forbidden(level.clause)) {
            let message = format!("window functions are not allowed in {words}");
            return Err(self.placed(SqlError::new("42P20", message), place));
        }
        if level.is_some_and(|level| level.in_aggregate) {
            let message = "aggregate function calls cannot contain window function calls";
            return Err(self.placed(SqlError::new("42803", message), place));
        }
        let before = self.levels.last().map(|level| level.clause);
        if let Some(level) = self.levels.last_mut() {
            level.clause = Clause::Window;
        }
        let result = self.windowed_call(name, arguments, function, place);
        if let (Some(level), Some(before)) = (self.levels.last_mut(), before) {
            level.clause = before;
        }
        result
    }

    fn windowed_call(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
        function: &Function,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let (mut built, kind, nullable) = match aggregate::AGGREGATES.contains(&name) {
            true if arguments.distinct => {
                let message = "DISTINCT is not implemented for window functions";
                return Err(self.placed(SqlError::new("0A000", message), place));
            }
            true => self.aggregate_call(name, arguments, function.filter.as_deref(), place)?,
            false => self.window_function(name, arguments, place)?,
        };
        let shown = built.name.to_string();
        if shown.starts_with("float_") {
            return Err(self.placed(not_available("sums of double precision over a window"), place));
        }
        built.over = Some(WindowType::WindowSpec(self.window(function.over.as_ref(), place)?));
        Ok(Typed::new(Expr::Function(built), kind, nullable, place))
    }

    fn window_function(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
        place: Option<usize>,
    ) -> Outcome<(Function, Kind, bool)> {
        let mut typed = Vec::new();
        for expression in &arguments.list {
            typed.push(self.expr(expression)?);
        }
        let kinds: Vec<Kind> = typed.iter().map(|typed| typed.kind).collect();
        let no_function = self.no_function(name, &kinds, place);
        let whole = |kind: &Kind| kind.becomes(Kind::Int4);
        let (kind, nullable) = match (name, &kinds[..]) {
            ("row_number" | "rank" | "dense_rank", []) => (Kind::Int8, false),
            ("percent_rank" | "cume_dist", []) => (Kind::Float8, false),
            ("ntile", [count]) if whole(count) => (Kind::Int4, false),
            ("first_value" | "last_value", [kind]) => (*kind, true),
            ("nth_value", [kind, number]) if whole(number) => (*kind, true),
            ("lag" | "lead", [kind]) => (*kind, true),
            ("lag" | "lead", [kind, offset]) if whole(offset) => (*kind, true),
            ("lag" | "lead", [kind, offset, other])
                if whole(offset) && (other.becomes(*kind) || kind.becomes(*other)) =>
            {
                (*kind, true)
            }
            _ => return Err(no_function),
        };
        let kind = if kind == Kind::Unknown { Kind::Text } else { kind };
        if kind == Kind::Fraction {
            return Err(self.placed(not_available("numeric in a window function"), place));
        }
        let mut sql = Vec::new();
        for (index, argument) in typed.into_iter().enumerate() {
            let wanted = if name == "ntile" || index == 1 { Kind::Int4 } else { kind };
            if index == 2 && !argument.kind.becomes(kind) {
                return Err(self.placed(not_available("a default of another type"), place));
            }
            sql.push(self.become_kind(argument, wanted)?.sql);
        }
        let Expr::Function(function) = call(name, sql) else { return Err(no_function) };
        Ok((function, kind, nullable))
    }

    fn window(&mut self, over: Option<&WindowType>, place: Option<usize>) -> Outcome<WindowSpec> {
        let spec = match over {
            Some(WindowType::WindowSpec(spec)) => spec.clone(),
            Some(WindowType::NamedWindow(name)) => {
                let wanted = folded(name);
                let found = self.windows.iter().rev().find(|(known, _)| *known == wanted);
                let message = format!("window \"{wanted}\" does not exist");
                found.map(|(_, spec)| spec.clone()).ok_or_else(|| self.error("42704", message, name.span))?
            }
            None => return Err(self.placed(not_available("this window"), place)),
        };
        if spec.window_name.is_some() {
            return Err(self.placed(not_available("a window built on another window"), place));
        }
        let mut partition_by = Vec::new();
        for expression in &spec.partition_by {
            partition_by.push(self.value(expression)?.sql);
        }
        let order_by = self.sort_keys(&spec.order_by)?;
        let window_frame = spec.window_frame.as_ref().map(|frame| self.frame(frame, place)).transpose()?;
        Ok(WindowSpec { window_name: None, partition_by, order_by, window_frame })
    }

    fn frame(&mut self, frame: &WindowFrame, place: Option<usize>) -> Outcome<WindowFrame> {
        let bound = |bound: &WindowFrameBound| match bound {
            WindowFrameBound::CurrentRow
            | WindowFrameBound::Preceding(None)
            | WindowFrameBound::Following(None) => true,
            WindowFrameBound::Preceding(Some(count)) | WindowFrameBound::Following(Some(count)) => {
                frame.units != WindowFrameUnits::Range
                    && matches!(&**count, Expr::Value(ValueWithSpan { value: Value::Number(..), .. }))
            }
        };
        match bound(&frame.start_bound) && frame.end_bound.as_ref().is_none_or(bound) {
            true => Ok(frame.clone()),
            false => Err(self.placed(not_available("this window frame"), place)),
        }
    }

    /// Notes the windows that WINDOW names.
    pub(crate) fn note_windows(&mut self, named: &[sqlparser::ast::NamedWindowDefinition]) -> Outcome<()> {
        for definition in named {
            let NamedWindowExpr::WindowSpec(spec) = &definition.1 else {
                return Err(self.unavailable("a window built on another window", definition.0.span));
            };
            self.windows.push((folded(&definition.0), spec.clone()));
        }
        Ok(())
    }
}

fn forbidden(clause: Clause) -> Option<&'static str> {
    let allowed = matches!(clause, Clause::Select | Clause::OrderBy);
    (!allowed).then(|| clause.words())
}
