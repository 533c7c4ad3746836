//! How far it is: a bar on a terminal, a line now and then elsewhere.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const LINE_EVERY: Duration = Duration::from_secs(5);

/// Counts rows, and shows them on the standard error. It has no colours.
pub(crate) struct Progress {
    /// Hidden where there is no terminal.
    bar: ProgressBar,
    started: Instant,
    said: Mutex<Instant>,
}

impl Progress {
    /// `rows`: about how many there will be.
    pub(crate) fn start(rows: u64) -> Self {
        let bar = ProgressBar::new(rows);
        let shape =
            "[{bar:30}] {percent:>3} %  {human_pos} of {human_len} rows, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(shape) {
            bar.set_style(style.progress_chars("=> "));
        }
        let now = Instant::now();
        Self {
            bar,
            started: now,
            said: Mutex::new(now),
        }
    }

    /// So many more are written.
    pub(crate) fn add(&self, rows: usize) {
        self.bar.inc(rows as u64);
        let Ok(mut said) = self.said.lock() else {
            return;
        };
        if self.bar.is_hidden() && said.elapsed() >= LINE_EVERY {
            *said = Instant::now();
            let (done, of) = (self.bar.position(), self.bar.length().unwrap_or_default());
            let seconds = self.started.elapsed().as_secs().max(1);
            let rate = (done / seconds).max(1);
            let left = of.saturating_sub(done) / rate;
            eprintln!("{done} of about {of} rows, {rate} rows/s, {left} s left");
        }
    }

    /// Takes the bar away; how many rows there are.
    pub(crate) fn finish(&self) -> u64 {
        self.bar.finish_and_clear();
        self.bar.position()
    }
}
