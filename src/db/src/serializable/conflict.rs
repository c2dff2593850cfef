//! A new conflict, and whether it completes a dangerous structure.
//!
//! In: a reader that did not see a writer's change. Out: nothing, a doomed writer, or a refusal. Rules followed:
//! predicate.c's `CheckForSerializableConflictOut`, `CheckTargetForConflictsIn` and
//! `OnConflict_CheckForSerializationFailure`. Not here: the check at COMMIT (`finish.rs`).

use super::{Reason, Serializable, Transaction, Tx, Unserializable};
use std::rc::Rc;

impl<P: Clone> Serializable<P> {
    /// Whether a read by `reader` can conflict with what `writer` wrote.
    pub(super) fn may_conflict_out(&self, reader: Tx, writer: Tx) -> bool {
        let (Some(read), Some(wrote)) = (self.get(reader), self.get(writer)) else { return false };
        !wrote.doomed
            && !wrote.is_seen_by(read.snapshot)
            && !runs_first(read, wrote)
            && !self.conflicts.contains(&(reader, writer))
    }

    /// Whether a write by `writer` can conflict with what `reader` read.
    pub(super) fn may_conflict_in(&self, reader: Tx, writer: Tx) -> bool {
        let (Some(read), Some(wrote)) = (self.get(reader), self.get(writer)) else { return false };
        !read.doomed
            && read.committed().is_none_or(|committed| committed > wrote.began)
            && !self.conflicts.contains(&(reader, writer))
    }

    /// Notes a conflict that the acting one of the two has found. Err: the acting one must fail.
    pub(super) fn flag(&mut self, reader: Tx, writer: Tx, acting: Tx) -> Result<(), Unserializable> {
        if self.is_dangerous(reader, writer) {
            if acting == writer {
                return Err(Unserializable::new(Reason::PivotDuringWrite));
            }
            if self.get(writer).is_some_and(|wrote| wrote.prepared().is_some()) {
                return Err(Unserializable::new(Reason::ConflictOutToPivot(writer)));
            }
            self.doom(writer);
        }
        Rc::make_mut(&mut self.conflicts).push((reader, writer));
        Ok(())
    }

    pub(super) fn doom(&mut self, tx: Tx) {
        if let Some(transaction) = self.edit(tx) {
            transaction.doomed = true;
        }
    }

    /// The readers that have a conflict out to `writer`.
    pub(super) fn conflicts_in(&self, writer: Tx) -> impl Iterator<Item = (Tx, &Transaction<P>)> {
        let pairs = self.conflicts.iter().filter(move |(_, to)| *to == writer);
        pairs.filter_map(|(reader, _)| Some((*reader, self.get(*reader)?)))
    }

    /// The writers that `reader` has a conflict out to.
    pub(super) fn conflicts_out(&self, reader: Tx) -> impl Iterator<Item = (Tx, &Transaction<P>)> {
        let pairs = self.conflicts.iter().filter(move |(from, _)| *from == reader);
        pairs.filter_map(|(_, writer)| Some((*writer, self.get(*writer)?)))
    }

    fn is_dangerous(&self, reader: Tx, writer: Tx) -> bool {
        let (Some(read), Some(wrote)) = (self.get(reader), self.get(writer)) else { return false };
        let pivot_committed = !wrote.is_active() && wrote.earliest_out.is_some();
        pivot_committed
            || self.makes_writer_pivot(read, writer, wrote)
            || self.makes_reader_pivot(reader, read, wrote)
    }

    /// Reader, writer, out: dangerous when "out" commits before both, and before a READ ONLY reader's snapshot.
    fn makes_writer_pivot(&self, read: &Transaction<P>, writer: Tx, wrote: &Transaction<P>) -> bool {
        self.conflicts_out(writer).any(|(_, out)| {
            out.prepared().is_some_and(|first| {
                read.committed().is_none_or(|committed| first <= committed)
                    && wrote.committed().is_none_or(|committed| first <= committed)
                    && (!read.read_only || first <= read.began)
            })
        })
    }

    /// In, reader, writer: dangerous when the writer commits before "in", and before a READ ONLY one's snapshot.
    fn makes_reader_pivot(&self, reader: Tx, read: &Transaction<P>, wrote: &Transaction<P>) -> bool {
        let Some(first) = wrote.prepared() else { return false };
        let dangerous = |before: &Transaction<P>| {
            !before.doomed
                && before.committed().is_none_or(|committed| committed >= first)
                && (!before.read_only || before.began >= first)
        };
        !read.read_only && self.conflicts_in(reader).any(|(_, before)| dangerous(before))
    }
}

/// Whether a READ ONLY transaction can simply come before a committed writer: the writer was no pivot, or its
/// "out" committed after the snapshot.
fn runs_first<P>(read: &Transaction<P>, wrote: &Transaction<P>) -> bool {
    read.read_only && !wrote.is_active() && wrote.earliest_out.is_none_or(|first| read.began < first)
}
