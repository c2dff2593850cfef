//! What is remembered as a text: equal exactly when the same can still be refused.
//!
//! In: names for reads and changes. Out: one line for each transaction and conflict, sorted. Transactions are
//! named by session and order; points in time are told by their order alone. Not here: hashing.

use super::{Phase, Serializable, Transaction, Tx};
use crate::answer::SessionId;
use crate::change::Change;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

impl<P: Clone> Serializable<P> {
    /// Returns the content. Names are the caller's: equal things must have equal names, and names no line breaks.
    pub(crate) fn canonical(
        &self,
        who_name: &dyn Fn(SessionId) -> Rc<str>,
        read_name: &dyn Fn(&P) -> String,
        change_name: &dyn Fn(&Change) -> String,
    ) -> String {
        let names = self.names(who_name);
        let moments = self.moments();
        let mut lines: Vec<_> = self
            .iter()
            .map(|(tx, it)| {
                let reads: BTreeSet<_> = it.reads.iter().map(read_name).collect();
                let mut writes: Vec<_> = it.writes.iter().map(change_name).collect();
                if !it.is_active() {
                    writes.sort_unstable();
                }
                let before: Vec<_> = self.conflicts_in(tx).map(|(reader, _)| &names[&reader]).collect();
                let what = format!("reads {reads:?} writes {writes:?} after {before:?}");
                format!("{}: {} {what}", names[&tx], told(it, &moments))
            })
            .collect();
        let pair = |(from, to): &(Tx, Tx)| Some((names.get(from)?, names.get(to)?));
        lines.extend(
            self.unsettled.iter().filter_map(pair).map(|(from, to)| format!("{from} unsettled by {to}")),
        );
        lines.sort_unstable();
        lines.join("\n")
    }

    /// The session, and which of the remembered ones of that session it is.
    fn names(&self, who_name: &dyn Fn(SessionId) -> Rc<str>) -> BTreeMap<Tx, String> {
        let mut counts = BTreeMap::new();
        let name = |(tx, it): (Tx, &Transaction<P>)| {
            let count = counts.entry(it.session).or_insert(0);
            *count += 1;
            (tx, format!("{:?}.{count}", who_name(it.session)))
        };
        self.iter().map(name).collect()
    }

    /// The points in time that still matter, in order.
    fn moments(&self) -> Vec<u64> {
        let of = |it: &Transaction<P>| [Some(it.began), it.prepared(), it.committed(), it.earliest_out];
        let moments: BTreeSet<_> = self.iter().flat_map(|(_, it)| of(it)).flatten().collect();
        moments.into_iter().collect()
    }
}

fn told<P>(it: &Transaction<P>, moments: &[u64]) -> String {
    let order = |moment: u64| moments.partition_point(|other| *other < moment);
    let ended = match it.phase {
        Phase::Active => None,
        Phase::Prepared(prepared) => Some((order(prepared), None)),
        Phase::Committed { prepared, committed, .. } => Some((order(prepared), Some(order(committed)))),
    };
    let flags = (it.read_only, it.wrote, it.doomed, it.is_unsafe);
    format!("{} {ended:?} {:?} {flags:?}", order(it.began), it.earliest_out.map(order))
}
