//! Foreign keys: checked after a statement, with the locks that PostgreSQL's triggers take.
//!
//! In: the changes of a statement and the version they made. Out: the version with cascades, and their changes
//! added to the list. A child's new reference locks its parent FOR KEY SHARE; a removed or re-keyed parent looks
//! for children in the newest content, whatever the snapshot.
//!
//! Rules: PostgreSQL manual 5.4.5 and 13.3.2; `ri_triggers.c`.

use super::settle::concurrent;
use super::work::{Halt, Work};
use crate::answer::SqlError;
use crate::change::{Change, RowKey};
use crate::history::Fate;
use crate::locks::{RowMode, TableMode};
use crate::schema::{Action, Catalog, Foreign, TableDef};
use crate::state::{Deferred, Version};
use std::rc::Rc;
use unhappy_trace::Value;

/// One foreign key between two tables.
#[derive(Clone, Copy)]
struct Link<'a> {
    child: &'a TableDef,
    key: &'a Foreign,
    parent: &'a TableDef,
}

impl Work<'_> {
    /// Checks every foreign key that `changes` touch. Cascades add their own changes, which are checked too.
    pub(super) fn check_foreign_keys(
        &mut self,
        version: Version,
        changes: &mut Vec<Change>,
    ) -> Result<Version, Halt> {
        let catalog = Rc::clone(&version.catalog);
        if catalog.tables.values().all(|table| table.foreign.is_empty()) {
            return Ok(version);
        }
        let mut version = version;
        let mut index = 0;
        while let Some(change) = changes.get(index).cloned() {
            index += 1;
            let Some(table) = catalog.by_id(change.table) else { continue };
            for link in links_of_child(&catalog, table) {
                self.check_child(&version, link, &change)?;
            }
            for link in links_of_parent(&catalog, table) {
                version = self.check_parent(version, link, &change, changes)?;
            }
        }
        Ok(version)
    }

    /// A new reference needs its parent. An unchanged one, or one with NULL, looks at no parent.
    fn check_child(&mut self, version: &Version, link: Link<'_>, change: &Change) -> Result<(), Halt> {
        let Some((_, new)) = &change.new else { return Ok(()) };
        let wanted = values(new, &link.key.columns);
        let unchanged = change.old.as_ref().is_some_and(|(_, old)| values(old, &link.key.columns) == wanted);
        if unchanged || wanted.contains(&Value::Null) {
            return Ok(());
        }
        if link.key.initially_deferred {
            self.defer(link, wanted, true);
            return Ok(());
        }
        self.lock_parent(version, link, &wanted)
    }

    fn lock_parent(&mut self, version: &Version, link: Link<'_>, wanted: &[Value]) -> Result<(), Halt> {
        self.lock_table(link.parent.id, TableMode::RowShare)?;
        let found = self.engine.find(version, link.parent, &link.key.parent_columns, wanted);
        let Some(row) = found.first() else { return Err(Halt::Refused(no_parent(link, wanted))) };
        let parent = RowKey { table: link.parent.id, row: *row };
        if self.transaction().keeps_snapshot() {
            match self.state.history.fate(parent, self.snapshot().commits) {
                Fate::Same | Fate::Newer { key: false, .. } => {}
                Fate::Newer { .. } => return Err(Halt::Refused(concurrent("update"))),
                // The check itself is an update to PostgreSQL's words.
                Fate::Gone => return Err(Halt::Refused(concurrent("update"))),
            }
        }
        if self.must_lock() { self.lock_row(parent, RowMode::KeyShare) } else { Ok(()) }
    }

    /// A removed or re-keyed parent must not leave children behind.
    fn check_parent(
        &mut self,
        version: Version,
        link: Link<'_>,
        change: &Change,
        changes: &mut Vec<Change>,
    ) -> Result<Version, Halt> {
        let Some((_, old)) = &change.old else { return Ok(version) };
        let gone = values(old, &link.key.parent_columns);
        let now = change.new.as_ref().map(|(_, new)| values(new, &link.key.parent_columns));
        if now.as_ref() == Some(&gone) || gone.contains(&Value::Null) {
            return Ok(version);
        }
        let action = if now.is_some() { link.key.on_update } else { link.key.on_delete };
        match action {
            Action::NoAction if link.key.initially_deferred => {
                self.defer(link, gone, false);
                Ok(version)
            }
            Action::NoAction | Action::Restrict => {
                self.refuse_orphans(&version, link, &gone, changes, action)?;
                Ok(version)
            }
            _ => self.cascade(version, link, &gone, now.as_deref(), action, changes),
        }
    }

    fn refuse_orphans(
        &mut self,
        version: &Version,
        link: Link<'_>,
        gone: &[Value],
        changes: &[Change],
        action: Action,
    ) -> Result<(), Halt> {
        self.refuse_changed_child()?;
        let newest = self.newest_with(version, changes)?;
        // Another row may have taken the key over.
        if action == Action::NoAction
            && !self.engine.find(&newest, link.parent, &link.key.parent_columns, gone).is_empty()
        {
            return Ok(());
        }
        let children = self.engine.find(&newest, link.child, &link.key.columns, gone);
        if self.must_lock() {
            for row in &children {
                let child = RowKey { table: link.child.id, row: *row };
                self.pending.child = Some((child, self.state.commits));
                self.lock_row(child, RowMode::KeyShare)?;
            }
        }
        if children.is_empty() { Ok(()) } else { Err(Halt::Refused(has_children(link, gone))) }
    }

    /// A child that was waited for, and changed or deleted meanwhile, is a concurrent update above READ COMMITTED.
    fn refuse_changed_child(&self) -> Result<(), SqlError> {
        let Some((child, since)) = self.pending.child.filter(|_| self.transaction().keeps_snapshot()) else {
            return Ok(());
        };
        match self.state.history.fate(child, since) {
            Fate::Same => Ok(()),
            Fate::Newer { .. } => Err(concurrent("update")),
            Fate::Gone => Err(concurrent("delete")),
        }
    }

    fn cascade(
        &mut self,
        version: Version,
        link: Link<'_>,
        gone: &[Value],
        now: Option<&[Value]>,
        action: Action,
        changes: &mut Vec<Change>,
    ) -> Result<Version, Halt> {
        self.refuse_changed_child()?;
        let newest = self.newest_with(&version, changes)?;
        let children = self.engine.find(&newest, link.child, &link.key.columns, gone);
        let mut version = version;
        for row in children {
            let child = RowKey { table: link.child.id, row };
            if self.transaction().keeps_snapshot() && self.engine.row(&version, child).is_none() {
                return Err(Halt::Refused(concurrent("update")));
            }
            let (next, made) = match (action, now) {
                (Action::Cascade, None) => self.engine.delete_row(&version, child)?,
                (Action::Cascade, Some(now)) => {
                    self.engine.assign_row(&version, child, &link.key.columns, now)?
                }
                (Action::SetDefault, _) => {
                    let values = self.defaults(&version, link)?;
                    self.engine.assign_row(&version, child, &link.key.columns, &values)?
                }
                _ => {
                    let nulls = vec![Value::Null; link.key.columns.len()];
                    self.engine.assign_row(&version, child, &link.key.columns, &nulls)?
                }
            };
            self.pending.child = Some((child, self.state.commits));
            self.settle(&next.catalog, &made, &[])?;
            version = next;
            changes.extend(made);
        }
        Ok(version)
    }

    fn defaults(&self, version: &Version, link: Link<'_>) -> Result<Vec<Value>, Halt> {
        let columns = link.key.columns.iter().map(|index| &link.child.columns[*index]);
        let texts: Vec<&str> = columns.map(|column| column.default.as_deref().unwrap_or("NULL")).collect();
        Ok(self.engine.compute(version, &texts)?)
    }

    fn defer(&mut self, link: Link<'_>, key: Vec<Value>, by_child: bool) {
        let deferred = Deferred { constraint: link.key.name.clone(), child: link.child.id, key, by_child };
        let list = &mut self.transaction_mut().deferred;
        if !list.contains(&deferred) {
            Rc::make_mut(list).push(deferred);
        }
    }

    /// Looks at the deferred foreign keys when the transaction commits.
    pub(super) fn check_deferred(&mut self) -> Result<(), Halt> {
        if self.transaction().deferred.is_empty() {
            return Ok(());
        }
        let deferred = Rc::clone(&self.transaction().deferred);
        self.begin_snapshot();
        let version = self.view()?.version;
        let catalog = Rc::clone(&version.catalog);
        for item in deferred.iter() {
            let Some(child) = catalog.by_id(item.child) else { continue };
            let Some(link) = links_of_child(&catalog, child).find(|link| link.key.name == item.constraint)
            else {
                continue;
            };
            let newest = self.newest_with(&version, &[])?;
            let children = self.engine.find(&newest, child, &link.key.columns, &item.key);
            if children.is_empty() {
                continue;
            }
            match item.by_child {
                true => self.lock_parent(&version, link, &item.key)?,
                false => {
                    let parents = self.engine.find(&newest, link.parent, &link.key.parent_columns, &item.key);
                    if parents.is_empty() {
                        return Err(Halt::Refused(has_children(link, &item.key)));
                    }
                }
            }
        }
        Ok(())
    }
}

