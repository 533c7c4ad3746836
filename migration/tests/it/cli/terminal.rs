//! On a terminal: a question before data goes, a line that moves, colours unless they are not wanted.
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::Place;

/// Runs the migrator on a terminal, with `typed` as what is typed.
fn on_a_terminal(
    place: &Place,
    args: &str,
    typed: &str,
    environment: &[(&str, &str)],
) -> (bool, String) {
    let line = format!("{} {args}", env!("CARGO_BIN_EXE_migration"));
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(place.dir.path())
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .env_remove("DATABASE_URL")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{error}: `script` is of Debian's bsdutils"));
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[test]
fn it_asks_before_data_goes() {
    let place = Place::new();
    place.run("up -n 2").succeeds();
    let (done, said) = on_a_terminal(&place, "reset", "no\n", &[]);
    assert!(
        !done && said.contains("Type yes to go on") && said.contains("nothing was done"),
        "{said}"
    );
    place.run("status").gives(2).says(&["2 applied, "]);
    let (done, said) = on_a_terminal(&place, "reset", "yes\n", &[]);
    assert!(done && said.contains("reverted 2"), "{said}");
    place.run("status").gives(2).says(&["0 applied, "]);
}

#[test]
fn a_line_moves_and_colours_can_be_refused() {
    let place = Place::new();
    let (done, said) = on_a_terminal(&place, "up -n 2", "", &[]);
    // The line is drawn over, with what has passed so far.
    assert!(
        done && said.contains("\r\u{1b}[2K") && said.contains(" 0.0 s"),
        "{said:?}"
    );
    assert!(
        said.contains("applying m20261121_000001_create_functions ... "),
        "{said:?}"
    );
    let (_, said) = on_a_terminal(&place, "status", "", &[]);
    assert!(
        said.contains("\u{1b}[32mapplied") && said.contains("\u{1b}[33mpending"),
        "{said:?}"
    );
    let (_, said) = on_a_terminal(&place, "status", "", &[("NO_COLOR", "1")]);
    assert!(
        said.contains("applied") && !said.contains('\u{1b}'),
        "{said:?}"
    );
    let (_, said) = on_a_terminal(&place, "up -n 1", "", &[("TERM", "dumb")]);
    assert!(!said.contains('\u{1b}'), "{said:?}");
    // A log has plain lines.
    let run = place.run("up -n 1").succeeds();
    assert!(!run.stdout.contains(['\u{1b}', '\r']), "{:?}", run.stdout);
}
