//! Which locks a statement took, in words, for the trace: by table, and row by row inside of a transaction.

use super::Run;
use crate::limits::LOCKED_ROWS;
use crate::task::TaskKey;
use unhappy_db::Done;
use unhappy_trace::database::LockKind;
use unhappy_trace::event::{EventKind, Locked, TextId};

impl Run {
    /// Records the locks of a statement that ran; nothing when it took none.
    pub(super) fn record_locks(&mut self, key: TaskKey, actor: TextId, done: &Done, in_transaction: bool) {
        if done.observed.locks.is_empty() {
            return;
        }
        let tables = done
            .observed
            .locks
            .iter()
            .map(|lock| (self.recorder.text(&lock.table), self.recorder.text(lock.mode), lock.rows))
            .collect();
        let rows = if in_transaction { self.newly_locked(key) } else { vec![] };
        let rows = rows.iter().map(|words| self.recorder.text(words)).collect();
        self.recorder.push(self.now, actor, EventKind::Locked(Locked { tables, rows }));
    }

    /// Rows that the task's transaction has locked since the last look, the first ones.
    fn newly_locked(&mut self, key: TaskKey) -> Vec<String> {
        let Some(task) = self.tasks.get_mut(&key) else { return vec![] };
        let Some(session) = task.session else { return vec![] };
        let lines = self.machine.database.locks(&self.state);
        let mut found = vec![];
        for line in lines
            .iter()
            .filter(|line| line.granted && line.session == session.0 && line.kind == LockKind::Row)
        {
            let words = line.words();
            if found.len() < LOCKED_ROWS && task.locked.insert(words.clone()) {
                found.push(words);
            }
        }
        found
    }
}
