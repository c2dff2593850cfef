//! UPDATE, DELETE and INSERT: the further texts that waiting needs.
//!
//! Rules: PostgreSQL manual, 13.2.1 (re-check after a wait), INSERT (ON CONFLICT).

use super::edit::{
    Body, BodyMut, MAIN, ROW, SNAPSHOT, also, body, body_mut, cut_locks, from_of, is_one_of, list_param,
    qualify_target, read_from, rowid, target,
};
use super::variant::{Variant, Wording};
use crate::schema::{Catalog, KeyDef, KeyPart, TableDef, TableId};
use sqlparser::ast::{
    ConflictTarget, Ident, OnConflictAction, OnInsert, SqliteOnConflict, Statement, TableWithJoins,
    UpdateTableFromKind,
};
use std::cell::OnceCell;
use std::rc::Rc;

/// UPDATE or DELETE.
pub(crate) struct Change {
    pub(crate) table: TableId,
    /// The number of the parameter that lists rows in `recheck`.
    pub(crate) rows_param: usize,
    /// Columns that SET names, by place in the table; empty for DELETE.
    pub(crate) assigned: Vec<usize>,
    pub(crate) deletes: bool,
    texts: ChangeTexts,
    statement: Statement,
    catalog: Rc<Catalog>,
}

#[derive(Default)]
struct ChangeTexts {
    recheck: OnceCell<Variant>,
    candidates: OnceCell<Variant>,
    replacing: OnceCell<Variant>,
}

impl Change {
    pub(super) fn new(source: &Statement, params: usize, catalog: &Rc<Catalog>) -> Change {
        let (name, _) = target(source).expect("UPDATE and DELETE name a table");
        let table = catalog.table(&name).expect("lowering resolved the table");
        let (assigned, deletes) = match body(source) {
            Body::Update(update) => (assigned(update, table), false),
            _ => (Vec::new(), true),
        };
        let mut statement = source.clone();
        cut_locks(&mut statement);
        Change {
            table: table.id,
            rows_param: params,
            assigned,
            deletes,
            texts: ChangeTexts::default(),
            statement,
            catalog: Rc::clone(catalog),
        }
    }

    /// The statement after a wait: the rows listed, as they are now; everything else as it was at the start.
    pub(crate) fn recheck(&self) -> &Variant {
        self.texts.recheck.get_or_init(|| {
            let mut statement = self.statement.clone();
            let (_, alias) = target(&statement).expect("UPDATE and DELETE name a table");
            read_from(&mut statement, SNAPSHOT, &self.catalog);
            qualify_target(&mut statement, MAIN);
            let listed = is_one_of(rowid(&alias), list_param(self.rows_param));
            match body_mut(&mut statement) {
                BodyMut::Update(update) => also(&mut update.selection, listed),
                BodyMut::Delete(delete) => also(&mut delete.selection, listed),
                _ => {}
            }
            Variant::new(&statement, Wording::Internal)
        })
    }

    /// The rows that the statement would change, for when it cannot run because of a constraint.
    pub(crate) fn candidates(&self) -> &Variant {
        self.texts.candidates.get_or_init(|| Variant::of_text(&candidates(&self.statement), Wording::Values))
    }

    /// The statement with OR REPLACE, which shows the rows that it collides with.
    pub(crate) fn replacing(&self) -> &Variant {
        self.texts.replacing.get_or_init(|| {
            let mut statement = self.statement.clone();
            if let BodyMut::Update(update) = body_mut(&mut statement) {
                update.or = Some(SqliteOnConflict::Replace);
            }
            Variant::new(&statement, Wording::Internal)
        })
    }
}

fn assigned(update: &sqlparser::ast::Update, table: &TableDef) -> Vec<usize> {
    let names = update.assignments.iter().map(|assignment| assignment.target.to_string());
    let place = |name: String| {
        let name = name.trim_matches('"').to_owned();
        table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(&name))
    };
    names.filter_map(place).collect()
}