fn links_of_child<'a>(catalog: &'a Catalog, child: &'a TableDef) -> impl Iterator<Item = Link<'a>> {
    child
        .foreign
        .iter()
        .filter_map(move |key| catalog.table(&key.parent).map(|parent| Link { child, key, parent }))
}

fn links_of_parent<'a>(catalog: &'a Catalog, parent: &'a TableDef) -> impl Iterator<Item = Link<'a>> {
    catalog.tables.values().flat_map(move |child| {
        let keys = child.foreign.iter().filter(|key| key.parent == parent.name);
        keys.map(move |key| Link { child, key, parent })
    })
}

fn values(row: &[Value], columns: &[usize]) -> Vec<Value> {
    columns.iter().map(|index| row.get(*index).cloned().unwrap_or(Value::Null)).collect()
}

fn no_parent(link: Link<'_>, wanted: &[Value]) -> SqlError {
    let message = format!(
        "insert or update on table \"{}\" violates foreign key constraint \"{}\"",
        link.child.name, link.key.name
    );
    let key = link.child.shown_values(&link.key.columns, wanted);
    let detail = format!("Key {key} is not present in table \"{}\".", link.parent.name);
    SqlError::new("23503", message).with_detail(detail)
}

fn has_children(link: Link<'_>, gone: &[Value]) -> SqlError {
    let message = format!(
        "update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
        link.parent.name, link.key.name, link.child.name
    );
    let key = link.parent.shown_values(&link.key.parent_columns, gone);
    let detail = format!("Key {key} is still referenced from table \"{}\".", link.child.name);
    SqlError::new("23503", message).with_detail(detail)
}
