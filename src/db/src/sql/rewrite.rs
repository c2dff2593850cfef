//! PostgreSQL's text into SQLite's, token by token.
//!
//! In: tokens and the catalog. Out: pieces (`pieces.rs`), the parameters, what the statement locks. Only
//! differences of spelling with equal meaning are handled, and the silent ones: division by zero (22012),
//! and NULL, which PostgreSQL sorts last and SQLite first.

use super::pieces::Piece;
use super::shape::{group_end, list_end};
use super::tokens::{Kind, Token};
use crate::schema::Catalog;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Param {
    /// Name without its mark: `id` for `:id`, `1` for `$1`.
    pub(crate) name: String,
    /// Where it first stands.
    pub(crate) start: usize,
    /// What it may be.
    pub(crate) takes: Takes,
}

/// What values fit where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// One value.
    One,
    /// One value or a list: `IN (:ids)`.
    Either,
    /// A list only: `IN :ids`, `= ANY(:ids)`.
    List,
}

/// FOR UPDATE and its relatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locking {
    None,
    Wait,
    NoWait,
}

/// A statement as SQLite will get it.
#[derive(Debug)]
pub(crate) struct Rewritten {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) params: Vec<Param>,
    pub(crate) locking: Locking,
    pub(crate) in_list: bool,
}

/// What happens to one token.
#[derive(Debug, Clone, Default)]
struct Edit {
    before: String,
    body: Body,
    after: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
enum Body {
    #[default]
    Copy,
    Drop,
    Replace(String),
    Param(Takes),
}

/// Rewrites a statement that passed `refuse.rs`.
pub(crate) fn rewrite(sql: &str, tokens: &[Token], catalog: &Catalog) -> Rewritten {
    let mut work = Rewriter { sql, tokens, edits: vec![Edit::default(); tokens.len()], in_list: false };
    work.values();
    work.lists();
    work.division();
    work.nulls_order(catalog);
    work.change_spelling();
    let locking = work.locking_clause();
    work.finish(locking)
}

struct Rewriter<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    edits: Vec<Edit>,
    in_list: bool,
}

