//! Who holds what: lists of holds by key, with a count for each session.
//!
//! In: keys, holds, sessions. Out: the holds of a key, and whether others hold anything at all. A copy is two
//! references. Nothing here knows about conflicts or waiting (`rows.rs`, `heavy.rs`).

use crate::answer::SessionId;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a session has on one key.
pub(super) trait Hold: Clone {
    fn who(&self) -> SessionId;
}

/// Holds by key, each list in the order in which they were taken.
#[derive(Clone)]
pub(super) struct Registry<K, H> {
    entries: Rc<BTreeMap<K, Vec<H>>>,
    counts: Rc<BTreeMap<SessionId, u32>>,
}

impl<K: Clone + Ord, H: Hold> Registry<K, H> {
    pub(super) fn of(&self, key: &K) -> &[H] {
        self.entries.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &[H])> {
        self.entries.iter().map(|(key, holds)| (key, holds.as_slice()))
    }

    /// Returns whether the session has anything.
    pub(super) fn has(&self, who: SessionId) -> bool {
        self.counts.contains_key(&who)
    }

    /// Returns whether any other session has anything.
    pub(super) fn has_foreign(&self, who: SessionId) -> bool {
        self.counts.len() > usize::from(self.has(who))
    }

    pub(super) fn push(&mut self, key: K, hold: H) {
        *Rc::make_mut(&mut self.counts).entry(hold.who()).or_default() += 1;
        Rc::make_mut(&mut self.entries).entry(key).or_default().push(hold);
    }

    /// Changes the session's holds on one key; those for which `keep` says no are dropped. Returns whether
    /// there were any.
    pub(super) fn change(&mut self, who: SessionId, key: &K, keep: impl FnMut(&mut H) -> bool) -> bool {
        if !self.of(key).iter().any(|hold| hold.who() == who) {
            return false;
        }
        let entries = Rc::make_mut(&mut self.entries);
        let Some(holds) = entries.get_mut(key) else { return false };
        let dropped = retain(who, holds, keep);
        if holds.is_empty() {
            entries.remove(key);
        }
        self.uncount(who, dropped);
        true
    }

    /// Changes all of the session's holds, as [`Registry::change`] does for one key.
    pub(super) fn change_all(&mut self, who: SessionId, mut keep: impl FnMut(&K, &mut H) -> bool) {
        if !self.has(who) {
            return;
        }
        let mut dropped = 0;
        Rc::make_mut(&mut self.entries).retain(|key, holds| {
            dropped += retain(who, holds, |hold| keep(key, hold));
            !holds.is_empty()
        });
        self.uncount(who, dropped);
    }

    fn uncount(&mut self, who: SessionId, dropped: u32) {
        if dropped == 0 {
            return;
        }
        let counts = Rc::make_mut(&mut self.counts);
        if let Some(count) = counts.get_mut(&who) {
            *count -= dropped;
            if *count == 0 {
                counts.remove(&who);
            }
        }
    }
}

/// Keeps others' holds and those of the session that `keep` keeps. Returns how many are gone.
fn retain<H: Hold>(who: SessionId, holds: &mut Vec<H>, mut keep: impl FnMut(&mut H) -> bool) -> u32 {
    let mut dropped = 0;
    holds.retain_mut(|hold| {
        let kept = hold.who() != who || keep(hold);
        dropped += u32::from(!kept);
        kept
    });
    dropped
}

impl<K, H> Default for Registry<K, H> {
    fn default() -> Self {
        Registry { entries: Rc::default(), counts: Rc::default() }
    }
}
