//! Run-time settings: names, values, units.
//!
//! In: the words of SET. Out: a [`Setting`], applied to a session's settings. Only settings that change what a
//! statement does here are known; others are refused, never silently ignored.
//!
//! Rules: PostgreSQL manual 20.1.1 "Parameter Names and Values", 20.11, 20.12.

use super::command::Level;
use crate::answer::SqlError;
use crate::state::Settings;
use unhappy_trace::SimDuration;

/// One assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: String,
    /// None for DEFAULT.
    value: Option<String>,
    /// Ends with the transaction.
    pub(crate) local: bool,
}

const KNOWN: [&str; 6] = [
    "deadlock_timeout",
    "lock_timeout",
    "statement_timeout",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "transaction_isolation",
];

/// Settings of PostgreSQL that could be set without a difference to any answer here.
const WITHOUT_EFFECT: [&str; 5] =
    ["application_name", "client_encoding", "client_min_messages", "timezone", "log_statement"];

impl Setting {
    /// Reads an assignment.
    ///
    /// # Errors
    /// 42704 for a name that PostgreSQL does not know either, 0A000 for one that means nothing here, 22023 for a
    /// value that does not fit.
    pub(crate) fn read(name: &str, value: Option<String>, local: bool) -> Result<Setting, SqlError> {
        let setting = Setting { name: name.to_owned(), value, local };
        if WITHOUT_EFFECT.contains(&name) && (name != "timezone" || setting.is_utc()) {
            return Ok(setting);
        }
        if !KNOWN.contains(&name) {
            return Err(Setting::unknown(name));
        }
        setting.apply(&mut Settings::default()).map(|()| setting)
    }

    /// Returns the error for a setting that is not here.
    pub(crate) fn unknown(name: &str) -> SqlError {
        SqlError::new("0A000", format!("the setting \"{name}\" is not available here"))
    }

    fn is_utc(&self) -> bool {
        self.value.as_deref().is_none_or(|zone| zone.eq_ignore_ascii_case("utc"))
    }

    /// Makes the assignment.
    ///
    /// # Errors
    /// 22023 for a value that does not fit.
    pub(crate) fn apply(&self, settings: &mut Settings) -> Result<(), SqlError> {
        let default = Settings::default();
        match self.name.as_str() {
            "deadlock_timeout" => settings.deadlock_timeout = self.time(default.deadlock_timeout, 1)?,
            "lock_timeout" => settings.lock_timeout = self.time(default.lock_timeout, 0)?,
            "statement_timeout" => settings.statement_timeout = self.time(default.statement_timeout, 0)?,
            "default_transaction_isolation" => settings.default_level = self.level()?,
            "default_transaction_read_only" => settings.default_read_only = self.truth()?,
            _ => {}
        }
        Ok(())
    }

    /// Reads an isolation level.
    pub(crate) fn level(&self) -> Result<Level, SqlError> {
        match self.value.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("read committed") => Ok(Level::ReadCommitted),
            Some("read uncommitted") => Ok(Level::ReadUncommitted),
            Some("repeatable read") => Ok(Level::RepeatableRead),
            Some("serializable") => Ok(Level::Serializable),
            Some(_) => Err(self.invalid().with_hint(
                "Available values: serializable, repeatable read, read committed, read uncommitted.",
            )),
        }
    }

    fn truth(&self) -> Result<bool, SqlError> {
        match self.value.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("off" | "false" | "no" | "0") => Ok(false),
            Some("on" | "true" | "yes" | "1") => Ok(true),
            Some(_) => {
                Err(SqlError::new("22023", format!("parameter \"{}\" requires a Boolean value", self.name)))
            }
        }
    }

    /// Reads a time; a bare number is milliseconds.
    fn time(&self, default: SimDuration, least_millis: u64) -> Result<SimDuration, SqlError> {
        let Some(value) = &self.value else { return Ok(default) };
        let value = value.trim();
        let digits = value.find(|character: char| !character.is_ascii_digit()).unwrap_or(value.len());
        let number: u64 = value[..digits].parse().map_err(|_| self.invalid())?;
        let micros = match value[digits..].trim() {
            "us" => 1,
            "" | "ms" => 1_000,
            "s" => 1_000_000,
            "min" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            _ => {
                let hint =
                    "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";
                return Err(self.invalid().with_hint(hint));
            }
        };
        let micros = number.checked_mul(micros).filter(|micros| *micros <= 2_147_483_647_000);
        match micros {
            Some(micros) if micros >= least_millis * 1_000 => Ok(SimDuration::from_micros(micros)),
            _ => {
                let message = format!(
                    "{value} is outside the valid range for parameter \"{}\" ({least_millis} .. 2147483647)",
                    self.name
                );
                Err(SqlError::new("22023", message))
            }
        }
    }

    fn invalid(&self) -> SqlError {
        let value = self.value.as_deref().unwrap_or_default();
        SqlError::new("22023", format!("invalid value for parameter \"{}\": \"{value}\"", self.name))
    }
}

/// What SHOW and `current_setting` look at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Standing {
    pub(crate) settings: Settings,
    /// The running transaction's.
    pub(crate) level: Level,
    pub(crate) read_only: bool,
}

impl Standing {
    /// Returns a setting's value as PostgreSQL prints it; none for a setting that is not here.
    pub(crate) fn shown(&self, name: &str) -> Option<String> {
        Some(match name {
            "transaction_isolation" => self.level.name().to_owned(),
            "default_transaction_isolation" => self.settings.default_level.name().to_owned(),
            "transaction_read_only" => on_off(self.read_only),
            "default_transaction_read_only" => on_off(self.settings.default_read_only),
            "lock_timeout" => shown_time(self.settings.lock_timeout),
            "deadlock_timeout" => shown_time(self.settings.deadlock_timeout),
            "statement_timeout" => shown_time(self.settings.statement_timeout),
            "timezone" => "UTC".to_owned(),
            _ => return None,
        })
    }
}

fn on_off(value: bool) -> String {
    (if value { "on" } else { "off" }).to_owned()
}

/// A time as SHOW prints it: the largest unit that leaves a whole number.
fn shown_time(time: SimDuration) -> String {
    let millis = time.micros() / 1000;
    match millis {
        0 => "0".to_owned(),
        _ if millis.is_multiple_of(3_600_000) => format!("{}h", millis / 3_600_000),
        _ if millis.is_multiple_of(60_000) => format!("{}min", millis / 60_000),
        _ if millis.is_multiple_of(1000) => format!("{}s", millis / 1000),
        _ => format!("{millis}ms"),
    }
}