impl Rewriter<'_> {
    fn word(&self, index: usize, word: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is_word(self.sql, word))
    }

    fn symbol(&self, index: usize, symbol: &str) -> bool {
        self.tokens.get(index).is_some_and(|token| token.is_symbol(self.sql, symbol))
    }

    fn param(&self, index: usize) -> bool {
        self.tokens.get(index).is_some_and(|token| matches!(token.kind, Kind::Named | Kind::Numbered))
    }

    /// Parameters, and strings that SQLite would read differently.
    fn values(&mut self) {
        for (index, token) in self.tokens.iter().enumerate() {
            let text = token.of(self.sql);
            self.edits[index].body = match token.kind {
                Kind::Named | Kind::Numbered => Body::Param(Takes::One),
                Kind::Text if text.starts_with('$') => Body::Replace(quoted(&dollar_body(text))),
                Kind::Text if !text.starts_with('\'') => {
                    Body::Replace(quoted(&unescaped(&text[2..text.len() - 1])))
                }
                _ => Body::Copy,
            };
        }
    }

    /// `IN (…)`, `IN :ids`, `= ANY(:ids)`, `<> ALL(:ids)`, `= ANY (SELECT …)`.
    fn lists(&mut self) {
        for index in 0..self.tokens.len() {
            if self.word(index, "in") {
                self.in_values(index + 1);
            }
            let any = self.symbol(index, "=") && self.word(index + 1, "any");
            let all = (self.symbol(index, "<>") || self.symbol(index, "!=")) && self.word(index + 1, "all");
            if (any || all) && self.symbol(index + 2, "(") {
                self.quantified(index, if any { "IN" } else { "NOT IN" });
            }
        }
    }

    fn in_values(&mut self, start: usize) {
        let Some(end) = list_end(self.sql, self.tokens, start) else { return };
        self.in_list = true;
        if end == start + 1 {
            self.edits[start].before.push('(');
            self.edits[start].after.push(')');
        }
        let takes = if end == start + 1 { Takes::List } else { Takes::Either };
        for index in (start..end).filter(|index| self.param(*index)).collect::<Vec<_>>() {
            self.edits[index].body = Body::Param(takes);
        }
    }

    fn quantified(&mut self, operator: usize, spelled: &str) {
        let list = self.param(operator + 3) && self.symbol(operator + 4, ")");
        if !list && !self.word(operator + 3, "select") {
            return;
        }
        self.edits[operator].body = Body::Replace(format!(" {spelled} "));
        self.edits[operator + 1].body = Body::Drop;
        if list {
            self.in_list = true;
            self.edits[operator + 3].body = Body::Param(Takes::List);
        }
    }

    /// SQLite gives NULL for x / 0; the divisor goes through a function that refuses zero.
    fn division(&mut self) {
        for index in 1..self.tokens.len() {
            if !self.symbol(index, "/") && !self.symbol(index, "%") {
                continue;
            }
            let end = self.factor_end(index + 1);
            let constant = end == index + 2 && self.tokens[index + 1].kind == Kind::Number;
            let zero = constant && self.tokens[index + 1].of(self.sql).parse() == Ok(0.0_f64);
            if end > index + 1 && (!constant || zero) {
                self.edits[index + 1].before.insert_str(0, "nonzero(");
                self.edits[end - 1].after.push(')');
            }
        }
    }

    /// Returns the index after the operand that begins at `start`: signs, then a value, name, call or group.
    fn factor_end(&self, start: usize) -> usize {
        let mut index = start;
        while self.symbol(index, "-") || self.symbol(index, "+") {
            index += 1;
        }
        if self.symbol(index, "(") {
            return group_end(self.sql, self.tokens, index).unwrap_or(start);
        }
        if self.word(index, "case") {
            return self.case_end(index);
        }
        if index >= self.tokens.len() {
            return start;
        }
        index += 1;
        while self.symbol(index, ".") {
            index += 2;
        }
        match self.symbol(index, "(") {
            true => group_end(self.sql, self.tokens, index).unwrap_or(start),
            false => index.min(self.tokens.len()),
        }
    }

    fn case_end(&self, start: usize) -> usize {
        let mut depth = 0;
        for index in start..self.tokens.len() {
            depth += i32::from(self.word(index, "case")) - i32::from(self.word(index, "end"));
            if depth == 0 {
                return index + 1;
            }
        }
        start
    }

    /// PostgreSQL sorts NULL as the largest value, SQLite as the smallest.
    fn nulls_order(&mut self, catalog: &Catalog) {
        for index in 0..self.tokens.len() {
            if self.word(index, "order") && self.word(index + 1, "by") {
                self.order_items(index + 2, catalog);
            }
        }
    }

    fn order_items(&mut self, start: usize, catalog: &Catalog) {
        const ENDS: [&str; 11] = [
            "limit",
            "offset",
            "fetch",
            "for",
            "union",
            "intersect",
            "except",
            "rows",
            "range",
            "groups",
            "returning",
        ];
        let (mut item, mut depth) = (start, 0);
        for index in start..=self.tokens.len() {
            let ends = index == self.tokens.len()
                || (depth == 0
                    && (self.symbol(index, ")") || ENDS.iter().any(|word| self.word(index, word))));
            if ends || (depth == 0 && self.symbol(index, ",")) {
                self.order_item(item, index, catalog);
                item = index + 1;
            }
            if ends {
                return;
            }
            depth += i32::from(self.symbol(index, "(")) - i32::from(self.symbol(index, ")"));
        }
    }

    fn order_item(&mut self, start: usize, end: usize, catalog: &Catalog) {
        if start >= end || (start..end).any(|index| self.word(index, "nulls")) {
            return;
        }
        let descending = self.word(end - 1, "desc");
        let bare = end - usize::from(descending || self.word(end - 1, "asc"));
        if self.never_null(start, bare, catalog) {
            return;
        }
        self.edits[end - 1].after.push_str(if descending { " NULLS FIRST" } else { " NULLS LAST" });
    }

    /// A plain column that is NOT NULL wherever it occurs, in a statement that adds no NULLs of its own.
    fn never_null(&self, start: usize, end: usize, catalog: &Catalog) -> bool {
        let Some(last) = end.checked_sub(1).filter(|last| *last >= start) else { return false };
        let plain = end - start == 1 || (end - start == 3 && self.symbol(start + 1, "."));
        let name = self.tokens[last].name(self.sql);
        let outer =
            ["left", "right", "full"].iter().any(|word| (0..self.tokens.len()).any(|at| self.word(at, word)));
        let alias = (1..self.tokens.len()).any(|at| {
            self.word(at - 1, "as") && self.tokens[at].is_name() && self.tokens[at].name(self.sql) == name
        });
        plain && self.tokens[last].is_name() && !outer && !alias && catalog.never_null(&name)
    }

    /// TRUNCATE, and an alias without AS in UPDATE and DELETE.
    fn change_spelling(&mut self) {
        if self.word(0, "truncate") {
            self.edits[0].body = Body::Replace("DELETE FROM".to_owned());
            for index in 1..self.tokens.len() {
                let noise = ["table", "only", "restart", "continue", "identity", "restrict"];
                if noise.iter().any(|word| self.word(index, word)) {
                    self.edits[index].body = Body::Drop;
                }
            }
        }
        let table = match (self.word(0, "update"), self.word(0, "delete") && self.word(1, "from")) {
            (true, _) => 1,
            (_, true) => 2,
            _ => return,
        };
        self.returning(table);
        let follows = ["set", "where", "returning", "as"].iter().any(|word| self.word(table + 1, word));
        if !follows && self.tokens.get(table + 1).is_some_and(Token::is_name) {
            self.edits[table + 1].before.push_str("AS ");
        }
    }

    /// SQLite knows no table or alias in RETURNING: there `s.amount` becomes `amount`.
    fn returning(&mut self, table: usize) {
        let Some(clause) = (0..self.tokens.len()).find(|index| self.word(*index, "returning")) else {
            return;
        };
        let alias = table + if self.word(table + 1, "as") { 2 } else { 1 };
        for index in clause + 1..self.tokens.len() {
            let same = |other: usize| {
                self.tokens[index].is_name()
                    && self.tokens.get(other).map(|token| token.name(self.sql))
                        == Some(self.tokens[index].name(self.sql))
            };
            if self.symbol(index + 1, ".") && (same(table) || same(alias)) {
                self.edits[index].body = Body::Drop;
                self.edits[index + 1].body = Body::Drop;
            }
        }
    }

    /// Takes FOR UPDATE, FOR SHARE and so on out of the text.
    fn locking_clause(&mut self) -> Locking {
        let mut locking = Locking::None;
        for index in 0..self.tokens.len() {
            let Some(mut end) = self.strength_end(index) else { continue };
            if self.word(end, "of") {
                end += 2;
                while self.symbol(end, ",") {
                    end += 2;
                }
            }
            let nowait = self.word(end, "nowait");
            locking = if nowait || locking == Locking::NoWait { Locking::NoWait } else { Locking::Wait };
            for edit in &mut self.edits[index..(end + usize::from(nowait)).min(self.tokens.len())] {
                edit.body = Body::Drop;
            }
        }
        locking
    }

    fn strength_end(&self, index: usize) -> Option<usize> {
        const STRENGTHS: [&[&str]; 4] = [
            &["for", "update"],
            &["for", "share"],
            &["for", "no", "key", "update"],
            &["for", "key", "share"],
        ];
        let fits = |words: &&&[&str]| words.iter().enumerate().all(|(at, word)| self.word(index + at, word));
        STRENGTHS.iter().find(fits).map(|words| index + words.len())
    }

    fn finish(self, locking: Locking) -> Rewritten {
        let mut out = Rewritten { pieces: Vec::new(), params: Vec::new(), locking, in_list: self.in_list };
        let (mut previous_end, mut space) = (0, false);
        for (token, edit) in self.tokens.iter().zip(self.edits) {
            space |= previous_end > 0 && previous_end < token.start;
            previous_end = token.end;
            if edit.body == Body::Drop {
                continue;
            }
            push_added(&mut out.pieces, if std::mem::take(&mut space) { " " } else { "" });
            push_added(&mut out.pieces, &edit.before);
            match edit.body {
                Body::Copy => out.pieces.push(Piece::Copied(token.of(self.sql).to_owned(), token.start)),
                Body::Replace(text) => out.pieces.push(Piece::Copied(text, token.start)),
                Body::Param(takes) => push_param(&mut out, self.sql, token, takes),
                Body::Drop => {}
            }
            push_added(&mut out.pieces, &edit.after);
        }
        out
    }
}

fn push_added(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Added(text.to_owned()));
    }
}

fn push_param(out: &mut Rewritten, sql: &str, token: &Token, takes: Takes) {
    let name = &token.of(sql)[1..];
    let known = out.params.iter().position(|param| param.name == name);
    let index = known.unwrap_or_else(|| {
        out.params.push(Param { name: name.to_owned(), start: token.start, takes });
        out.params.len() - 1
    });
    let param = &mut out.params[index];
    if takes == Takes::One {
        param.takes = Takes::One;
    }
    out.pieces.push(if takes == Takes::One { Piece::One(index) } else { Piece::Many(index) });
}

/// Returns a string as an SQL constant.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn dollar_body(text: &str) -> String {
    let tag = 2 + text[1..].find('$').expect("a dollar-quoted string has a tag");
    text[tag..text.len() - tag].to_owned()
}

/// Reads the escapes of `E'…'` that PostgreSQL documents as single letters; others stand for themselves.
fn unescaped(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push(match characters.next().unwrap_or('\\') {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                other => other,
            }),
            '\'' => {
                characters.next();
                out.push('\'');
            }
            other => out.push(other),
        }
    }
    out
}
