#![expect(unsafe_code, reason = "SQLite calls a file system through C function pointers")]
//! SQLite's file system: a database file is a shared list of shared pages.
//!
//! In: reads and writes of SQLite's pager. Out: an [`Image`], in which a written page replaces a reference and
//! every other page stays shared with older images. Each connection has a [`Slot`] that holds the image it
//! works on. Journals and temporary files never exist: `journal_mode` and `temp_store` are MEMORY. Clock and
//! randomness are the simulator's. Not here: when a connection must forget its cache (`link.rs`).
//!
//! Rules: <https://www.sqlite.org/c3ref/io_methods.html>, <https://www.sqlite.org/c3ref/vfs.html>.

use crate::ambient;
use crate::limits::PAGE_BYTES;
use rusqlite::ffi;
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::rc::Rc;
use std::sync::Once;

/// A database file: pages of [`PAGE_BYTES`], shared with every other image that has not rewritten them.
pub(crate) type Image = Rc<Vec<Rc<[u8]>>>;

/// The name under which SQLite knows this file system.
pub(crate) const VFS_NAME: &CStr = c"unhappy";

/// The image a connection works on.
#[derive(Default)]
pub(crate) struct Slot {
    image: RefCell<Image>,
}

impl Slot {
    /// Returns the current image.
    pub(crate) fn image(&self) -> Image {
        Rc::clone(&self.image.borrow())
    }

    /// Returns whether `image` is the current one, by identity.
    pub(crate) fn holds(&self, image: &Image) -> bool {
        Rc::ptr_eq(&self.image.borrow(), image)
    }

    /// Replaces the image. The connection must forget its page cache afterwards.
    pub(crate) fn set(&self, image: &Image) {
        *self.image.borrow_mut() = Rc::clone(image);
    }
}

thread_local! {
    /// Slots waiting to be opened by name; an open file holds its own reference.
    static SLOTS: RefCell<Vec<(String, Rc<Slot>)>> = const { RefCell::new(Vec::new()) };
}

/// Makes `slot` the content of the file called `name`, for connections opened on this thread from now on.
pub(crate) fn offer(name: &str, slot: &Rc<Slot>) {
    SLOTS.with_borrow_mut(|slots| {
        slots.retain(|(known, _)| known != name);
        slots.push((name.to_owned(), Rc::clone(slot)));
    });
}

/// Registers the file system as SQLite's default. Later calls do nothing.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let vfs = Box::leak(Box::new(vfs()));
        // SAFETY: the structure and its name live as long as the process.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 1) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite accepts a complete file system");
    });
}

/// An open file as SQLite sees it: its methods first, then what is ours.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    slot: *const Slot,
}

