//! Lists: pages, tables, JSON.

use migration::testing::TestDb;

use crate::stage::{Stage, items, text};

migration::both_backends! {
    async fn a_list_goes_on_where_it_ended(db: TestDb) {
        let stage = Stage::new(db);
        for name in ["ada", "bob", "eve", "jun", "kim"] {
            stage.done(&["user", "create", &format!("{name}@example.com")]);
        }
        let mut seen = Vec::new();
        let mut after: Option<String> = None;
        for length in [2, 2, 1] {
            let mut arguments = vec!["user", "list", "--limit", "2"];
            if let Some(after) = &after {
                arguments.extend(["--after", after]);
            }
            let said = stage.done(&arguments);
            let page = stage.json(&arguments);
            assert_eq!(items(&page), length);
            // A table says the same: one line more, the heads.
            assert_eq!(said.out.lines().count(), length + 1);
            seen.extend((0..length).map(|at| text(&page, &format!("/items/{at}/email")).to_owned()));
            after = page["next"].as_str().map(ToOwned::to_owned);
            assert_eq!(said.err.contains("--after"), after.is_some(), "{said:?}");
        }
        assert_eq!((seen.len(), after), (5, None));
        let all = stage.json(&["user", "list", "--all"]);
        assert_eq!((items(&all), &all["next"]), (5, &serde_json::Value::Null));
        assert_eq!(items(&stage.json(&["session", "list", &seen[0]])), 0);
    }

    async fn a_table_is_plain_text_in_a_pipe(db: TestDb) {
        let stage = Stage::new(db);
        stage.done(&["user", "create", "ada@example.com", "--name", "Ada \u{202e}gnirts"]);
        stage.done(&["user", "create", "bob@example.com", "--name", "猫"]);
        let said = stage.done(&["user", "list"]);
        let plain = |letter: char| !letter.is_control() || letter == '\n';
        assert!(said.out.chars().all(plain) && !said.out.contains('\u{202e}'), "{said:?}");
        let lines: Vec<_> = said.out.lines().collect();
        let place = |line: &str, word: &str| line.find(word).unwrap_or_else(|| panic!("{word}: {line}"));
        assert_eq!(place(lines[0], "EMAIL"), place(lines[1], "ada@"));
        assert_eq!(place(lines[0], "EMAIL"), place(lines[2], "bob@"));
        assert!(lines.iter().all(|line| line.trim_end() == *line), "{lines:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn whoever_stops_reading_is_told_nothing() {
    use std::io::Read as _;
    use std::process::Stdio;
    let stage = Stage::new(TestDb::new(migration::testing::Backend::Sqlite).await);
    let mut command = stage.command(&["completions", "bash"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    drop(child.stdout.take());
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut said).expect("text");
    child.wait().expect("it ends");
    assert_eq!(said, "");
}
