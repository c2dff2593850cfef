#![expect(
    unsafe_code,
    reason = "scan status, byte-exact binding and reuse without a borrow need SQLite's C API"
)]
//! One prepared statement.
//!
//! In: SQL text and values. Out: rows, and SQLite's counters: instructions, rows visited, the plan. Everything
//! here follows <https://www.sqlite.org/c3ref/stmt.html>. Not here: what a value means to PostgreSQL.

use rusqlite::ffi;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use unhappy_trace::Value;

/// What SQLite said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawError {
    /// Extended result code.
    pub(crate) code: c_int,
    pub(crate) message: String,
    /// Byte of the statement's text, if SQLite knows one.
    pub(crate) offset: Option<usize>,
}

/// One element of a query plan, as scan status reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanElement {
    pub(crate) index: c_int,
    pub(crate) id: c_int,
    pub(crate) parent: c_int,
    pub(crate) text: String,
    pub(crate) is_loop: bool,
}

/// A prepared statement. Must be dropped before its connection is closed.
pub(crate) struct Statement {
    raw: NonNull<ffi::sqlite3_stmt>,
    db: *mut ffi::sqlite3,
}

impl Statement {
    /// Prepares the one statement in `sql`.
    ///
    /// # Safety
    /// `db` is an open connection that outlives the statement.
    pub(crate) unsafe fn prepare(db: *mut ffi::sqlite3, sql: &str) -> Result<Statement, RawError> {
        let mut raw = ptr::null_mut();
        let length = c_int::try_from(sql.len()).expect("statement texts are limited");
        // SAFETY: the text is `length` bytes long and the connection is open.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(db, sql.as_ptr().cast(), length, PERSISTENT, &mut raw, ptr::null_mut())
        };
        if code != ffi::SQLITE_OK {
            // SAFETY: the connection is open.
            return Err(unsafe { last_error(db) });
        }
        let raw = NonNull::new(raw).expect("only an empty text gives no statement");
        Ok(Statement { raw, db })
    }

    /// Returns the largest number of a placeholder in the text, 0 without any.
    pub(crate) fn placeholder_count(&self) -> usize {
        // SAFETY: the statement is live.
        let count = unsafe { ffi::sqlite3_bind_parameter_count(self.raw.as_ptr()) };
        usize::try_from(count).unwrap_or_default()
    }

    /// Binds a value to the placeholder `number`, counted from 1. The value must live until [`Self::reset`].
    ///
    /// Lists and maps are bound as NULL: the caller refuses or expands them before.
    pub(crate) fn bind(&self, number: usize, value: &Value) {
        let (raw, number) = (self.raw.as_ptr(), number as c_int);
        let fixed = ffi::SQLITE_STATIC();
        // SAFETY: the statement is live and reset; borrowed bytes live until the reset by this function's rule.
        let code = unsafe {
            match value {
                Value::Null | Value::List(_) | Value::Map(_) => ffi::sqlite3_bind_null(raw, number),
                Value::Bool(truth) => ffi::sqlite3_bind_int64(raw, number, i64::from(*truth)),
                Value::Int(whole) => ffi::sqlite3_bind_int64(raw, number, *whole),
                Value::Float(float) => ffi::sqlite3_bind_double(raw, number, *float),
                Value::Text(text) | Value::BigInt(text) => {
                    let (bytes, length) = (text.as_ptr().cast(), text.len() as c_int);
                    ffi::sqlite3_bind_text(raw, number, bytes, length, fixed)
                }
                Value::Bytes(bytes) => {
                    let (start, length) = (bytes.as_ptr().cast(), bytes.len() as c_int);
                    ffi::sqlite3_bind_blob(raw, number, start, length, fixed)
                }
            }
        };
        assert_eq!(code, ffi::SQLITE_OK, "placeholders are numbered by us and the statement is reset");
    }

    /// Runs to the next row. False when there is none left.
    pub(crate) fn step(&self) -> Result<bool, RawError> {
        // SAFETY: the statement is live.
        match unsafe { ffi::sqlite3_step(self.raw.as_ptr()) } {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            // SAFETY: the connection outlives the statement.
            _ => Err(unsafe { last_error(self.db) }),
        }
    }

    /// Ends the execution and forgets the values.
    pub(crate) fn reset(&self) {
        // SAFETY: the statement is live. The code repeats the last step's.
        unsafe {
            ffi::sqlite3_reset(self.raw.as_ptr());
            ffi::sqlite3_clear_bindings(self.raw.as_ptr());
        }
    }

    /// Returns the number of result columns.
    pub(crate) fn column_count(&self) -> usize {
        // SAFETY: the statement is live.
        unsafe { ffi::sqlite3_column_count(self.raw.as_ptr()) as usize }
    }

    /// Returns a cell of the current row.
    pub(crate) fn value(&self, column: usize) -> Value {
        let (raw, column) = (self.raw.as_ptr(), column as c_int);
        // SAFETY: the statement stands on a row and the column exists.
        unsafe { value_of(ffi::sqlite3_column_value(raw, column)) }
    }

    /// Returns whether running the statement cannot change the database.
    pub(crate) fn is_readonly(&self) -> bool {
        // SAFETY: the statement is live.
        unsafe { ffi::sqlite3_stmt_readonly(self.raw.as_ptr()) != 0 }
    }

    /// Returns a counter and sets it to zero.
    fn take_status(&self, counter: c_int) -> u64 {
        // SAFETY: the statement is live.
        let count = unsafe { ffi::sqlite3_stmt_status(self.raw.as_ptr(), counter, 1) };
        u64::from(count as u32)
    }

    /// Returns the instructions run since the last call.
    pub(crate) fn take_vm_steps(&self) -> u64 {
        self.take_status(ffi::SQLITE_STMTSTATUS_VM_STEP)
    }

    /// Returns the rows put into automatic indexes since the last call.
    ///
    /// SQLite counts the steps from one row to the next, one less than rows; an index of one row counts 0.
    pub(crate) fn take_automatic_index_rows(&self) -> u64 {
        match self.take_status(ffi::SQLITE_STMTSTATUS_AUTOINDEX) {
            0 => 0,
            steps => steps + 1,
        }
    }

    /// Returns how often SQLite prepared the statement again by itself. Zero, or its counters are wrong.
    pub(crate) fn reprepared(&self) -> u64 {
        self.take_status(ffi::SQLITE_STMTSTATUS_REPREPARE)
    }

    /// Returns the rows visited by the given loops since the last call.
    pub(crate) fn take_visited(&self, loops: &[c_int]) -> u64 {
        let mut visited = 0;
        for index in loops {
            let mut rows: i64 = 0;
            let out = ptr::from_mut(&mut rows).cast();
            self.scan_status(*index, ffi::SQLITE_SCANSTAT_NVISIT, out);
            visited += u64::try_from(rows).unwrap_or(0);
        }
        if !loops.is_empty() {
            // SAFETY: the statement is live.
            unsafe { ffi::sqlite3_stmt_scanstatus_reset(self.raw.as_ptr()) };
        }
        visited
    }

    /// Returns the plan's elements in order.
    pub(crate) fn plan(&self) -> Vec<PlanElement> {
        (0..).map_while(|index| self.plan_element(index)).collect()
    }

    fn plan_element(&self, index: c_int) -> Option<PlanElement> {
        let (mut id, mut parent): (c_int, c_int) = (0, 0);
        let (mut visited, mut text): (i64, *const c_char) = (0, ptr::null());
        if !self.scan_status(index, ffi::SQLITE_SCANSTAT_SELECTID, ptr::from_mut(&mut id).cast()) {
            return None;
        }
        self.scan_status(index, ffi::SQLITE_SCANSTAT_PARENTID, ptr::from_mut(&mut parent).cast());
        self.scan_status(index, ffi::SQLITE_SCANSTAT_NVISIT, ptr::from_mut(&mut visited).cast());
        self.scan_status(index, ffi::SQLITE_SCANSTAT_EXPLAIN, ptr::from_mut(&mut text).cast());
        // SAFETY: SQLite set it to null or to text that lives as long as the statement.
        let text = unsafe { text_of(text) }.unwrap_or_default();
        Some(PlanElement { index, id, parent, text, is_loop: visited >= 0 })
    }

    /// Writes one figure to `out`, which has its type. False when there is no such element.
    fn scan_status(&self, index: c_int, figure: c_int, out: *mut c_void) -> bool {
        let raw = self.raw.as_ptr();
        // SAFETY: the statement is live; every caller passes a place of the figure's documented type.
        unsafe { ffi::sqlite3_stmt_scanstatus_v2(raw, index, figure, ffi::SQLITE_SCANSTAT_COMPLEX, out) == 0 }
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: prepared once, finalised once, and the connection is still open.
        unsafe { ffi::sqlite3_finalize(self.raw.as_ptr()) };
    }
}

