//! What README shows is what runs.

use migration::testing::TestDb;
use service::{Config, Db};

#[path = "../../examples/tour.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod example;

const README: &str = include_str!("../../../README.md");
const EXAMPLE: &str = include_str!("../../examples/tour.rs");

#[test]
fn readme_shows_the_tour_as_it_is_run() {
    let run = EXAMPLE
        .split_once("// readme: begin\n")
        .and_then(|(_, rest)| rest.split_once("    // readme: end"))
        .map(|(body, _)| body)
        .expect("the marked part of the example");
    let mut lines: Vec<_> = run
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line))
        .collect();
    lines.push("");
    let run = lines.join("\n");
    let shown = README
        .split_once("```rust\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(block, _)| block)
        .expect("README has a block of Rust");
    assert_eq!(
        shown, run,
        "copy the marked part of examples/tour.rs to README"
    );
}

migration::both_backends! {
    async fn the_tour_of_readme_runs(test: TestDb) {
        let db = Db::connect(Config::new(test.url())).await.expect("connects");
        example::tour(&db, "one").await.expect("as README says");
        example::tour(&db, "two").await.expect("and again");
    }
}
