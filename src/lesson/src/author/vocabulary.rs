//! The names that an author may use: in formulas, in placeholders. Closed: a name that is not here is a
//! mistake, and the page that explains lessons to authors lists these tables.
//!
//! Besides these, every formula may use the keys of the lesson's own settings (`orders`).

/// A named number and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Its name in formulas.
    pub name: &'static str,
    /// What it means, in one sentence without full stop.
    pub meaning: &'static str,
}

const fn fact(name: &'static str, meaning: &'static str) -> Fact {
    Fact { name, meaning }
}

/// What the judge observes in one case: for budgets, in every case, and for `when`, in the default case.
/// Yes and no are 1 and 0.
pub const OBSERVED: &[Fact] = &[
    fact("statements", "the most statements that one request sent"),
    fact("repeated", "how often the most repeated shape ran in one request"),
    fact("different_arguments", "how many different lists of arguments that shape had in that request"),
    fact("in_list", "1 when a statement looks rows up by a list of keys"),
    fact("subquery", "1 when a plan runs a sub-select once for every row of an outer one"),
    fact("in_comprehension", "1 when every call of the most repeated shape was made inside a comprehension"),
    fact("concurrent", "1 when statements of one request overlapped in time"),
    fact("rows_visited", "the most rows that the statements of one request visited"),
    fact("failed", "1 when a request was not answered, or with a status of 500 or above"),
];

/// What the judge knows once every case was run and compared: for `when` alone, besides [`OBSERVED`].
/// There `failed` is about any case.
pub const COMPARED: &[Fact] = &[
    fact("rows_missing", "rows that the original answer has and this one lacks, in the default case"),
    fact("rows_surplus", "rows that this answer has and the original one lacks, in the default case"),
    fact("rows_changed", "fields with another value than in the original answer, in the default case"),
    fact("reordered", "1 when the same rows come in another order, in the default case"),
    fact("differs", "1 when the answer differs from the original one in any case"),
    fact("differs_by_default", "1 when the answer differs from the original one in the default case"),
    fact("same_answer_always", "1 when the answer is the same in cases whose data differ"),
];

/// What the timed run of a lesson with promises shows besides [`OBSERVED`]: for its budgets and for `when`.
pub const TIMED: &[Fact] = &[
    fact("succeeded_per_mille", "of 1,000 operations, how many were answered with a 2xx status"),
    fact("p50_micros", "latency that half of the operations do not exceed, in microseconds"),
    fact("p95_micros", "latency that 95 of 100 operations do not exceed, in microseconds"),
];

/// How the code behaved in a lesson with promises: for `when` and for `expect`. "In any run" is over the timed
/// run and all schedules that were judged. A name that ends in `KEY` stands for one name for each promise.
pub const BEHAVED: &[Fact] = &[
    fact("breaks.KEY", "1 when that promise broke in any run"),
    fact("undisturbed_breaks.KEY", "1 when that promise broke in any run without a fault"),
    fact("select_for_update", "1 when a SELECT locked rows FOR UPDATE or FOR NO KEY UPDATE"),
    fact("locks_in_one_order", "1 when in no run two requests locked the same two rows in opposite order"),
    fact("in_transaction", "1 when a transaction was opened"),
    fact("repeatable_read", "1 when a transaction at the level REPEATABLE READ ran"),
    fact("serializable", "1 when a transaction at the level SERIALIZABLE ran"),
    fact(
        "conditional_write",
        "1 when an UPDATE or DELETE of one shape matched no row at one time and some at another, in any runs",
    ),
    fact("constraint_refused", "1 when a constraint refused a write (SQLSTATE class 23) in any run"),
    fact(
        "constraint_refused_and_answered",
        "1 when a request in which a constraint refused a write was answered with a 2xx status, in any run",
    ),
    fact(
        "retried",
        "1 when a request began another transaction after a statement or commit was refused with 40001 or 40P01",
    ),
    fact(
        "swallowed",
        "1 when a request refused with 40001, 40P01, 55P03 or 57014 was answered with 2xx without another try",
    ),
    fact("deadlocks", "how many deadlocks the database broke (40P01), in all runs"),
    fact("lock_timeouts", "how many waits for a lock were given up (55P03), in all runs"),
    fact("slept", "1 when a handler slept (asyncio.sleep or time.sleep)"),
    fact("module_lock", "1 when a handler waited for an asyncio primitive such as asyncio.Lock"),
    fact("client_retried", "1 when an operation needed more than one attempt in any run"),
    fact(
        "key_sent",
        "1 when clients send a header or a field of the body whose name contains \"idempotency\"",
    ),
    fact("key_repeated", "1 when all attempts of one operation sent the same such key"),
    fact("key_to_provider", "1 when charges carry an idempotency key to the payment provider"),
    fact("provider_key_repeated", "1 when all attempts of one operation passed the provider the same key"),
    fact("charges", "the most charges that took effect for one operation in any run"),
    fact("refunds", "the most refunds that took effect for one operation in any run"),
    fact(
        "call_in_transaction",
        "1 when a service was called, or a request sent, by a request that had a transaction open",
    ),
    fact("nested_call", "1 when a handler sent an HTTP request"),
];

