//! `aura member`, and in whose name things are done.

use migration::testing::TestDb;

use crate::stage::{Stage, code, items, text};

fn with_bakery(db: TestDb) -> Stage {
    let stage = Stage::new(db);
    stage.done(&[
        "application",
        "create",
        "Bakery",
        "--owner",
        "ada@example.com",
        "--create-owner",
    ]);
    stage.done(&["user", "create", "bob@example.com"]);
    stage
}

migration::both_backends! {
    async fn a_member_comes_and_goes(db: TestDb) {
        let stage = with_bakery(db);
        let add = ["member", "add", "bakery", "bob@example.com"];
        let member = stage.json(&[&add[..], &["--role", "admin", "--role", "member"]].concat());
        assert_eq!(member["roles"].as_array().map(Vec::len), Some(2));
        stage.refused(&add, code::REFUSED);
        assert_eq!(items(&stage.json(&["member", "list", "bakery"])), 2);

        let remove = ["member", "remove", "bakery", "bob@example.com"];
        let said = stage.refused(&remove, code::NOT_CONFIRMED);
        assert!(said.contains("admin, member"), "{said}");
        stage.done(&[&remove[..], &["--yes"]].concat());
        assert_eq!(items(&stage.json(&["member", "list", "bakery"])), 1);
        let former = stage.json(&["member", "list", "bakery", "--deleted"]);
        assert_eq!(text(&former, "/items/0/user/email"), "bob@example.com");

        // Back with the role said now, and no other.
        let member = stage.json(&add);
        assert_eq!(member["roles"].as_array().map(Vec::len), Some(1));
        let said = stage.refused(&["member", "add", "bakery", "eve@example.com"], code::NOT_FOUND);
        assert!(said.contains("eve@example.com"), "{said}");
        stage.done(&["user", "create", "eve@example.com"]);
        let said = stage.refused(&["member", "add", "bakery", "eve@example.com", "--role", "chef"], code::INVALID);
        assert!(said.contains("chef") || said.contains("role"), "{said}");
        stage.refused(&["member", "remove", "bakery", "eve@example.com", "--yes"], code::NOT_FOUND);
    }

    async fn the_audit_says_who_it_was_and_why(db: TestDb) {
        let stage = with_bakery(db);
        let ada = stage.json(&["user", "show", "ada@example.com"]);
        let ada = text(&ada, "/id");
        stage.done(&["member", "add", "bakery", "bob@example.com", "--reason", "asked for in ticket 7"]);
        let list = ["audit", "list", "--application", "bakery", "--action"];
        let event = |action| stage.json(&[&list[..], &[action, "--limit", "1"]].concat())["items"][0].clone();
        let added = event("membership.add");
        assert_eq!(text(&added, "/detail/reason"), "asked for in ticket 7");
        assert!(added["actor_id"].is_null());

        let remove = ["member", "remove", "bakery", "bob@example.com", "--yes"];
        stage.done(&[&remove[..], &["--actor", "ada@example.com"]].concat());
        assert_eq!(text(&event("membership.remove"), "/actor_id"), ada);
        let by_name = stage.json(&["user", "create", "eve@example.com", "--actor", ada]);
        let on = format!("users:{}", text(&by_name, "/id"));
        let made = stage.json(&["audit", "list", "--on", &on, "--by", "ada@example.com"]);
        assert_eq!(text(&made, "/items/0/action"), "user.create");
        assert_eq!(items(&made), 1);

        // Without anything said: the command.
        stage.done(&["user", "delete", "eve@example.com", "--yes"]);
        let deleted = stage.json(&["audit", "list", "--action", "user.delete"]);
        assert_eq!(text(&deleted, "/items/0/detail/reason"), "aura user delete");
    }

    async fn an_actor_may_do_what_the_role_allows_and_no_more(db: TestDb) {
        let stage = with_bakery(db);
        stage.done(&["user", "create", "eve@example.com"]);
        let add = ["member", "add", "bakery", "eve@example.com", "--actor", "bob@example.com"];
        let said = stage.refused(&add, code::REFUSED);
        assert!(said.contains("no member of bakery"), "{said}");
        stage.done(&["member", "add", "bakery", "bob@example.com"]);
        let said = stage.refused(&add, code::REFUSED);
        assert!(said.contains("admin"), "{said}");
        stage.refused(&["user", "list", "--actor", "nobody@example.com"], code::NOT_FOUND);
        stage.refused(&["user", "list", "--actor", "ada@example.com", "--reason", "x"], code::INVALID);
        stage.refused(&["user", "list", "--reason", ""], code::INVALID);
    }
}