fn candidates(statement: &Statement) -> String {
    let (_, alias) = target(statement).expect("UPDATE and DELETE name a table");
    let shown =
        |tables: &[TableWithJoins]| tables.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (from, selection) = match body(statement) {
        Body::Update(update) => {
            let mut from = update.table.to_string();
            if let Some(UpdateTableFromKind::AfterSet(more) | UpdateTableFromKind::BeforeSet(more)) =
                &update.from
            {
                from = format!("{from}, {}", shown(more));
            }
            (from, update.selection.as_ref())
        }
        Body::Delete(delete) => (shown(from_of(delete)), delete.selection.as_ref()),
        _ => unreachable!("only UPDATE and DELETE have candidates"),
    };
    let with = match statement {
        Statement::Query(query) => query.with.as_ref().map(|with| format!("{with} ")).unwrap_or_default(),
        _ => String::new(),
    };
    let condition = selection.map(|expr| format!(" WHERE {expr}")).unwrap_or_default();
    format!("{with}SELECT {alias}.{ROW} FROM {from}{condition}")
}

/// INSERT.
pub(crate) struct Insert {
    pub(crate) table: TableId,
    pub(crate) conflict: Option<OnConflict>,
    texts: InsertTexts,
    statement: Statement,
    catalog: Rc<Catalog>,
}

#[derive(Default)]
struct InsertTexts {
    again: OnceCell<Variant>,
    replacing: OnceCell<Variant>,
}

/// ON CONFLICT.
pub(crate) struct OnConflict {
    /// The unique indexes that it is about; all of the table's when it names none.
    pub(crate) arbiters: Vec<crate::schema::KeyId>,
    /// DO UPDATE, and whether it has a WHERE.
    pub(crate) updates: Option<bool>,
}

impl Insert {
    pub(super) fn new(source: &Statement, catalog: &Rc<Catalog>) -> Insert {
        let (name, _) = target(source).expect("INSERT names a table");
        let table = catalog.table(&name).expect("lowering resolved the table");
        let mut statement = source.clone();
        cut_locks(&mut statement);
        let Body::Insert(insert) = body(&statement) else { unreachable!("the body was an INSERT") };
        let conflict = insert.on.as_ref().and_then(|on| conflict(on, table));
        Insert {
            table: table.id,
            conflict,
            texts: InsertTexts::default(),
            statement,
            catalog: Rc::clone(catalog),
        }
    }

    /// The statement after a wait: new rows go into what is there now, sources are as at the start.
    pub(crate) fn again(&self) -> &Variant {
        self.texts.again.get_or_init(|| {
            let mut statement = self.statement.clone();
            read_from(&mut statement, SNAPSHOT, &self.catalog);
            qualify_target(&mut statement, MAIN);
            Variant::new(&statement, Wording::Internal)
        })
    }

    /// The statement with OR REPLACE and without ON CONFLICT and RETURNING: it shows every proposed row and
    /// the rows that they collide with.
    pub(crate) fn replacing(&self) -> &Variant {
        self.texts.replacing.get_or_init(|| {
            let mut statement = self.statement.clone();
            if let BodyMut::Insert(insert) = body_mut(&mut statement) {
                insert.or = Some(SqliteOnConflict::Replace);
                insert.on = None;
                insert.returning = None;
            }
            Variant::new(&statement, Wording::Internal)
        })
    }
}

fn conflict(on: &OnInsert, table: &TableDef) -> Option<OnConflict> {
    let OnInsert::OnConflict(on) = on else { return None };
    let all = || table.keys.iter().map(|key| key.id).collect();
    let arbiters = match &on.conflict_target {
        None => all(),
        Some(ConflictTarget::Columns(columns)) => {
            table.keys.iter().filter(|key| covers(key, columns, table)).map(|key| key.id).collect()
        }
        Some(ConflictTarget::OnConstraint(name)) => {
            let name = name.to_string();
            table.keys.iter().filter(|key| key.name == name).map(|key| key.id).collect()
        }
    };
    let updates = match &on.action {
        OnConflictAction::DoNothing => None,
        OnConflictAction::DoUpdate(update) => Some(update.selection.is_some()),
    };
    Some(OnConflict { arbiters, updates })
}

fn covers(key: &KeyDef, columns: &[Ident], table: &TableDef) -> bool {
    let named = |part: &KeyPart| match part {
        KeyPart::Column(index) => {
            let name = &table.columns[*index].name;
            columns.iter().any(|column| column.value.eq_ignore_ascii_case(name))
        }
        KeyPart::Expression(text) => {
            columns.iter().any(|column| column.to_string().eq_ignore_ascii_case(text))
        }
    };
    key.parts.len() == columns.len() && key.parts.iter().all(named)
}
