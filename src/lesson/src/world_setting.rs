//! Settings that every world has, whether or not a lesson shows them: processes, pool, workload, faults.
//!
//! A lesson that lists one of these keys under `[[settings]]` lets learners change it and chooses its default and
//! limits (inside of those here); otherwise the default here holds. All other keys are the lesson's own sizes.

/// A setting that every world has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorldSetting {
    /// Key in lesson.toml and on the command line.
    pub key: &'static str,
    /// Where a form puts it.
    pub group: Group,
    /// What it means, with its unit. One sentence without full stop.
    pub meaning: &'static str,
    /// Value when a lesson does not list it.
    pub default: i64,
    /// Smallest value.
    pub min: i64,
    /// Largest value.
    pub max: i64,
}

/// Where a form puts a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The server and its connection pool.
    Server,
    /// How many clients come, and when.
    Traffic,
    /// What breaks, and how often.
    Faults,
    /// Sizes of the data: a lesson's own settings.
    Data,
}

const fn setting(
    key: &'static str,
    group: Group,
    meaning: &'static str,
    default: i64,
    min: i64,
    max: i64,
) -> WorldSetting {
    WorldSetting { key, group, meaning, default, min, max }
}

/// All of them.
pub const WORLD_SETTINGS: &[WorldSetting] = &[
    setting("processes", Group::Server, "server processes, each with module globals of its own", 1, 1, 16),
    setting(
        "workers",
        Group::Server,
        "requests that one process handles at a time; 0 is no limit",
        0,
        0,
        1_000,
    ),
    setting(
        "request_timeout_ms",
        Group::Server,
        "after how many milliseconds the server gives up on a request with 504; 0 is never",
        0,
        0,
        600_000,
    ),
    setting("pool_size", Group::Server, "database connections of one process; 0 is no limit", 0, 0, 1_000),
    setting(
        "pool_timeout_ms",
        Group::Server,
        "how many milliseconds a call waits for a connection before PoolTimeout",
        30_000,
        1,
        600_000,
    ),
    setting(
        "lock_timeout_ms",
        Group::Server,
        "how many milliseconds a statement waits for a lock before 55P03; 0 is for ever",
        0,
        0,
        600_000,
    ),
    setting(
        "users",
        Group::Traffic,
        "clients that take turns, each thinking between operations; 0 lets new clients arrive at their own rate",
        0,
        0,
        1_000,
    ),
    setting(
        "think_ms",
        Group::Traffic,
        "mean milliseconds that a client thinks between two operations",
        1_000,
        0,
        600_000,
    ),
    setting(
        "gap_ms",
        Group::Traffic,
        "mean milliseconds between two arrivals; 0 takes the lesson's own",
        0,
        0,
        600_000,
    ),
    setting("burst", Group::Traffic, "clients that arrive in the same moment", 1, 1, 1_000),
    setting(
        "lost_requests_per_mille",
        Group::Faults,
        "of 1,000 requests, how many never reach the server",
        0,
        0,
        1_000,
    ),
    setting(
        "lost_responses_per_mille",
        Group::Faults,
        "of 1,000 responses, how many never reach the client",
        0,
        0,
        1_000,
    ),
    setting(
        "duplicate_requests_per_mille",
        Group::Faults,
        "of 1,000 requests, how many reach the server twice",
        0,
        0,
        1_000,
    ),
    setting(
        "late_requests_per_mille",
        Group::Faults,
        "of 1,000 requests, how many arrive seconds later",
        0,
        0,
        1_000,
    ),
    setting(
        "crashes_per_mille",
        Group::Faults,
        "of 1,000 requests, in how many the server process ends at one of the steps",
        0,
        0,
        1_000,
    ),
    setting(
        "lost_commits_per_mille",
        Group::Faults,
        "of 1,000 commits, during how many the connection is lost",
        0,
        0,
        1_000,
    ),
    setting(
        "lost_charge_responses_per_mille",
        Group::Faults,
        "of 1,000 answers of the payment provider, how many never arrive",
        0,
        0,
        1_000,
    ),
    setting(
        "declined_per_mille",
        Group::Faults,
        "of 1,000 cards, how many the payment provider declines",
        0,
        0,
        1_000,
    ),
];

/// Returns the setting with that key.
pub fn world_setting(key: &str) -> Option<&'static WorldSetting> {
    WORLD_SETTINGS.iter().find(|setting| setting.key == key)
}

/// Returns where a form puts a setting.
pub fn group_of(key: &str) -> Group {
    world_setting(key).map_or(Group::Data, |setting| setting.group)
}
