//! What README shows is what runs.

use migration::testing::TestDb;
use service::Config;

#[path = "../../examples/audit.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod audit;
#[path = "../../examples/connect.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod connect;
#[path = "../../examples/lifecycle.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod lifecycle;
#[path = "../../examples/mail.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod mail;
#[path = "../../examples/sign_in.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod sign_in;
#[path = "../../examples/tour.rs"]
#[expect(
    dead_code,
    reason = "an example's `main` is called where it is a program"
)]
mod tour;

const README: &str = include_str!("../../../README.md");
/// The documentation of `service::web`, in which the last block stands and is compiled.
const WEB: &str = include_str!("../../src/web/mod.rs");
/// In the order in which README shows them.
const EXAMPLES: [(&str, &str); 6] = [
    ("tour", include_str!("../../examples/tour.rs")),
    ("connect", include_str!("../../examples/connect.rs")),
    ("sign_in", include_str!("../../examples/sign_in.rs")),
    ("mail", include_str!("../../examples/mail.rs")),
    ("audit", include_str!("../../examples/audit.rs")),
    ("lifecycle", include_str!("../../examples/lifecycle.rs")),
];

#[test]
fn readme_shows_the_examples_as_they_are_run() {
    let shown: Vec<_> = README
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    let Some((web, shown)) = shown.split_last() else {
        panic!("blocks of Rust in README");
    };
    let web: Vec<_> = web.lines().map(|line| format!("//! {line}")).collect();
    let web: Vec<_> = web.iter().map(|line| line.trim_end()).collect();
    let web = web.join("\n");
    assert!(
        WEB.contains(&web),
        "copy the block of src/web/mod.rs to README"
    );
    assert_eq!(shown.len(), EXAMPLES.len(), "blocks of Rust in README");
    for (shown, (name, source)) in shown.iter().zip(EXAMPLES) {
        assert_eq!(
            *shown,
            marked(source),
            "copy the marked part of examples/{name}.rs to README"
        );
    }
}

/// The marked part of an example, without its indentation.
fn marked(source: &str) -> String {
    let body = source
        .split_once("// readme: begin\n")
        .and_then(|(_, rest)| rest.split_once("    // readme: end"))
        .map(|(body, _)| body)
        .expect("the marked part of the example");
    let mut lines: Vec<_> = body
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line))
        .collect();
    lines.push("");
    lines.join("\n")
}

migration::both_backends! {
    async fn the_transactions_of_readme_run(test: TestDb) {
        let db = crate::rules::connect(Config::new(test.url())).await.expect("connects");
        connect::connect(&db, "one").await.expect("as README says");
        connect::connect(&db, "two").await.expect("and again");
    }

    async fn the_tour_of_readme_runs(test: TestDb) {
        let db = crate::rules::connect(Config::new(test.url())).await.expect("connects");
        tour::tour(&db, "one").await.expect("as README says");
        tour::tour(&db, "two").await.expect("and again");
    }

    async fn the_signing_in_of_readme_runs(test: TestDb) {
        let db = crate::rules::connect(Config::new(test.url())).await.expect("connects");
        sign_in::sign_in(&db, "one").await.expect("as README says");
        sign_in::sign_in(&db, "two").await.expect("and again");
    }

    async fn the_mail_of_readme_runs(test: TestDb) {
        let db = crate::rules::connect(Config::new(test.url())).await.expect("connects");
        mail::mail(&db, "one").await.expect("as README says");
        mail::mail(&db, "two").await.expect("and again");
    }

    async fn the_end_of_life_of_readme_runs(test: TestDb) {
        let db = crate::rules::connect(Config::new(test.url())).await.expect("connects");
        lifecycle::lifecycle(&db, "one").await.expect("as README says");
        lifecycle::lifecycle(&db, "two").await.expect("and again");
    }

    async fn the_audit_of_readme_runs(test: TestDb) {
        let db = crate::rules::connect(Config::new(test.url())).await.expect("connects");
        audit::audit(&db, "one").await.expect("as README says");
        audit::audit(&db, "two").await.expect("and again");
    }
}
