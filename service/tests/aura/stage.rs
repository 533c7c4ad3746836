//! A database, and the tool to run on it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use migration::testing::TestDb;
use serde_json::Value as Json;
use service::{Config, Db};

/// A password that the policy takes.
pub(crate) const PASSWORD: &str = "seven lemons in a hat";

/// The exit codes, as README has them.
pub(crate) mod code {
    pub(crate) const DONE: i32 = 0;
    pub(crate) const FAILED: i32 = 1;
    pub(crate) const INVALID: i32 = 2;
    pub(crate) const NOT_FOUND: i32 = 3;
    pub(crate) const REFUSED: i32 = 4;
    pub(crate) const NOT_CONFIRMED: i32 = 5;
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self {
            code: output.status.code().expect("it was not killed"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.code == code::DONE
    }

    /// Its standard output as the one JSON document that it is.
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The tool on a database.
pub(crate) struct Stage {
    pub(crate) test: TestDb,
    pub(crate) folder: tempfile::TempDir,
}

/// The program, in a folder without a file `.env` and with nothing of ours in its environment.
pub(crate) fn program(folder: impl AsRef<Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aura"));
    let ours = [
        "DATABASE_",
        "PASSWORD_",
        "SESSION_",
        "RETENTION_",
        "AURA_",
        "AUDIT",
    ];
    // What says whether it is production.
    let everybodys = [
        "APP_ENV",
        "ENVIRONMENT",
        "ENV",
        "NODE_ENV",
        "RAILS_ENV",
        "RUST_ENV",
    ];
    for (name, _) in std::env::vars() {
        if ours.iter().any(|prefix| name.starts_with(prefix)) || everybodys.contains(&&*name) {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// The program on a database.
pub(crate) fn on(url: &str, arguments: &[&str]) -> Command {
    let mut command = program(std::env::temp_dir());
    command.env("DATABASE_URL", url).args(arguments);
    command
}

pub(crate) fn run(command: &mut Command) -> Said {
    Said::of(command.output().expect("it runs"))
}

/// With that on its standard input.
pub(crate) fn fed(command: &mut Command, input: &str) -> Said {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    // Beside what it says, which nobody reads before all is written. Whoever refuses before reading closes the pipe.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    Said::of(output)
}

impl Stage {
    pub(crate) fn new(test: TestDb) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { test, folder }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.folder);
        command.env("DATABASE_URL", self.test.url()).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        run(&mut self.command(arguments))
    }

    /// With that on its standard input.
    pub(crate) fn fed(&self, arguments: &[&str], input: &str) -> Said {
        fed(&mut self.command(arguments), input)
    }

    /// What is done, which it must be.
    pub(crate) fn done(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, code::DONE, "{arguments:?}: {said:?}");
        said
    }

    /// The JSON of what is done.
    pub(crate) fn json(&self, arguments: &[&str]) -> Json {
        self.done(&[arguments, &["--json"]].concat()).json()
    }

    /// What is refused, with that code, and a line that says so.
    pub(crate) fn refused(&self, arguments: &[&str], code: i32) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        assert_eq!(said.out, "", "{arguments:?}");
        said.err
    }

    /// The service on the same database.
    pub(crate) async fn db(&self) -> Db {
        let config = Config::new(self.test.url());
        Db::connect(config).await.expect("a connection")
    }
}

/// The text at the place.
pub(crate) fn text<'j>(json: &'j Json, place: &str) -> &'j str {
    json.pointer(place)
        .and_then(Json::as_str)
        .unwrap_or_else(|| panic!("{place} in {json}"))
}

/// How many items a list has.
pub(crate) fn items(json: &Json) -> usize {
    json["items"].as_array().expect("a list").len()
}