fn vfs() -> ffi::sqlite3_vfs {
    // SAFETY: every field is an integer, a pointer or an optional function, for which zero is valid.
    let mut vfs: ffi::sqlite3_vfs = unsafe { std::mem::zeroed() };
    vfs.iVersion = 2;
    vfs.szOsFile = size_of::<File>() as c_int;
    vfs.mxPathname = 256;
    vfs.zName = VFS_NAME.as_ptr();
    vfs.xOpen = Some(open);
    vfs.xDelete = Some(delete);
    vfs.xAccess = Some(access);
    vfs.xFullPathname = Some(full_pathname);
    vfs.xRandomness = Some(randomness);
    vfs.xSleep = Some(sleep);
    vfs.xCurrentTime = Some(current_time);
    vfs.xCurrentTimeInt64 = Some(current_time_int64);
    vfs.xGetLastError = Some(get_last_error);
    vfs
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// # Safety
/// `name` is null or a C string, `file` has room for [`File`].
unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    _flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let file = file.cast::<File>();
    // SAFETY: SQLite allocated szOsFile bytes; a null method table tells it that there is nothing to close.
    unsafe { (*file).base.pMethods = ptr::null() };
    if name.is_null() {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: SQLite passes a terminated name.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    let slot = SLOTS.with_borrow(|slots| {
        slots.iter().find(|(known, _)| known.as_str() == name).map(|(_, slot)| Rc::clone(slot))
    });
    let Some(slot) = slot else { return ffi::SQLITE_CANTOPEN };
    // SAFETY: as above; the reference is given back in `close`.
    unsafe {
        (*file).slot = Rc::into_raw(slot);
        (*file).base.pMethods = &METHODS;
        if !out_flags.is_null() {
            *out_flags = ffi::SQLITE_OPEN_READWRITE;
        }
    }
    ffi::SQLITE_OK
}

/// # Safety
/// `file` was opened by [`open`] and is closed once.
unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` stored a reference of its own.
    unsafe { drop(Rc::from_raw((*file.cast::<File>()).slot)) };
    ffi::SQLITE_OK
}

/// # Safety
/// `file` was opened by [`open`], and the result does not outlive it.
unsafe fn slot<'a>(file: *mut ffi::sqlite3_file) -> &'a Slot {
    // SAFETY: an open file's slot lives until `close`.
    unsafe { &*(*file.cast::<File>()).slot }
}

/// # Safety
/// `file` is open, `buffer` has room for `amount` bytes.
unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    amount: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite passes a buffer of that size.
    let buffer = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), amount as usize) };
    // SAFETY: the file is open.
    let image = unsafe { slot(file) }.image.borrow();
    let (number, within) = (offset as usize / PAGE_BYTES, offset as usize % PAGE_BYTES);
    let source = image.get(number).and_then(|page| page.get(within..within + buffer.len()));
    let Some(source) = source else {
        buffer.fill(0);
        return ffi::SQLITE_IOERR_SHORT_READ;
    };
    buffer.copy_from_slice(source);
    ffi::SQLITE_OK
}

/// # Safety
/// `file` is open, `buffer` holds `amount` bytes.
unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    amount: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    if amount as usize != PAGE_BYTES || !(offset as usize).is_multiple_of(PAGE_BYTES) {
        return ffi::SQLITE_IOERR_WRITE;
    }
    // SAFETY: SQLite passes a buffer of that size.
    let source = unsafe { std::slice::from_raw_parts(buffer.cast::<u8>(), PAGE_BYTES) };
    // SAFETY: the file is open.
    let mut image = unsafe { slot(file) }.image.borrow_mut();
    let pages = Rc::make_mut(&mut image);
    let number = offset as usize / PAGE_BYTES;
    while pages.len() < number {
        pages.push(Rc::from([0; PAGE_BYTES]));
    }
    let page = Rc::from(source);
    if number == pages.len() {
        pages.push(page);
    } else {
        pages[number] = page;
    }
    ffi::SQLITE_OK
}

/// # Safety
/// `file` is open.
unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    let mut image = unsafe { slot(file) }.image.borrow_mut();
    Rc::make_mut(&mut image).truncate(size as usize / PAGE_BYTES);
    ffi::SQLITE_OK
}

/// # Safety
/// `file` is open, `size` can be written to.
unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: the file is open and the pointer is SQLite's own.
    unsafe { *size = (slot(file).image.borrow().len() * PAGE_BYTES) as ffi::sqlite3_int64 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn sync(_file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(_file: *mut ffi::sqlite3_file, _level: c_int) -> c_int {
    ffi::SQLITE_OK
}

/// # Safety
/// `held` can be written to.
unsafe extern "C" fn check_reserved_lock(_file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: the pointer is SQLite's own. Nobody else has the file.
    unsafe { *held = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_file: *mut ffi::sqlite3_file, _op: c_int, _arg: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    PAGE_BYTES as c_int
}

unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_ATOMIC | ffi::SQLITE_IOCAP_SAFE_APPEND | ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn delete(_vfs: *mut ffi::sqlite3_vfs, _name: *const c_char, _sync: c_int) -> c_int {
    ffi::SQLITE_OK
}

/// # Safety
/// `result` can be written to.
unsafe extern "C" fn access(
    _vfs: *mut ffi::sqlite3_vfs,
    _name: *const c_char,
    _flags: c_int,
    result: *mut c_int,
) -> c_int {
    // SAFETY: the pointer is SQLite's own. It asks for journals, and there are none.
    unsafe { *result = 0 };
    ffi::SQLITE_OK
}

/// # Safety
/// `name` is a C string, `out` has room for `size` bytes.
unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    size: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite passes a terminated name.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if name.len() > size as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: the buffer was just found to be large enough.
    unsafe { ptr::copy_nonoverlapping(name.as_ptr().cast(), out, name.len()) };
    ffi::SQLITE_OK
}

/// # Safety
/// `out` has room for `size` bytes.
unsafe extern "C" fn randomness(_vfs: *mut ffi::sqlite3_vfs, size: c_int, out: *mut c_char) -> c_int {
    // SAFETY: the buffer is SQLite's own. Learners' random() does not come from here (functions.rs).
    unsafe { ptr::write_bytes(out, 0x5a, size as usize) };
    size
}

unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

/// # Safety
/// `out` can be written to.
unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: the pointer is SQLite's own.
    unsafe { *out = ambient::julian_millis() as f64 / 86_400_000.0 };
    ffi::SQLITE_OK
}

/// # Safety
/// `out` can be written to.
unsafe extern "C" fn current_time_int64(_vfs: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: the pointer is SQLite's own.
    unsafe { *out = ambient::julian_millis() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn get_last_error(_vfs: *mut ffi::sqlite3_vfs, _size: c_int, _out: *mut c_char) -> c_int {
    0
}
