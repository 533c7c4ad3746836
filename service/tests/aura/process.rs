//! Running the tool.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) done: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The tool on the database, in an environment that says nothing else.
pub(crate) fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aura"));
    command.args(arguments).env("DATABASE_URL", url);
    for name in [
        "DATABASE_SCHEMA",
        "APP_ENV",
        "ENVIRONMENT",
        "ENV",
        "NODE_ENV",
        "RAILS_ENV",
        "RUST_ENV",
    ] {
        command.env_remove(name);
    }
    // Where there is no file `.env`.
    command.current_dir(std::env::temp_dir());
    command
}

/// Starts it, and leaves it running.
pub(crate) fn start(url: &str, arguments: &[&str]) -> Child {
    let mut command = command(url, arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("it runs")
}

/// Runs it to its end, with `input` on its standard input.
pub(crate) fn run(url: &str, arguments: &[&str], input: &str) -> Ran {
    ended(command(url, arguments), input)
}

pub(crate) fn ended(mut command: Command, input: &str) -> Ran {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("an input");
    let input = input.to_owned();
    // It may end before it has read all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran {
        done: output.status.success(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}
