//! A lesson as data.
//!
//! Owns: what a lesson consists of, its data generator as data, its budgets, families and formulas as
//! data, and the postcard form in which page and worker receive it. Behind the feature `author`: reading
//! a folder (TOML, Markdown), every check that needs no run, and packing. Runs nothing, and reads no disk:
//! authors' files come in as a map of path to bytes.

#[cfg(feature = "author")]
pub mod author;
mod data;
mod formula;
mod lesson;
mod record;
mod world_setting;

pub use data::{Column, Fill, RowCount, Table};
pub use formula::{Comparison, Expression, Formula, FormulaError, Variables};
pub use lesson::{
    Bound, Budget, Check, CourseEntry, Experiment, File, Flavour, Hint, Holds, Lesson, Predict,
    PredictOption, Probe, Promise, Prose, Setting, Sizes, Text, Ticket, Traffic, Variant, Watch,
};
pub use record::{FlavourRecord, OutcomeRecord, ProofRecord, Record, RunRecord};
pub use world_setting::{Group, WORLD_SETTINGS, WorldSetting, group_of, world_setting};

/// Version of the lesson format, in lesson.toml and in the packed form.
pub const FORMAT_VERSION: u32 = 1;

impl Lesson {
    /// Returns the packed form, postcard's wire format.
    pub fn pack(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("a lesson has no value that postcard cannot write")
    }

    /// Reads the packed form.
    ///
    /// # Errors
    /// When the bytes are no lesson of this format version.
    pub fn unpack(bytes: &[u8]) -> Result<Lesson, UnpackError> {
        let (version, _) = postcard::take_from_bytes::<u32>(bytes).map_err(|_| UnpackError::Damaged)?;
        if version != FORMAT_VERSION {
            return Err(UnpackError::Version { found: version });
        }
        postcard::from_bytes(bytes).map_err(|_| UnpackError::Damaged)
    }
}

/// Why packed bytes are no lesson.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// Made by another version.
    #[error("this lesson has format version {found}, expected {FORMAT_VERSION}: reload the page")]
    Version {
        /// The version in the bytes.
        found: u32,
    },
    /// Cut or changed on the way.
    #[error("this lesson's file is damaged: reload the page")]
    Damaged,
}
