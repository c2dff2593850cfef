//! One SELECT.
//!
//! In: SELECT with its ORDER BY. Out: rows whose cells carry types. FROM comes first, then WHERE, GROUP BY, the
//! items, HAVING, ORDER BY: the order in which PostgreSQL finds mistakes. Rules: manual, "SELECT".

use super::group::Grouping;
use super::query::{bare_select, expressions, query_of, sort_key};
use super::rows::Rows;
use super::scope::{Clause, Level, folded};
use super::typed::{Raw, Typed, text};
use super::{Lowerer, Outcome, aggregate, naming};
use crate::answer::SqlError;

use crate::sql::kind::Kind;
use crate::sql::refuse::not_available;
use sqlparser::ast::{
    Distinct, Expr, Function, GroupByExpr, OrderBy, OrderByKind, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Spanned, Value, ValueWithSpan,
};

/// The items of a SELECT.
#[derive(Default)]
struct Items {
    /// What was written; none for columns that `*` stands for.
    written: Vec<Option<Expr>>,
    cells: Vec<Typed>,
    labels: Vec<String>,
}

impl Lowerer<'_> {
    pub(crate) fn select(
        &mut self,
        select: &Select,
        order_by: Option<&OrderBy>,
        whole: bool,
    ) -> Outcome<Rows> {
        self.check_shape(select)?;
        self.levels.push(Level::new(Clause::Select));
        let result = self.select_inside(select, order_by, whole);
        self.levels.pop();
        result
    }

    fn check_shape(&self, select: &Select) -> Outcome<()> {
        if select.into.is_some() {
            return Err(self.unavailable_words("SELECT INTO", &["into"]));
        }
        if let Some(Distinct::On(_)) = &select.distinct {
            return Err(self.unavailable_words("DISTINCT ON", &["distinct"]));
        }
        let odd = select.top.is_some()
            || select.exclude.is_some()
            || !select.lateral_views.is_empty()
            || select.prewhere.is_some()
            || !select.connect_by.is_empty()
            || !select.cluster_by.is_empty()
            || !select.distribute_by.is_empty()
            || !select.sort_by.is_empty()
            || select.qualify.is_some()
            || select.value_table_mode.is_some()
            || select.select_modifiers.is_some()
            || select.flavor != SelectFlavor::Standard;
        if odd { Err(not_available("this form of SELECT")) } else { Ok(()) }
    }

    fn select_inside(&mut self, select: &Select, order_by: Option<&OrderBy>, whole: bool) -> Outcome<Rows> {
        self.note_windows(&select.named_window)?;
        let mut out = bare_select(Vec::new());
        out.from = self.from(&select.from)?;
        out.selection = self.condition(select.selection.as_ref(), Clause::Where, "WHERE")?;
        let keys = order_by.map_or(Ok(&[][..]), expressions)?;
        let grouped = self.group_by(select, aggregate::any_in(select) || aggregate::any_in_order(keys))?;
        out.group_by = GroupByExpr::Expressions(grouped, Vec::new());
        let items = self.items(select, whole)?;
        if let Some(having) = &select.having {
            let typed = self.within(Clause::Having, |this| this.boolean(having, "HAVING"))?;
            out.having = Some(typed.sql);
        }
        out.distinct = select
            .distinct
            .as_ref()
            .filter(|distinct| **distinct != Distinct::All)
            .map(|_| Distinct::Distinct);
        if out.distinct.is_some() {
            self.check_distinct(&items)?;
        }
        let order_by = self.order(keys, &items, out.distinct.is_some())?;
        if let Some(error) = self.levels.last_mut().and_then(|level| level.ungrouped.take()) {
            return Err(error);
        }
        let mut query = query_of(SetExpr::Select(Box::new(out)));
        query.order_by = order_by;
        Ok(Rows { query, shown: items.cells.clone(), cells: vec![items.cells], labels: items.labels })
    }

    fn check_distinct(&self, items: &Items) -> Outcome<()> {
        for cell in &items.cells {
            if cell.kind == Kind::Json {
                let message = "could not identify an equality operator for type json";
                return Err(self.placed(SqlError::new("42883", message), cell.place));
            }
            if cell.kind == Kind::Digits {
                return Err(self.placed(not_available("DISTINCT over numeric"), cell.place));
            }
        }
        Ok(())
    }

    /// Lowers a condition that may be missing.
    pub(crate) fn condition(
        &mut self,
        condition: Option<&Expr>,
        clause: Clause,
        words: &str,
    ) -> Outcome<Option<Expr>> {
        let Some(condition) = condition else { return Ok(None) };
        self.within(clause, |this| this.boolean(condition, words)).map(|typed| Some(typed.sql))
    }

    fn group_by(&mut self, select: &Select, aggregated: bool) -> Outcome<Vec<Expr>> {
        let GroupByExpr::Expressions(by, modifiers) = &select.group_by else {
            return Err(self.unavailable_words("GROUP BY ALL", &["group"]));
        };
        if !modifiers.is_empty() {
            return Err(self.unavailable_words("this GROUP BY", &["group"]));
        }
        if by.is_empty() && !aggregated {
            return Ok(Vec::new());
        }
        let mut grouping = Grouping::default();
        let mut out = Vec::new();
        for expression in by {
            let meant = self.grouping_expression(expression, select)?;
            let typed = self.within(Clause::GroupBy, |this| this.value(&meant))?;
            if matches!(typed.kind, Kind::Json | Kind::Digits) {
                return Err(self.placed(not_available(&format!("GROUP BY {}", typed.kind)), typed.place));
            }
            if let Some(column) = self.own_column(&meant) {
                grouping.columns.push(column);
            }
            if !typed.is_constant() {
                out.push(typed.sql.clone());
            }
            grouping.expressions.push((meant, typed));
        }
        grouping.relations = self.grouped_relations(&grouping.columns);
        self.levels.last_mut().expect("a query is open").grouping = Some(grouping);
        Ok(out)
    }

    /// Names of GROUP BY are input columns first, then result columns; numbers are result columns.
    fn grouping_expression(&self, expression: &Expr, select: &Select) -> Outcome<Expr> {
        match expression {
            Expr::Nested(inner) => self.grouping_expression(inner, select),
            Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => {
                // With a star in the list, items are no columns: the number would count something else.
                if select.projection.iter().any(is_star) {
                    return Err(self.unavailable("GROUP BY a number beside *", expression.span()));
                }
                let index = self.position(digits, select.projection.len(), "GROUP BY", expression)?;
                match &select.projection[index] {
                    SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                        Ok(expr.clone())
                    }
                    _ => Err(self.unavailable("GROUP BY the number of a column of *", expression.span())),
                }
            }
            Expr::Identifier(ident) if self.own_column(expression).is_none() => {
                let wanted = folded(ident);
                let named = select.projection.iter().find_map(|item| match item {
                    SelectItem::ExprWithAlias { expr, alias } if folded(alias) == wanted => {
                        Some(expr.clone())
                    }
                    SelectItem::UnnamedExpr(expr) if naming::of(expr) == wanted => Some(expr.clone()),
                    _ => None,
                });
                Ok(named.unwrap_or_else(|| expression.clone()))
            }
            _ => Ok(expression.clone()),
        }
    }

    /// Returns which column of this query level an expression is.
    fn own_column(&self, expression: &Expr) -> Option<(usize, usize)> {
        let level = self.levels.last()?;
        let (owner, wanted) = match expression {
            Expr::Identifier(ident) => (None, folded(ident)),
            Expr::CompoundIdentifier(names) if names.len() == 2 => {
                (Some(folded(&names[0])), folded(&names[1]))
            }
            _ => return None,
        };
        let relations = level.relations.iter().enumerate();
        let mut found = relations
            .filter(|(_, relation)| owner.as_ref().is_none_or(|owner| *owner == relation.name))
            .filter_map(|(index, relation)| {
                let fits = |column: &super::scope::RelationColumn| {
                    column.name == wanted && (owner.is_some() || !column.merged)
                };
                relation.columns.iter().position(fits).map(|column| (index, column))
            });
        found.next()
    }

    fn items(&mut self, select: &Select, whole: bool) -> Outcome<Items> {
        let mut items = Items::default();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) => {
                    self.whole_item = whole && select.from.is_empty();
                    let typed = self.expr(expr);
                    self.whole_item = false;
                    items.cells.push(typed?);
                    items.labels.push(naming::of(expr));
                    items.written.push(Some(expr.clone()));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    self.check_alias(alias)?;
                    self.whole_item = whole && select.from.is_empty();
                    let typed = self.expr(expr);
                    self.whole_item = false;
                    items.cells.push(typed?);
                    items.labels.push(folded(alias));
                    items.written.push(Some(expr.clone()));
                }
                SelectItem::Wildcard(options) => {
                    self.check_wildcard(options)?;
                    self.star(None, options.wildcard_token.0.span, &mut items)?;
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(owner),
                    options,
                ) => {
                    self.check_wildcard(options)?;
                    let owner = self.single_name(owner)?.clone();
                    self.star(Some(&folded(&owner)), owner.span, &mut items)?;
                }
                _ => return Err(not_available("this item of SELECT")),
            }
        }
        if items.cells.is_empty() {
            return Err(not_available("SELECT without items"));
        }
        Ok(items)
    }

    /// A string is no name: SQLite and the parser take it for one.
    pub(crate) fn check_alias(&self, alias: &sqlparser::ast::Ident) -> Outcome<()> {
        if alias.quote_style != Some('\'') {
            return Ok(());
        }
        let alias_like = |pair: &&[crate::sql::tokens::Token]| {
            pair[1].kind == crate::sql::tokens::Kind::Text
                && pair[1].of(self.sql).contains(&alias.value)
                && pair[0].kind != crate::sql::tokens::Kind::Symbol
        };
        let token = self.tokens.windows(2).find(alias_like).map(|pair| &pair[1]);
        Err(token.map_or_else(
            || not_available("this alias"),
            |token| crate::sql::command::syntax_error(self.sql, token),
        ))
    }

    pub(crate) fn check_wildcard(&self, options: &sqlparser::ast::WildcardAdditionalOptions) -> Outcome<()> {
        let plain = options.opt_ilike.is_none()
            && options.opt_exclude.is_none()
            && options.opt_except.is_none()
            && options.opt_replace.is_none()
            && options.opt_rename.is_none()
            && options.opt_alias.is_none();
        if plain { Ok(()) } else { Err(not_available("* with options")) }
    }

    /// `*` and `t.*`: merged columns of USING first.
    fn star(
        &mut self,
        owner: Option<&str>,
        span: sqlparser::tokenizer::Span,
        items: &mut Items,
    ) -> Outcome<()> {
        let depth = self.levels.len() - 1;
        let relations = &self.levels[depth].relations;
        if let Some(owner) = owner
            && !relations.iter().any(|relation| relation.name == owner)
        {
            return Err(self.missing_relation(owner, span));
        }
        if relations.is_empty() {
            let message = "SELECT * with no tables specified is not valid";
            return Err(self.error("42601", message, span));
        }
        let mut first = Vec::new();
        let mut rest = Vec::new();
        for (index, relation) in relations.iter().enumerate() {
            if owner.is_some_and(|owner| owner != relation.name) {
                continue;
            }
            for (column, known) in relation.columns.iter().enumerate() {
                match (owner, known.merged, known.instead.is_some()) {
                    (None, true, _) => {}
                    (None, false, true) => first.push((index, column)),
                    _ => rest.push((index, column)),
                }
            }
        }
        first.extend(rest);
        for (relation, column) in first {
            let typed = self.reference(depth, relation, column, span, owner)?;
            items.labels.push(self.levels[depth].relations[relation].columns[column].name.clone());
            items.cells.push(typed);
            items.written.push(None);
        }
        Ok(())
    }

    fn order(
        &mut self,
        keys: &[sqlparser::ast::OrderByExpr],
        items: &Items,
        distinct: bool,
    ) -> Outcome<Option<OrderBy>> {
        let mut out = Vec::new();
        for key in keys {
            let options = key.options.clone();
            if let Some(index) = self.ordered_item(&key.expr, items)? {
                let typed = items.cells[index].clone();
                let nullable = typed.nullable;
                let plain = matches!(typed.sql, Expr::CompoundIdentifier(_) | Expr::Identifier(_));
                let sorted = self.sortable(typed.clone())?;
                let by_number = !plain && typed.kind != Kind::Digits;
                let sql = if by_number { text((index + 1).to_string()) } else { sorted };
                out.push(sort_key(sql, nullable, options));
                continue;
            }
            let typed = self.within(Clause::OrderBy, |this| this.expr(&key.expr))?;
            if matches!(typed.raw, Raw::Text(_)) {
                return Err(self.error("42601", "non-integer constant in ORDER BY", key.expr.span()));
            }
            let typed =
                if typed.kind == Kind::Unknown { self.become_kind(typed, Kind::Text)? } else { typed };
            if distinct && !items.cells.iter().any(|cell| cell.sql == typed.sql) {
                let message = "for SELECT DISTINCT, ORDER BY expressions must appear in select list";
                return Err(self.error("42P10", message, key.expr.span()));
            }
            let nullable = typed.nullable;
            out.push(sort_key(self.sortable(typed)?, nullable, options));
        }
        let kind = OrderByKind::Expressions(out);
        Ok((!keys.is_empty()).then_some(OrderBy { kind, interpolate: None }))
    }

    /// Returns which item a sort key names by its label, its number or by being written the same.
    fn ordered_item(&self, key: &Expr, items: &Items) -> Outcome<Option<usize>> {
        match key {
            Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => {
                self.position(digits, items.labels.len(), "ORDER BY", key).map(Some)
            }
            Expr::Identifier(ident) => {
                let wanted = folded(ident);
                let mut named = (0..items.labels.len()).filter(|index| items.labels[*index] == wanted);
                let Some(first) = named.next() else { return Ok(None) };
                if named.any(|other| items.cells[other].sql != items.cells[first].sql) {
                    let message = format!("ORDER BY \"{wanted}\" is ambiguous");
                    return Err(self.error("42702", message, ident.span));
                }
                Ok(Some(first))
            }
            Expr::Function(Function { .. }) | Expr::BinaryOp { .. } => {
                Ok(items.written.iter().position(|written| written.as_ref() == Some(key)))
            }
            _ => Ok(None),
        }
    }

    /// Lowers RETURNING: its items, over the changed table.
    pub(crate) fn returning(
        &mut self,
        returning: Option<&[SelectItem]>,
    ) -> Outcome<(Option<Vec<SelectItem>>, Vec<crate::sql::lowered::OutColumn>)> {
        let Some(returning) = returning else { return Ok((None, Vec::new())) };
        let select = bare_select(returning.to_vec());
        let items = self.within(Clause::Returning, |this| this.items(&select, false))?;
        let query = query_of(SetExpr::Select(Box::new(bare_select(Vec::new()))));
        let mut rows =
            Rows { query, shown: items.cells.clone(), cells: vec![items.cells], labels: items.labels };
        rows.settle_all(self)?;
        let columns = rows.columns();
        match *rows.finish().body {
            SetExpr::Select(select) => Ok((Some(select.projection), columns)),
            _ => Err(not_available("this RETURNING")),
        }
    }
}

fn is_star(item: &SelectItem) -> bool {
    matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))
}