/// Keeps long-lived statements out of SQLite's small-allocation pool.
const PERSISTENT: u32 = 1;

/// # Safety
/// `db` is an open connection.
unsafe fn last_error(db: *mut ffi::sqlite3) -> RawError {
    // SAFETY: the message is copied before the connection is used again.
    unsafe {
        let offset = ffi::sqlite3_error_offset(db);
        RawError {
            code: ffi::sqlite3_extended_errcode(db),
            message: text_of(ffi::sqlite3_errmsg(db)).unwrap_or_default(),
            offset: usize::try_from(offset).ok(),
        }
    }
}

/// # Safety
/// `text` is null or a C string.
unsafe fn text_of(text: *const c_char) -> Option<String> {
    // SAFETY: promised by the caller.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// Returns an SQLite value as plain data.
///
/// # Safety
/// `value` is a live value that nobody else uses meanwhile.
pub(super) unsafe fn value_of(value: *mut ffi::sqlite3_value) -> Value {
    // SAFETY: promised by the caller; the pointer is read before the value can change.
    unsafe {
        match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => Value::Int(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => Value::Float(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => {
                let start = ffi::sqlite3_value_text(value);
                let bytes = bytes_of(start.cast(), ffi::sqlite3_value_bytes(value));
                Value::Text(String::from_utf8_lossy(bytes).into_owned())
            }
            ffi::SQLITE_BLOB => {
                let start = ffi::sqlite3_value_blob(value);
                Value::Bytes(bytes_of(start.cast(), ffi::sqlite3_value_bytes(value)).to_vec())
            }
            _ => Value::Null,
        }
    }
}

/// # Safety
/// `start` is null or points to `length` bytes that live as long as the result is used.
unsafe fn bytes_of<'a>(start: *const u8, length: c_int) -> &'a [u8] {
    if start.is_null() {
        return &[];
    }
    // SAFETY: promised by the caller.
    unsafe { std::slice::from_raw_parts(start, length as usize) }
}
