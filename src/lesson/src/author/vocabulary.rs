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

/// What the recorded runs of the broken code show: for `must_show` and for the answers of `predict`.
pub const SHOWN: &[Fact] = &[
    fact("broken.statements", "the most statements that one request sent"),
    fact("broken.rows_visited", "the most rows that the statements of one request visited"),
    fact("broken.p50_micros", "latency that half of the requests do not exceed, in microseconds"),
    fact("broken.p95_micros", "latency that 95 of 100 requests do not exceed, in microseconds"),
    fact("broken.p99_micros", "latency that 99 of 100 requests do not exceed, in microseconds"),
    fact("seeds_failing_per_mille", "of 1,000 traffic seeds, how many break a promise or a budget"),
];

/// The last word of a placeholder about a recorded run: `{broken.p95}`, `{fixes.join.statements}`.
pub const RECORDED: &[Fact] = &[
    fact("statements", "the most statements that one request sent"),
    fact("rows_visited", "the most rows that the statements of one request visited"),
    fact("p50", "latency that half of the requests do not exceed, as `48.3 ms`"),
    fact("p95", "latency that 95 of 100 requests do not exceed, as `48.3 ms`"),
    fact("p99", "latency that 99 of 100 requests do not exceed, as `48.3 ms`"),
];

/// Returns the names of a table.
pub(super) fn names(facts: &'static [Fact]) -> impl Iterator<Item = &'static str> {
    facts.iter().map(|fact| fact.name)
}
