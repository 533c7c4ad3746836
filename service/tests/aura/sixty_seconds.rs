//! README's sixty seconds, as they are typed.

use migration::testing::TestDb;
use uuid::Uuid;

use crate::stage::Stage;

const README: &str = include_str!("../../../README.md");

/// The commands of the tool, each with what README says that it answers.
fn shown() -> Vec<(Vec<&'static str>, Vec<&'static str>)> {
    let (_, after) = README.split_once("## Sixty seconds").expect("the section");
    let (_, after) = after.split_once("```console\n").expect("what is typed");
    let (console, _) = after.split_once("```").expect("its end");
    let mut shown: Vec<(Vec<_>, Vec<_>)> = Vec::new();
    for line in console.lines() {
        if let Some(typed) = line.strip_prefix("$ ") {
            let typed = typed.split('#').next().unwrap_or_default();
            shown.push((typed.split_whitespace().collect(), Vec::new()));
        } else if let Some((_, answer)) = shown.last_mut() {
            answer.push(line);
        }
    }
    shown.retain(|(typed, _)| typed[0] == "aura");
    shown
}

/// The words of a line, but that an id is any id and an instant any instant.
fn words(line: &str) -> Vec<&str> {
    let word = |word| {
        if Uuid::parse_str(word).is_ok() {
            "<id>"
        } else if chrono::DateTime::parse_from_rfc3339(word).is_ok() {
            "<instant>"
        } else {
            word
        }
    };
    line.split_whitespace().map(word).collect()
}

migration::both_backends! {
    async fn the_sixty_seconds_of_readme_are_true(db: TestDb) {
        let stage = Stage::new(db);
        let shown = shown();
        assert!(shown.len() >= 5);
        for (typed, answer) in shown {
            let said = stage.done(&typed[1..]);
            let said: Vec<_> = said.out.lines().map(words).collect();
            let answer: Vec<_> = answer.into_iter().map(words).collect();
            assert_eq!(said, answer, "{typed:?}");
        }
    }
}
