//! `aura purge`, `aura export` and `aura erase`.

use migration::testing::TestDb;
use serde_json::Value as Json;

use crate::stage::{Stage, code, items, text};

migration::both_backends! {
    async fn a_purge_is_counted_confirmed_and_done(db: TestDb) {
        let stage = Stage::new(db);
        for address in ["ada@example.com", "bob@example.com"] {
            stage.done(&["user", "create", address]);
            stage.done(&["user", "delete", address, "-y"]);
        }
        // Too young for the retention.
        assert_eq!(stage.json(&["purge", "--yes"])["removed"], Json::Object(serde_json::Map::new()));
        let purge = ["purge", "--before", "0s"];
        for _ in 0..2 {
            let counted = stage.json(&[&purge[..], &["--dry-run"]].concat());
            assert_eq!(counted["removed"]["users"], 2, "{counted}");
        }
        let said = stage.refused(&purge, code::NOT_CONFIRMED);
        assert!(said.contains("--dry-run") && said.contains("--yes"), "{said}");
        assert_eq!(items(&stage.json(&["user", "list", "--deleted"])), 2);
        let said = stage.done(&[&purge[..], &["--yes", "--batch", "1"]].concat());
        assert!(said.out.contains("users") && said.out.contains("KEPT"), "{said:?}");
        assert_eq!(items(&stage.json(&["user", "list", "--deleted"])), 0);
        stage.refused(&["purge", "--before", "whenever"], code::INVALID);
    }

    async fn what_is_stored_about_a_user_is_written_whole(db: TestDb) {
        let stage = Stage::new(db);
        let ada = stage.json(&["user", "create", "ada@example.com", "--name", "Ada"]);
        let exported = stage.done(&["export", "ada@example.com"]).json();
        assert_eq!(text(&exported, "/user/id"), text(&ada, "/id"));
        let file = stage.folder.path().join("ada.json");
        let to_file = ["export", text(&ada, "/id"), "--output", "ada.json"];
        assert_eq!(stage.done(&to_file).out, "");
        let written: Json = serde_json::from_slice(&std::fs::read(&file).expect("a file")).expect("JSON");
        assert_eq!(text(&written, "/format"), "aura.user");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = file.metadata().expect("a file").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // What is there already is somebody's.
        let said = stage.refused(&to_file, code::FAILED);
        assert!(said.contains("ada.json"), "{said}");
        stage.refused(&["export", "bob@example.com"], code::NOT_FOUND);
        let handed_out = stage.json(&["audit", "list", "--action", "user.export"]);
        assert_eq!(items(&handed_out), 2, "{handed_out}");
    }

    async fn a_person_is_erased_for_good(db: TestDb) {
        let stage = Stage::new(db);
        let ada = stage.json(&["user", "create", "ada@example.com", "--name", "Ada Lindqvist"]);
        let id = text(&ada, "/id");
        assert_eq!(stage.json(&["erase", "ada@example.com", "--dry-run"])["already"], false);
        assert_eq!(items(&stage.json(&["user", "list"])), 1);
        let said = stage.refused(&["erase", "ada@example.com"], code::NOT_CONFIRMED);
        assert!(said.contains("0 memberships") && said.contains("for good"), "{said}");
        let said = stage.refused(&["erase", id, "--yes", "--reason", "ada@example.com asked"], code::INVALID);
        assert!(said.contains("reason"), "{said}");
        let said = stage.done(&["erase", "ada@example.com", "--yes"]);
        assert!(said.out.contains(id) && !said.out.contains("ada@"), "{said:?}");
        assert_eq!(stage.json(&["erase", id, "--yes"])["already"], true);
        let left = stage.done(&["user", "show", id, "--json"]).out + &stage.done(&["audit", "list"]).out;
        assert!(!left.contains("ada@example.com") && !left.contains("Lindqvist"), "{left}");
        stage.refused(&["user", "restore", id], code::NOT_FOUND);
        assert_eq!(stage.json(&["audit", "verify"])["broken"], Json::Null);
    }
}
