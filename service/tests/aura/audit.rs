//! `aura audit`.

use migration::testing::{Backend, TestDb};

use crate::stage::{Stage, code, items};

migration::both_backends! {
    async fn the_chains_are_verified_against_anchors(db: TestDb) {
        let stage = Stage::new(db);
        stage.done(&["application", "create", "Bakery", "--owner", "ada@example.com", "--create-owner"]);
        let said = stage.done(&["audit", "verify"]);
        assert!(said.out.contains("all links hold"), "{said:?}");
        let whole = stage.done(&["audit", "verify", "--json"]);
        let list = whole.json()["anchors"].to_string();
        for (name, text) in [("whole.json", whole.out.as_str()), ("list.json", list.as_str())] {
            std::fs::write(stage.folder.path().join(name), text).expect("written");
            stage.done(&["audit", "verify", "--anchors", name]);
            stage.done(&["audit", "verify", "--anchors", name, "--application", "bakery"]);
        }
        std::fs::write(stage.folder.path().join("none.json"), "{}").expect("written");
        for name in ["none.json", "missing.json"] {
            let said = stage.refused(&["audit", "verify", "--anchors", name], code::FAILED);
            assert!(said.contains(name), "{said}");
        }

        // Somebody writes an event past the service.
        let (id, nil, hash) = match stage.test.backend() {
            Backend::Postgres => ("gen_random_uuid()", "'00000000-0000-0000-0000-000000000000'", "sha256('')"),
            Backend::Sqlite => ("randomblob(16)", "zeroblob(16)", "randomblob(32)"),
        };
        let sql = format!(
            "INSERT INTO audit_events (application_id, id, action, subject_type, subject_id, detail_hash, previous_hash, \
             lane, sequence) VALUES ({nil}, {id}, 'user.create', 'users', {id}, {hash}, {hash}, 7, 999)"
        );
        stage.test.execute(&sql).await.expect("a foreign event");
        let said = stage.run(&["audit", "verify"]);
        assert_eq!(said.code, code::FAILED);
        assert!(said.out.contains("BROKEN") && said.out.contains("number 999"), "{said:?}");
        let said = stage.run(&["audit", "verify", "--json"]);
        assert_eq!((said.code, &said.json()["broken"]["fault"]), (code::FAILED, &"foreign".into()));
    }

    async fn events_are_found_by_what_they_are(db: TestDb) {
        let stage = Stage::new(db);
        for name in ["ada", "bob", "eve"] {
            stage.done(&["user", "create", &format!("{name}@example.com")]);
        }
        let list = |more: &[&str]| items(&stage.json(&[&["audit", "list"], more].concat()));
        assert_eq!(list(&[]), 3);
        assert_eq!(list(&["--action", "user.create", "--from", "1h"]), 3);
        assert_eq!(list(&["--until", "1h"]), 0);
        assert_eq!(list(&["--from", "2026-01-01", "--limit", "2"]), 2);
        assert_eq!(list(&["--limit", "2"]), 2);
        assert_eq!(list(&["--all"]), 3);
        let said = stage.done(&["audit", "list"]);
        assert!(said.out.starts_with("AT  ") && said.out.contains("user.create"), "{said:?}");
        for wrong in [&["--from", "soon"][..], &["--on", "users"], &["--on", "users:7"]] {
            stage.refused(&[&["audit", "list"], wrong].concat(), code::INVALID);
        }
        stage.refused(&["audit", "list", "--application", "none"], code::NOT_FOUND);
    }
}
