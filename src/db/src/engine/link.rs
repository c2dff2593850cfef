#![expect(unsafe_code, reason = "resetting SQLite's page cache needs its C API")]
//! One SQLite connection and the images it looks at.
//!
//! In: images. Out: statements that see them. Switching is safe only by the rules kept here: no SQLite
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
use std::ffi::{CStr, c_int};
use std::ptr;
use std::rc::Rc;

thread_local! {
    /// The last schema number given out. Never repeated, because two images with equal numbers and different
    /// tables would be read through each other's b-trees.
    static SCHEMA_NUMBER: Cell<u32> = const { Cell::new(1_000) };
}

/// A connection with its two databases: `main`, which statements change, and `snap`, which they only read.
pub(crate) struct Link {
    main: Face,
    snap: Face,
    connection: Connection,
    generation: Cell<u64>,
}

/// One database of the connection.
struct Face {
    schema: &'static CStr,
    check_schema: Statement,
    slot: Rc<Slot>,
    schema_number: Cell<u32>,
}

impl Face {
    /// # Safety
    /// The connection is open and outlives what is returned.
    unsafe fn new(connection: &Connection, schema: &'static CStr, slot: &Rc<Slot>) -> Face {
        let name = schema.to_str().expect("the name is ours");
        let sql = format!("SELECT 1 FROM {name}.sqlite_schema LIMIT 0");
        // SAFETY: promised by the caller.
        let check_schema = unsafe { Statement::prepare(connection.handle(), &sql) };
        let check_schema = check_schema.expect("the schema table always exists");
        Face { schema, check_schema, slot: Rc::clone(slot), schema_number: Cell::new(0) }
    }
}

impl Link {
    /// Opens a connection on two empty images.
    pub(crate) fn open() -> Link {
        vfs::register();
        let (main, snap) = (Rc::new(Slot::default()), Rc::new(Slot::default()));
        vfs::offer("main", &main);
        vfs::offer("snap", &snap);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags_and_vfs("main", flags, vfs::VFS_NAME)
            .expect("the file system offers a file of this name");
        configure(&connection).expect("these are SQLite's own settings");
        // SAFETY: the connection is open and, by the order of fields, dropped after the statements.
        let (main, snap) =
            unsafe { (Face::new(&connection, c"main", &main), Face::new(&connection, c"snap", &snap)) };
        Link { main, snap, connection, generation: Cell::new(0) }
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
        self.main.slot.image()
    }

    /// Looks at `image` from now on.
    pub(crate) fn show(&self, image: &Image) {
        if !self.main.slot.holds(image) {
            self.replace(&self.main, image);
        }
    }

    /// Lets `snap` be `image` from now on.
    pub(crate) fn show_snapshot(&self, image: &Image) {
        if !self.snap.slot.holds(image) {
            self.replace(&self.snap, image);
        }
    }

    /// Goes back to `image` after a failed statement, whatever SQLite has done to the current one.
    pub(crate) fn restore(&self, image: &Image) {
        self.main.schema_number.set(u32::MAX);
        self.replace(&self.main, image);
    }

    fn replace(&self, face: &Face, image: &Image) {
        // SAFETY: the connection is open; the name is null for "any database".
        let state = unsafe { ffi::sqlite3_txn_state(self.handle(), ptr::null()) };
        assert_eq!(state, ffi::SQLITE_TXN_NONE, "every statement is reset before the image changes");
        face.slot.set(image);
        // SAFETY: the connection is open and this operation takes no argument.
        let code = unsafe {
            ffi::sqlite3_file_control(
                self.handle(),
                face.schema.as_ptr(),
                ffi::SQLITE_FCNTL_RESET_CACHE,
                ptr::null_mut(),
            )
        };
        assert_eq!(code, ffi::SQLITE_OK, "the cache of an open database can be reset");
        let number = schema_number(image);
        if number != face.schema_number.get() {
            self.note_schema(face, number);
        }
    }

    /// Gives the current image a schema number of its own. Call after every change of the schema.
    pub(crate) fn number_schema(&self) {
        let number = SCHEMA_NUMBER.get() + 1;
        SCHEMA_NUMBER.set(number);
        self.connection.pragma_update(None, "schema_version", number).expect("the schema number can be set");
        self.note_schema(&self.main, number);
    }

    fn note_schema(&self, face: &Face, number: u32) {
        face.schema_number.set(number);
        self.generation.set(self.generation.get() + 1);
        face.check_schema.step().expect("an empty query cannot fail");
        face.check_schema.reset();
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

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // A plan never depends on the values bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_BYTES}; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA foreign_keys = OFF;
         PRAGMA case_sensitive_like = ON; PRAGMA recursive_triggers = ON; ATTACH 'snap' AS snap;"
    ))
}
