//! Which column an actor belongs to, by its name.
//!
//! Names are made by origin (`trace::schedule`): `A.client`, `A`, `A2`, `A/1`, `A.1`, `queue.emails.1`,
//! `every.cleanup.1`, `process.1`. Tasks share the column of what created them.

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The code of a client.
    Client,
    /// A request, or a task of one.
    Request,
    /// A delivery of a queue or a run of a job.
    Background,
    /// A server process, or the world itself.
    World,
}

/// An actor by what it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// What it is.
    pub(super) kind: Kind,
    /// Its column: `A`, `A2`, `A.client`, `queue.emails.1`.
    pub(super) column: String,
    /// The operation that it serves: `A` for `A.client`, `A2`, `A/1`; a background actor serves itself.
    pub(super) operation: String,
    /// The task's own name when it is not the column's: `A/1`.
    pub(super) task: Option<String>,
}

/// Reads the name of an actor.
pub(super) fn who(name: &str) -> Who {
    let column = name.split('/').next().unwrap_or(name);
    let letters = column.find(|letter: char| !letter.is_ascii_uppercase()).unwrap_or(column.len());
    let kind = match letters {
        0 if column.starts_with("queue.") || column.starts_with("every.") => Kind::Background,
        0 => Kind::World,
        _ if column.ends_with(".client") => Kind::Client,
        _ => Kind::Request,
    };
    let operation = if letters == 0 { column } else { &column[..letters] };
    let task = (name.len() > column.len()).then(|| name.to_owned());
    Who { kind, column: column.to_owned(), operation: operation.to_owned(), task }
}

/// Returns the words of a column's heading.
pub(super) fn title(who: &Who) -> String {
    match who.kind {
        Kind::Client => format!("Client {}", who.operation),
        Kind::Request => format!("Request {}", who.column),
        Kind::Background => match who.column.split('.').collect::<Vec<_>>().as_slice() {
            ["queue", topic @ .., number] => format!("Delivery {number} of {}", topic.join(".")),
            ["every", job @ .., number] => format!("Run {number} of {}", job.join(".")),
            _ => who.column.clone(),
        },
        Kind::World => who.column.replace('.', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_columns() {
        for (name, column, operation, heading) in [
            ("A", "A", "A", "Request A"),
            ("AB2/1/3", "AB2", "AB", "Request AB2"),
            ("A.1", "A.1", "A", "Request A.1"),
            ("A.client", "A.client", "A", "Client A"),
            ("queue.emails.12", "queue.emails.12", "queue.emails.12", "Delivery 12 of emails"),
            ("every.cleanup.1/1", "every.cleanup.1", "every.cleanup.1", "Run 1 of cleanup"),
            ("process.1", "process.1", "process.1", "process 1"),
        ] {
            let found = who(name);
            assert_eq!((found.column.as_str(), found.operation.as_str()), (column, operation));
            assert_eq!(title(&found), heading);
        }
        assert_eq!(who("A/1").task.as_deref(), Some("A/1"));
    }
}
