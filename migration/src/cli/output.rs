//! What is printed, as it happens.
use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use super::progress::Spinner;
use crate::migrate::Event;

/// Standard output for what was done, standard error for what went wrong.
///
/// That nobody reads any more (`| head`) is no reason to stop in the midst of a migration, so
/// failures to write are ignored.
#[derive(Debug)]
pub(super) struct Output {
    /// The line of a running migration, which still lacks its end.
    open: Option<String>,
    /// What moves meanwhile, on a terminal.
    spinner: Option<Spinner>,
    /// Whether standard output is a terminal that understands its control sequences.
    terminal: bool,
    colors: bool,
}

/// What a word on a terminal can look like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Color {
    Red = 31,
    Green = 32,
    Yellow = 33,
}

impl Default for Output {
    fn default() -> Self {
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = io::stdout().is_terminal() && !dumb;
        // https://no-color.org: whatever it says, if it says something.
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            open: None,
            spinner: None,
            terminal,
            colors: terminal && !refused,
        }
    }
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

    /// The word in a colour, where colours are wanted.
    pub(super) fn paint(&self, word: &str, color: Color) -> String {
        if self.colors {
            format!("\x1b[{}m{word}\x1b[0m", color as u8)
        } else {
            word.to_owned()
        }
    }

    /// The line of a migration, its time added when it is done.
    pub(super) fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Started {
                name,
                direction,
                position,
                of,
            } => {
                self.close();
                let width = of.to_string().len();
                self.open(format!("[{position:>width$}/{of}] {direction} {name} ..."));
            }
            Event::Finished { elapsed, .. } => {
                let time = human(elapsed);
                self.end(&self.paint(&time, Color::Green));
            }
            Event::Skipped { .. } => self.end("already done by another process"),
            Event::Retrying { pause, .. } => {
                let again = self.open.clone().unwrap_or_default();
                let pause = pause.as_secs_f64();
                self.end(&format!("locked by another process, again in {pause:.1} s"));
                self.open(again);
            }
            Event::Cluster { cluster } => self.line(&cluster.to_string()),
            Event::Waiting { holder } => self.line(&format!("waiting for {holder}")),
            Event::Dropped { objects } => {
                self.line(&format!("dropped {}", count(objects, "object")));
            }
        }
    }

    /// Begins a line. The name of what takes long is wanted while it takes long.
    fn open(&mut self, text: String) {
        if self.terminal {
            self.spinner = Some(Spinner::start(text.clone()));
        } else {
            let mut stdout = io::stdout();
            let _ = write!(stdout, "{text} ");
            let _ = stdout.flush();
        }
        self.open = Some(text);
    }

    fn end(&mut self, outcome: &str) {
        self.spinner = None;
        if let Some(text) = self.open.take() {
            let begun = if self.terminal {
                format!("{text} ")
            } else {
                String::new()
            };
            let _ = writeln!(io::stdout(), "{begun}{outcome}");
        }
    }

    fn close(&mut self) {
        if self.open.is_some() {
            self.end(&self.paint("failed", Color::Red));
        }
    }
}

/// `1 object`, `2 objects`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn human(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(10) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}
