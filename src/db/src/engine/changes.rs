#![expect(unsafe_code, reason = "SQLite's preupdate hook is a C callback")]
//! Rows that a statement removes, seen while it runs.
//!
//! In: a connection. Out: old rows, in order, while someone listens. Used to name the row that a duplicate key
//! collides with. Rule: <https://www.sqlite.org/c3ref/preupdate_count.html>; the callback must not use the
//! connection for anything else.

use super::link::Link;
use super::statement::value_of;
use rusqlite::ffi;
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use unhappy_trace::Value;

/// A row that was removed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Removed {
    pub(crate) table: String,
    pub(crate) row: Vec<Value>,
}

thread_local! {
    static REMOVED: RefCell<Option<Vec<Removed>>> = const { RefCell::new(None) };
}

/// Installs the hook for as long as the connection lives.
pub(crate) fn install(link: &Link) {
    // SAFETY: the connection is open; the callback uses nothing but what SQLite passes it.
    unsafe { ffi::sqlite3_preupdate_hook(link.handle(), Some(before_change), ptr::null_mut()) };
}

/// Runs `work` and returns the rows that it removed.
pub(crate) fn removed_by(work: impl FnOnce()) -> Vec<Removed> {
    REMOVED.set(Some(Vec::new()));
    work();
    REMOVED.take().unwrap_or_default()
}

/// # Safety
/// Called by SQLite with a live connection and terminated names.
unsafe extern "C" fn before_change(
    _context: *mut c_void,
    db: *mut ffi::sqlite3,
    operation: c_int,
    _database: *const c_char,
    table: *const c_char,
    _old_key: ffi::sqlite3_int64,
    _new_key: ffi::sqlite3_int64,
) {
    if operation != ffi::SQLITE_DELETE {
        return;
    }
    REMOVED.with_borrow_mut(|removed| {
        let Some(removed) = removed else { return };
        // SAFETY: SQLite calls this inside a change, where old values can be read.
        unsafe {
            let table = CStr::from_ptr(table).to_string_lossy().into_owned();
            let row = (0..ffi::sqlite3_preupdate_count(db)).map(|column| old_value(db, column)).collect();
            removed.push(Removed { table, row });
        }
    });
}

/// # Safety
/// Called inside the hook, for a removed row.
unsafe fn old_value(db: *mut ffi::sqlite3, column: c_int) -> Value {
    let mut value = ptr::null_mut();
    // SAFETY: promised by the caller; SQLite sets the pointer on success.
    unsafe {
        match ffi::sqlite3_preupdate_old(db, column, &mut value) {
            ffi::SQLITE_OK => value_of(value),
            _ => Value::Null,
        }
    }
}