/// What the judge observes in one variant of a lesson with promises: for `expect`, besides [`BEHAVED`].
pub const PROBED: &[Fact] = &[
    fact("probe_status", "status of the answer to the probe; 0 without an answer"),
    fact("probe_same_answer", "1 when the probe was answered like the first request: same status, same body"),
    fact("status", "status of the answer to the first request; 0 without an answer"),
    fact("succeeded", "how many operations were answered with a 2xx status"),
    fact("refused", "how many operations were answered with a 4xx status"),
    fact("failed", "how many operations were answered with a 5xx status or not at all"),
];

/// Tables whose names a lesson's setting must not take, because a formula could mean either.
pub(super) const OF_RUNS: [&[Fact]; 5] = [OBSERVED, COMPARED, TIMED, BEHAVED, PROBED];

/// What the recorded runs of the broken code show: for `must_show` and for the answers of `predict`.
pub const SHOWN: &[Fact] = &[
    fact("broken.statements", "the most statements that one request sent"),
    fact("broken.rows_visited", "the most rows that the statements of one request visited"),
    fact("broken.p50_micros", "latency that half of the requests do not exceed, in microseconds"),
    fact("broken.p95_micros", "latency that 95 of 100 requests do not exceed, in microseconds"),
    fact("broken.p99_micros", "latency that 99 of 100 requests do not exceed, in microseconds"),
    fact("broken.operations", "operations of the run; this and what follows is 0 without promises"),
    fact("broken.succeeded", "operations that were answered with a 2xx status"),
    fact("broken.refused", "operations that were answered with a 4xx status"),
    fact("broken.failed", "operations that were answered with a 5xx status or not at all"),
    fact("broken.promises_broken", "how many of the promises broke"),
    fact("broken.breaks.KEY", "1 when that promise broke"),
    fact("broken.deadlocks", "how many deadlocks the database broke (40P01)"),
    fact("broken.lock_waits", "how many statements waited for a lock"),
    fact("broken.charges", "charges that took effect"),
    fact("broken.charged_cents", "what all charges that took effect come to, refunds taken off, in cents"),
    fact("seeds_failing_per_mille", "of 1,000 traffic seeds, how many break a promise or a budget"),
];

/// The last word of a placeholder about a recorded run: `{broken.p95}`, `{fixes.join.statements}`.
pub const RECORDED: &[Fact] = &[
    fact("statements", "the most statements that one request sent"),
    fact("rows_visited", "the most rows that the statements of one request visited"),
    fact("p50", "latency that half of the requests do not exceed, as `48.3 ms`"),
    fact("p95", "latency that 95 of 100 requests do not exceed, as `48.3 ms`"),
    fact("p99", "latency that 99 of 100 requests do not exceed, as `48.3 ms`"),
    fact("operations", "operations of the run; this and what follows is 0 without promises"),
    fact("succeeded", "operations that were answered with a 2xx status"),
    fact("refused", "operations that were answered with a 4xx status"),
    fact("failed", "operations that were answered with a 5xx status or not at all"),
    fact("broken_promises", "how many of the promises broke"),
    fact("deadlocks", "how many deadlocks the database broke"),
    fact("lock_waits", "how many statements waited for a lock"),
    fact("charges", "charges that took effect"),
    fact("charged", "what they come to, refunds taken off, as `1,290.00`; the text names the currency"),
    fact("seeds_failing", "how many runs with another seed fail, as `62 of 100 runs`; of broken code alone"),
];

/// Returns the names of a table.
pub(super) fn names(facts: &'static [Fact]) -> impl Iterator<Item = &'static str> {
    facts.iter().map(|fact| fact.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Check, Holds, Promise, RunRecord};

    // A formula over a name that the record does not give would be refused only when the lesson is run.
    #[test]
    fn the_record_gives_every_name_that_must_show_may_use() {
        let promise = Promise {
            key: "kept".into(),
            sentence: String::new(),
            holds: Holds::AtRest,
            check: Check::Answered,
        };
        let given: Vec<String> = RunRecord::default().shown(&[promise]).into_keys().collect();
        let mut listed: Vec<String> = names(SHOWN).map(|name| name.replace("KEY", "kept")).collect();
        listed.retain(|name| name != "seeds_failing_per_mille");
        listed.sort();
        assert_eq!(given, listed);
    }

    #[test]
    fn no_table_names_a_fact_twice() {
        for table in OF_RUNS.into_iter().chain([SHOWN, RECORDED]) {
            let mut all: Vec<&str> = names(table).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), table.len());
        }
    }
}
