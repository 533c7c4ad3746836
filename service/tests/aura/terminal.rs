//! What is asked at a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use migration::testing::{Backend, TestDb};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::stage::{Said, Stage, code, items};

/// Runs it at a terminal of its own, at which `answer` is typed. Its standard output goes elsewhere.
fn at_a_terminal(stage: &Stage, arguments: &[&str], answer: &str) -> Said {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&terminal).expect("granted");
    unlockpt(&terminal).expect("unlocked");
    let name = ptsname(&terminal, Vec::new()).expect("it has a name");
    let open = || {
        let name = name.to_str().expect("a path");
        let mut options = File::options();
        options.read(true).write(true).open(name).expect("it opens")
    };
    let mut typing = File::from(terminal);
    typing.write_all(answer.as_bytes()).expect("typed");
    let child = stage
        .command(arguments)
        .stdin(open())
        .stderr(open())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    // Read to the end, which is an error where nobody has the other side open any more.
    let mut err = Vec::new();
    let _ = typing.read_to_end(&mut err);
    Said {
        code: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(err).expect("text"),
    }
}

#[tokio::test]
async fn what_destroys_asks_at_a_terminal() {
    let stage = Stage::new(TestDb::new(Backend::Sqlite).await);
    stage.done(&["user", "create", "ada@example.com"]);
    let delete = ["user", "delete", "ada@example.com"];
    for answer in ["n\n", "\n", "\u{4}"] {
        let said = at_a_terminal(&stage, &delete, answer);
        assert_eq!(said.code, code::NOT_CONFIRMED, "{answer:?}: {said:?}");
        assert!(
            said.err.contains("Go on? [y/N]") && said.err.contains("0 memberships"),
            "{said:?}"
        );
        assert_eq!(said.out, "");
    }
    assert_eq!(items(&stage.json(&["user", "list"])), 1);
    let said = at_a_terminal(&stage, &delete, "y\n");
    assert_eq!(
        (said.code, said.out.as_str()),
        (code::DONE, "deleted the user ada@example.com\n")
    );
}

#[tokio::test]
async fn an_owner_who_is_not_there_is_made_if_somebody_says_so() {
    let stage = Stage::new(TestDb::new(Backend::Sqlite).await);
    let create = [
        "application",
        "create",
        "Bakery",
        "--owner",
        "ada@example.com",
    ];
    let said = at_a_terminal(&stage, &create, "no\n");
    assert_eq!(said.code, code::NOT_FOUND, "{said:?}");
    let said = at_a_terminal(&stage, &create, "yes\n");
    assert_eq!(said.code, code::DONE, "{said:?}");
    assert!(
        said.err.contains("aura user set-password ada@example.com"),
        "{said:?}"
    );
}
