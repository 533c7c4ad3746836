//! What is printed, as it happens.
use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::migrate::{Event, State, Status};

/// Standard output for what was done, standard error for what went wrong.
///
/// That nobody reads any more (`| head`) is no reason to stop in the midst of a migration, so
/// failures to write are ignored.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Whether the line of a running migration still lacks its end.
    open: bool,
}

impl Output {
    /// A line of standard output.
    pub(super) fn line(&mut self, text: &str) {
        self.close();
        let _ = writeln!(io::stdout(), "{text}");
    }

    /// Something that the user may not have meant, on standard error.
    pub(super) fn note(&mut self, text: &str) {
        self.close();
        let _ = writeln!(io::stderr(), "note: {text}");
    }

    /// Why nothing more is done: one line on standard error.
    pub(super) fn error(&mut self, error: &dyn Display) {
        self.close();
        let _ = writeln!(io::stderr(), "error: {error}");
    }

    /// The line of a migration, its time added when it is done.
    pub(super) fn event(&mut self, event: Event<'_>) {
        let mut stdout = io::stdout();
        match event {
            Event::Started {
                name,
                direction,
                position,
                of,
            } => {
                self.close();
                let width = of.to_string().len();
                let _ = write!(stdout, "[{position:>width$}/{of}] {direction} {name} ... ");
                // The name of what takes long is wanted while it takes long.
                let _ = stdout.flush();
                self.open = true;
            }
            Event::Finished { elapsed, .. } => {
                self.open = false;
                let _ = writeln!(stdout, "{}", human(elapsed));
            }
            Event::Skipped { .. } => {
                self.open = false;
                let _ = writeln!(stdout, "already done by another process");
            }
            Event::Dropped { objects } => {
                self.line(&format!("dropped {}", count(objects, "object")));
            }
        }
    }

    /// The table of `status`.
    pub(super) fn status(&mut self, status: &Status) {
        let width = status.migrations.iter().map(|(name, _)| name.len()).max();
        let width = width.unwrap_or_default();
        for (name, state) in &status.migrations {
            let (state, at) = match state {
                State::Applied { at } => ("applied", *at),
                State::Pending => ("pending", None),
                State::Unknown { at } => ("unknown", *at),
            };
            let line = format!(
                "{name:width$}  {state}  {}",
                at.map(instant).unwrap_or_default()
            );
            self.line(line.trim_end());
        }
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.open) {
            let _ = writeln!(io::stdout(), "failed");
        }
    }
}

/// `1 object`, `2 objects`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn human(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(10) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}
