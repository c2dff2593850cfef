#![expect(unsafe_code, reason = "resetting SQLite's page cache needs its C API")]
//! One SQLite connection and the image it looks at.
//!
//! In: an image. Out: statements that see it. Switching is safe only by the rules kept here: no SQLite
//! transaction may be open, the page cache must be forgotten, and the schema read again when its number
//! changed (sibling images can carry equal change counters, so SQLite would not notice).
//!
//! Rules: <https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html> (RESET_CACHE),
//! <https://www.sqlite.org/pragma.html#pragma_schema_version>.

use super::statement::{RawError, Statement};
use crate::limits::PAGE_BYTES;
use crate::vfs::{self, Image, Slot};
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::{Connection, OpenFlags, ffi};
use std::cell::Cell;
use std::ffi::c_int;
use std::ptr;
use std::rc::Rc;

/// Whether a connection checks foreign keys. A connection never changes: that would expire its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForeignKeys {
    Checked,
    Ignored,
}

thread_local! {
    /// The last schema number given out. Never repeated, because two images with equal numbers and different
    /// tables would be read through each other's b-trees.
    static SCHEMA_NUMBER: Cell<u32> = const { Cell::new(1_000) };
}

/// A connection.
pub(crate) struct Link {
    check_schema: Statement,
    connection: Connection,
    slot: Rc<Slot>,
    schema_number: Cell<u32>,
    generation: Cell<u64>,
}

impl Link {
    /// Opens a connection on an empty image. `name` tells connections of one thread apart.
    pub(crate) fn open(name: &str, foreign_keys: ForeignKeys) -> Link {
        vfs::register();
        let slot = Rc::new(Slot::default());
        vfs::offer(name, &slot);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags_and_vfs(name, flags, vfs::VFS_NAME)
            .expect("the file system offers a file of this name");
        configure(&connection, foreign_keys).expect("these are SQLite's own settings");
        // SAFETY: the connection is open and, by the order of fields, dropped after the statement.
        let check_schema =
            unsafe { Statement::prepare(connection.handle(), "SELECT 1 FROM sqlite_schema LIMIT 0") }
                .expect("the schema table always exists");
        Link { check_schema, connection, slot, schema_number: Cell::new(0), generation: Cell::new(0) }
    }

    /// Lets `authorize` watch over compilation, and stops any execution after `max_vm_steps` instructions.
    pub(crate) fn guard(&mut self, authorize: fn(AuthContext<'_>) -> Authorization, max_vm_steps: c_int) {
        let hook: Option<fn(AuthContext<'_>) -> Authorization> = Some(authorize);
        self.connection.authorizer(hook).expect("the connection is open");
        self.connection.progress_handler(max_vm_steps, Some(|| true)).expect("the connection is open");
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Counts how often the schema was read again. Statements of an older generation are not used any more:
    /// SQLite would prepare them again in mid-execution and count that.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.get()
    }

    pub(crate) fn image(&self) -> Image {
        self.slot.image()
    }

    /// Looks at `image` from now on.
    pub(crate) fn show(&self, image: &Image) {
        if !self.slot.holds(image) {
            self.replace(image);
        }
    }

    /// Goes back to `image` after a failed statement, whatever SQLite has done to the current one.
    pub(crate) fn restore(&self, image: &Image) {
        self.schema_number.set(u32::MAX);
        self.replace(image);
    }

    fn replace(&self, image: &Image) {
        // SAFETY: the connection is open; the name is null for "any database".
        let state = unsafe { ffi::sqlite3_txn_state(self.handle(), ptr::null()) };
        assert_eq!(state, ffi::SQLITE_TXN_NONE, "every statement is reset before the image changes");
        self.slot.set(image);
        // SAFETY: the connection is open and this operation takes no argument.
        let code = unsafe {
            ffi::sqlite3_file_control(
                self.handle(),
                c"main".as_ptr(),
                ffi::SQLITE_FCNTL_RESET_CACHE,
                ptr::null_mut(),
            )
        };
        assert_eq!(code, ffi::SQLITE_OK, "the cache of an open database can be reset");
        let number = schema_number(image);
        if number != self.schema_number.get() {
            self.note_schema(number);
        }
    }

    /// Gives the current image a schema number of its own. Call after every change of the schema.
    pub(crate) fn number_schema(&self) {
        let number = SCHEMA_NUMBER.get() + 1;
        SCHEMA_NUMBER.set(number);
        self.connection.pragma_update(None, "schema_version", number).expect("the schema number can be set");
        self.note_schema(number);
    }

    fn note_schema(&self, number: u32) {
        self.schema_number.set(number);
        self.generation.set(self.generation.get() + 1);
        self.check_schema.step().expect("an empty query cannot fail");
        self.check_schema.reset();
    }

    /// Prepares a statement of this connection.
    pub(crate) fn prepare(&self, sql: &str) -> Result<Statement, RawError> {
        // SAFETY: the connection is open. Whoever holds statements drops them before the connection
        // (`Engine` declares its caches first).
        unsafe { Statement::prepare(self.handle(), sql) }
    }

    /// Runs one of this crate's own statements.
    pub(crate) fn run(&self, sql: &str) {
        self.connection.execute_batch(sql).expect("our own statements are valid");
    }

    pub(crate) fn changes(&self) -> u64 {
        self.connection.changes()
    }

    pub(super) fn handle(&self) -> *mut ffi::sqlite3 {
        // SAFETY: used only while the connection is borrowed, and never to close it.
        unsafe { self.connection.handle() }
    }
}

/// Reads the schema number from the database header (file format, section 1.3.9).
fn schema_number(image: &Image) -> u32 {
    let bytes = image.first().and_then(|page| page.get(40..44));
    bytes.map_or(0, |bytes| u32::from_be_bytes(bytes.try_into().expect("four bytes were taken")))
}

fn configure(connection: &Connection, foreign_keys: ForeignKeys) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    let keys = if foreign_keys == ForeignKeys::Checked { "ON" } else { "OFF" };
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_BYTES}; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA foreign_keys = {keys};
         PRAGMA case_sensitive_like = ON; PRAGMA recursive_triggers = ON;"
    ))
}
