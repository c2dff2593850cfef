#![expect(unsafe_code, reason = "SQLite's preupdate hook is a C callback")]
//! Rows that a statement changes, seen while it runs.
//!
//! In: a connection and the catalog of the image it shows. Out: every inserted, updated and deleted row, in
//! order, with all its values. A row that OR REPLACE removes is a delete of its own, before the insert.
//! Rule: <https://www.sqlite.org/c3ref/preupdate_count.html>; the callback must not use the connection for
//! anything else, and the hook must exist before a statement is prepared (or `DELETE FROM t` hides its rows).

use super::link::Link;
use super::statement::value_of;
use crate::change::{Change, Row};
use crate::schema::Catalog;
use rusqlite::ffi;
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::rc::Rc;
use unhappy_trace::Value;

/// What is being watched.
struct Watch {
    catalog: Rc<Catalog>,
    changes: Vec<Change>,
}

thread_local! {
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
}

/// Installs the hook for as long as the connection lives.
pub(crate) fn install(link: &Link) {
    // SAFETY: the connection is open; the callback uses nothing but what SQLite passes it.
    unsafe { ffi::sqlite3_preupdate_hook(link.handle(), Some(before_change), ptr::null_mut()) };
}

/// Runs `work` and returns what it gave with the changes it made to tables of `catalog`.
pub(crate) fn watched<T>(catalog: &Rc<Catalog>, work: impl FnOnce() -> T) -> (T, Vec<Change>) {
    let before = WATCH.replace(Some(Watch { catalog: Rc::clone(catalog), changes: Vec::new() }));
    let given = work();
    let watch = WATCH.replace(before);
    (given, watch.map(|watch| watch.changes).unwrap_or_default())
}

/// # Safety
/// Called by SQLite with a live connection and terminated names.
unsafe extern "C" fn before_change(
    _context: *mut c_void,
    db: *mut ffi::sqlite3,
    operation: c_int,
    _database: *const c_char,
    table: *const c_char,
    old_key: ffi::sqlite3_int64,
    new_key: ffi::sqlite3_int64,
) {
    WATCH.with_borrow_mut(|watch| {
        let Some(watch) = watch else { return };
        // SAFETY: SQLite passes a terminated name.
        let Ok(name) = (unsafe { CStr::from_ptr(table) }).to_str() else { return };
        let Some(table) = watch.catalog.table(name) else { return };
        // SAFETY: called inside a change; old values exist but for an insert, new ones but for a delete.
        let (old, new) = unsafe {
            let old = (operation != ffi::SQLITE_INSERT).then(|| (old_key, row(db, Side::Old)));
            let new = (operation != ffi::SQLITE_DELETE).then(|| (new_key, row(db, Side::New)));
            (old, new)
        };
        watch.changes.push(Change { table: table.id, old, new });
    });
}

#[derive(Clone, Copy)]
enum Side {
    Old,
    New,
}

/// # Safety
/// Called inside the hook, for a row that has this side.
unsafe fn row(db: *mut ffi::sqlite3, side: Side) -> Row {
    // SAFETY: promised by the caller.
    unsafe { (0..ffi::sqlite3_preupdate_count(db)).map(|column| value(db, column, side)).collect() }
}

/// # Safety
/// As [`row`].
unsafe fn value(db: *mut ffi::sqlite3, column: c_int, side: Side) -> Value {
    let mut value = ptr::null_mut();
    // SAFETY: promised by the caller; SQLite sets the pointer on success.
    unsafe {
        let code = match side {
            Side::Old => ffi::sqlite3_preupdate_old(db, column, &mut value),
            Side::New => ffi::sqlite3_preupdate_new(db, column, &mut value),
        };
        if code == ffi::SQLITE_OK { value_of(value) } else { Value::Null }
    }
}
