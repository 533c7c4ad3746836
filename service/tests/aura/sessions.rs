//! `aura session` and `aura token`.

use migration::testing::TestDb;
use service::secret::Password;
use service::{NewSession, Purpose};

use crate::stage::{PASSWORD, Stage, code, items, text};

migration::both_backends! {
    async fn sessions_are_shown_and_ended(db: TestDb) {
        let stage = Stage::new(db);
        let ada = stage.json(&["user", "create", "ada@example.com"]);
        let id = text(&ada, "/id").parse().expect("an id");
        let db = stage.db().await;
        let mut tokens = Vec::new();
        for _ in 0..3 {
            let opened = db.sessions().open(id, NewSession::default()).await.expect("a session");
            tokens.push(opened.token);
        }
        let lives = async |token: usize| db.sessions().resolve(tokens[token].reveal()).await.is_ok();

        let list = stage.json(&["session", "list", "ada@example.com"]);
        assert_eq!(items(&list), 3);
        let first = text(&list, "/items/0/id");
        stage.done(&["session", "revoke", "ada@example.com", first]);
        assert!(!lives(0).await && lives(1).await);
        let said = stage.refused(&["session", "revoke", "ada@example.com", first], code::NOT_FOUND);
        assert!(said.contains(first), "{said}");

        let all = ["session", "revoke", "ada@example.com", "--all"];
        let said = stage.refused(&all, code::NOT_CONFIRMED);
        assert!(said.contains("2 sessions"), "{said}");
        assert!(lives(1).await);
        assert_eq!(stage.json(&[&all[..], &["--yes"]].concat())["ended"], 2);
        assert!(!lives(1).await && !lives(2).await);
        stage.refused(&all[..3], code::INVALID);
    }

    async fn a_token_is_printed_once_and_does_what_it_is_for(db: TestDb) {
        let stage = Stage::new(db);
        let ada = stage.json(&["user", "create", "ada@example.com"]);
        let said = stage.done(&["token", "issue", "ada@example.com", "password-reset"]);
        let token = said.out.trim_end();
        assert!(token.starts_with("aura_reset_") && said.out.lines().count() == 1, "{said:?}");
        assert!(said.err.contains("warning") && !said.err.contains(token), "{said:?}");
        let db = stage.db().await;
        let password: Password = PASSWORD.parse().expect("a password");
        let tokens = db.verification_tokens();
        tokens.reset_password(token, &password).await.expect("it is valid");

        let issued = stage.json(&[
            "token", "issue", text(&ada, "/id"), "email-change", "--to", "Ada@example.org", "--ttl", "5m",
        ]);
        assert_eq!(text(&issued, "/email"), "ada@example.org");
        let found = tokens.peek(Purpose::EmailChange, text(&issued, "/token")).await;
        assert!(found.is_ok(), "{found:?}");
        for arguments in [
            &["ada@example.com", "email-change"][..],
            &["ada@example.com", "email-change", "--to", "ada@example.com"],
            &["ada@example.com", "magic-link", "--to", "ada@example.org"],
            &["ada@example.com", "magic-link", "--ttl", "31d"],
            &["ada@example.com", "magic-link", "--ttl", "soon"],
            &["ada@example.com", "session"],
        ] {
            stage.refused(&[&["token", "issue"], arguments].concat(), code::INVALID);
        }
        stage.refused(&["token", "issue", "bob@example.com", "magic-link"], code::NOT_FOUND);
    }
}
