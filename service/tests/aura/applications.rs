//! `aura application`.

use migration::testing::TestDb;

use crate::stage::{Stage, code, items, text};

migration::both_backends! {
    async fn an_application_is_known_by_its_id_public_id_and_slug(db: TestDb) {
        let stage = Stage::new(db);
        stage.done(&["user", "create", "ada@example.com"]);
        let bakery = stage.json(&[
            "application", "create", "Harbour Bakery", "--owner", "ada@example.com", "--description", "Bread",
        ]);
        let id = text(&bakery, "/id");
        for name in [id, text(&bakery, "/public_id"), "harbour-bakery", "Harbour-Bakery"] {
            let shown = stage.json(&["application", "show", name]);
            assert_eq!(text(&shown, "/id"), id);
            assert_eq!(shown["content"]["members"], 1);
        }
        let of = stage.json(&["application", "list", "--of", "ada@example.com"]);
        assert_eq!(text(&of, "/items/0/id"), id);

        let said = stage.refused(&["application", "delete", "harbour-bakery"], code::NOT_CONFIRMED);
        assert!(said.contains("1 member,") && said.contains("0 mailboxes"), "{said}");
        stage.done(&["application", "delete", "harbour-bakery", "--yes"]);
        assert_eq!(items(&stage.json(&["application", "list"])), 0);
        assert_eq!(items(&stage.json(&["application", "list", "--deleted"])), 1);
        assert_eq!(stage.json(&["application", "delete", id])["already"], true);
        let said = stage.refused(&["member", "list", "harbour-bakery"], code::NOT_FOUND);
        assert!(said.contains("aura application restore"), "{said}");
        assert_eq!(text(&stage.json(&["application", "restore", "harbour-bakery"]), "/id"), id);
        stage.refused(&["application", "restore", "harbour-bakery"], code::REFUSED);
        for verb in ["show", "delete", "restore"] {
            stage.refused(&["application", verb, "no-such-one"], code::NOT_FOUND);
        }
        stage.refused(&["application", "show", "no such one"], code::INVALID);
    }

    /// Whoever could choose a slug could otherwise have another's commands done to their own.
    async fn a_name_that_two_applications_have_is_refused(db: TestDb) {
        let stage = Stage::new(db);
        stage.done(&["user", "create", "ada@example.com"]);
        let create = ["application", "create", "--owner", "ada@example.com"];
        let first = stage.json(&[&create[..], &["First", "--public-id", "abcdefghij"]].concat());
        let second = stage.json(&[&create[..], &["Second", "--slug", "abcdefghij"]].concat());
        let said = stage.refused(&["application", "delete", "abcdefghij", "--yes"], code::REFUSED);
        assert!(said.contains(text(&first, "/id")) && said.contains(text(&second, "/id")), "{said}");
    }

    async fn the_last_owner_is_not_deleted(db: TestDb) {
        let stage = Stage::new(db);
        stage.done(&["application", "create", "Bakery", "--owner", "ada@example.com", "--create-owner"]);
        for arguments in [
            &["user", "delete", "ada@example.com", "--yes"][..],
            &["member", "remove", "bakery", "ada@example.com", "--yes"],
            &["erase", "ada@example.com", "--yes"],
            &["erase", "ada@example.com", "--dry-run"],
        ] {
            let said = stage.refused(arguments, code::REFUSED);
            assert!(said.contains("owner"), "{said}");
        }
    }

    async fn an_actor_deletes_only_what_they_own_and_sees_only_where_they_are_members(db: TestDb) {
        let stage = Stage::new(db);
        stage.done(&["application", "create", "Bakery", "--owner", "ada@example.com", "--create-owner"]);
        stage.done(&["user", "create", "bob@example.com"]);
        let show = ["application", "show", "bakery", "--actor"];
        let delete = ["application", "delete", "bakery", "--yes", "--actor"];
        for command in [&show[..], &delete] {
            let said = stage.refused(&[command, &["bob@example.com"]].concat(), code::REFUSED);
            assert!(said.contains("no member of bakery"), "{said}");
        }
        stage.done(&["member", "add", "bakery", "bob@example.com", "--role", "admin"]);
        stage.done(&[&show[..], &["bob@example.com"]].concat());
        let said = stage.refused(&[&delete[..], &["bob@example.com"]].concat(), code::REFUSED);
        assert!(said.contains("owner"), "{said}");
        assert_eq!(items(&stage.json(&["application", "list"])), 1);

        stage.done(&[&delete[..], &["ada@example.com"]].concat());
        // What is outside of applications is the operator's, whoever is named.
        stage.done(&["application", "restore", "bakery", "--actor", "bob@example.com"]);
        let list = ["audit", "list", "--application", "bakery", "--action", "application.delete"];
        let ada = stage.json(&["user", "show", "ada@example.com"]);
        assert_eq!(text(&stage.json(&list), "/items/0/actor_id"), text(&ada, "/id"));
        let help = stage.done(&["application", "--help"]).out;
        assert!(help.contains("Names who acts in the audit"), "{help}");
    }
}
