//! A line on a terminal that shows that something goes on.
use std::io::{self, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const EVERY: Duration = Duration::from_millis(100);

/// Draws its line anew until it is dropped, which wipes it out.
#[derive(Debug)]
pub(super) struct Spinner {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Spinner {
    /// `text`, and how long it has taken so far.
    pub(super) fn start(text: String) -> Self {
        let (stop, stopped) = mpsc::channel();
        // A thread: the migration may keep the runtime busy.
        let thread = thread::spawn(move || {
            let started = Instant::now();
            for frame in FRAMES.into_iter().cycle() {
                let elapsed = started.elapsed().as_secs_f64();
                draw(&format!("{frame} {text} {elapsed:.1} s"));
                if stopped.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            draw("");
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes over the line that the cursor is in.
fn draw(line: &str) {
    let mut stdout = io::stdout();
    let _ = write!(stdout, "\r\x1b[2K{line}");
    let _ = stdout.flush();
}
