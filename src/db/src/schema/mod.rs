//! Tables as PostgreSQL knows them: types, keys and constraint names that SQLite does not keep.
//!
//! In: CREATE, ALTER and DROP. Out: the text for SQLite and the [`Catalog`] beside the image. Not here: the
//! rows (`vfs.rs`), running the text (`engine/`).

mod catalog;
pub(crate) mod column;
pub(crate) mod ddl;
mod effect;
mod emit;
mod names;
mod table;
mod types;

pub(crate) use catalog::{
    Action, Catalog, ColumnDef, Foreign, KeyDef, KeyId, KeyPart, TableDef, TableId, not_null,
};
pub(crate) use column::quoted;
pub(crate) use effect::Effect;
