//! Who is migrating while we wait.
use std::fmt;

use chrono::{DateTime, Utc};

/// Another migrator, as far as it can be known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Its process: on `PostgreSQL` that of the server which serves it; `None` when it has just gone.
    pub pid: Option<i32>,
    /// What it calls itself; `None` when it does not.
    pub program: Option<String>,
    /// Since when it is connected; `None` when this login may not know.
    pub since: Option<DateTime<Utc>>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another migrator")?;
        let mut parts = Vec::new();
        if let Some(pid) = self.pid {
            parts.push(format!("pid {pid}"));
        }
        // Whoever may write beside the file, or calls itself so, says what stands there: nothing for a terminal to obey.
        let program = self.program.as_deref().unwrap_or_default();
        if !program.is_empty() {
            parts.push(program.escape_debug().take(80).collect());
        }
        if let Some(since) = self.since {
            parts.push(format!("since {}", since.format("%Y-%m-%d %H:%M:%S UTC")));
        }
        if parts.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::Holder;

    #[test]
    fn it_says_what_is_known() {
        assert_eq!(Holder::default().to_string(), "another migrator");
        let holder = Holder {
            pid: Some(7),
            program: Some("psql".to_owned()),
            since: DateTime::from_timestamp(0, 0),
        };
        let holder_of = |program: &str| Holder {
            program: Some(program.to_owned()),
            ..Holder::default()
        };
        assert_eq!(
            holder_of("a\x1b[2Jb").to_string(),
            r"another migrator (a\u{1b}[2Jb)"
        );
        let text = "another migrator (pid 7, psql, since 1970-01-01 00:00:00 UTC)";
        assert_eq!(holder.to_string(), text);
    }
}
