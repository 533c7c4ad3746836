//! That no secret is shown, whatever is asked for.

use migration::testing::TestDb;
use service::NewSession;

use crate::stage::{PASSWORD, Stage, code, program, run, text};

migration::both_backends! {
    async fn no_command_shows_a_secret(db: TestDb) {
        let stage = Stage::new(db);
        let ada = stage.fed(&["user", "create", "ada@example.com", "--password-stdin", "--json"], PASSWORD).json();
        stage.done(&["application", "create", "Bakery", "--owner", "ada@example.com"]);
        let token = stage.done(&["token", "issue", "ada@example.com", "magic-link"]).out;
        let id = text(&ada, "/id").parse().expect("an id");
        let opened = stage.db().await.sessions().open(id, NewSession::default()).await.expect("a session");
        let mut all = String::new();
        for arguments in [
            &["user", "list"][..],
            &["user", "show", "ada@example.com"],
            &["application", "list"],
            &["application", "show", "bakery"],
            &["member", "list", "bakery"],
            &["session", "list", "ada@example.com"],
            &["audit", "list"],
            &["audit", "list", "--application", "bakery"],
            &["audit", "verify"],
            &["export", "ada@example.com"],
            &["purge", "--dry-run"],
            &["erase", "ada@example.com", "--dry-run"],
            &["doctor"],
        ] {
            for arguments in [arguments.to_vec(), [arguments, &["--json"]].concat()] {
                let said = stage.run(&arguments);
                assert!(said.code == code::DONE || arguments[0] == "erase", "{arguments:?}: {said:?}");
                all.push_str(&said.out);
                all.push_str(&said.err);
            }
        }
        let password = stage.test.url().split(['@', ':']).nth(2).unwrap_or("aura.db?");
        for secret in [PASSWORD, token.trim_end(), opened.token.reveal(), "$argon2", "secret_hash", "password_hash"] {
            assert!(!all.contains(secret), "{secret}");
        }
        if stage.test.path().is_none() {
            assert!(!password.is_empty() && !all.contains(password), "the password of the database");
        }
    }
}

/// Arguments can be read by every process of the machine.
#[test]
fn no_command_takes_a_password_as_an_argument() {
    let folder = tempfile::tempdir().expect("a folder");
    run(program(&folder).args(["man", "."]));
    let mut pages = 0;
    for page in folder.path().read_dir().expect("a folder") {
        let page = std::fs::read_to_string(page.expect("a page").path()).expect("text");
        pages += 1;
        for line in page
            .lines()
            .filter(|line| line.contains("password\\-") || line.contains("\\-password"))
        {
            // An option with a value has it in angle brackets.
            let is_option = line.starts_with("\\fB\\-\\-");
            assert!(!(is_option && line.contains('<')), "{line}");
        }
    }
    assert!(pages > 30, "{pages} pages");
}
