//! `aura user`.

use migration::testing::TestDb;
use service::Email;
use service::secret::Password;

use crate::stage::{PASSWORD, Stage, code, items, text};

migration::both_backends! {
    async fn a_user_is_made_shown_deleted_and_brought_back(db: TestDb) {
        let stage = Stage::new(db);
        let arguments = ["user", "create", "Ada@Example.com", "--name", "Ada Lindqvist", "--username", "ada"];
        let ada = stage.json(&arguments);
        let id = text(&ada, "/id");
        assert_eq!(text(&ada, "/email"), "ada@example.com");

        let shown = stage.json(&["user", "show", id]);
        assert_eq!(text(&shown, "/name"), "Ada Lindqvist");
        assert_eq!(shown["has_password"], false);
        assert!(stage.done(&["user", "show", "ADA@example.com"]).out.contains(id));

        let said = stage.refused(&arguments, code::REFUSED);
        assert!(said.contains("email") || said.contains("username"), "{said}");

        let said = stage.refused(&["user", "delete", "ada@example.com"], code::NOT_CONFIRMED);
        assert!(said.contains("--yes") && said.contains("ada@example.com"), "{said}");
        assert_eq!(items(&stage.json(&["user", "list"])), 1);

        let gone = stage.json(&["user", "delete", "ada@example.com", "--yes"]);
        assert_eq!(gone["already"], false);
        assert_eq!(items(&stage.json(&["user", "list"])), 0);
        assert_eq!(items(&stage.json(&["user", "list", "--deleted"])), 1);
        let again = stage.json(&["user", "delete", id]);
        assert_eq!((&again["already"], &again["deletion_id"]), (&true.into(), &gone["deletion_id"]));

        let said = stage.refused(&["member", "add", "none", id], code::NOT_FOUND);
        assert!(said.contains("no application"), "{said}");
        let said = stage.refused(&["token", "issue", id, "magic-link"], code::NOT_FOUND);
        assert!(said.contains("aura user restore"), "{said}");

        let back = stage.json(&["user", "restore", "ada@example.com"]);
        assert_eq!(text(&back, "/id"), id);
        let said = stage.refused(&["user", "restore", id], code::REFUSED);
        assert!(said.contains("is not deleted"), "{said}");
    }

    async fn users_of_one_address_are_told_apart_by_their_ids(db: TestDb) {
        let stage = Stage::new(db);
        let make = || text(&stage.json(&["user", "create", "ada@example.com"]), "/id").to_owned();
        let first = make();
        stage.done(&["user", "delete", "ada@example.com", "-y"]);
        let second = make();
        stage.done(&["user", "delete", "ada@example.com", "-y"]);
        let said = stage.refused(&["user", "restore", "ada@example.com"], code::REFUSED);
        assert!(said.contains(&first) && said.contains(&second), "{said}");
        stage.done(&["user", "restore", &first]);
        // The other has lost the address.
        let said = stage.refused(&["user", "restore", &second], code::REFUSED);
        assert!(said.contains("email"), "{said}");
    }

    async fn a_password_comes_by_the_standard_input_and_is_shown_nowhere(db: TestDb) {
        let stage = Stage::new(db);
        let create = ["user", "create", "ada@example.com", "--password-stdin"];
        let said = stage.fed(&create, &format!("{PASSWORD}\nnot this line\n"));
        assert_eq!(said.code, code::DONE, "{said:?}");
        let db = stage.db().await;
        let signs_in = async |password: &str| {
            let (email, password) = ("ada@example.com".parse::<Email>(), password.parse::<Password>());
            let (email, password) = (email.expect("an address"), password.expect("a password"));
            db.passwords().authenticate(&email, &password, None).await.is_ok()
        };
        assert!(signs_in(PASSWORD).await);

        let set = ["user", "set-password", "ada@example.com", "--password-stdin"];
        let other = "nine pears under a bed";
        // As Windows ends its lines, and without an end.
        for input in [format!("{other}\r\n"), other.to_owned()] {
            let said = stage.fed(&set, &input);
            assert_eq!(said.code, code::DONE, "{said:?}");
            assert!(!format!("{said:?}").contains(other), "{said:?}");
            assert!(signs_in(other).await);
        }
        assert!(!signs_in(PASSWORD).await);
        for input in ["short\n", "\n", "", "ada@example.com lindqvist\n\0"] {
            let said = stage.fed(&set, input);
            if said.code != code::DONE {
                assert_eq!(said.code, code::INVALID, "{input:?}: {said:?}");
                assert!(said.err.contains("password"), "{said:?}");
            }
        }
        assert!(stage.json(&["user", "show", "ada@example.com"])["has_password"] == true);

        // Nobody is there to type it.
        for arguments in [&set[..3], &["user", "create", "bob@example.com", "--ask-password"]] {
            let said = stage.refused(arguments, code::INVALID);
            assert!(said.contains("--password-stdin"), "{said}");
        }
        let unknown = ["user", "set-password", "nobody@example.com", "--password-stdin"];
        assert_eq!(stage.fed(&unknown, PASSWORD).code, code::NOT_FOUND);
    }

    async fn what_cannot_be_an_address_is_refused_before_anything_is_asked(db: TestDb) {
        let stage = Stage::new(db);
        for arguments in [
            &["user", "create", "ada"][..],
            &["user", "create", "ada@example.com", "--name", ""],
            &["user", "show", "ada"],
            &["user", "list", "--limit", "0"],
            &["user", "list", "--limit", "201"],
            &["user", "list", "--after", "nonsense"],
            &["user"],
            &["no-such-command"],
        ] {
            let said = stage.refused(arguments, code::INVALID);
            assert!(!said.contains("database: "), "{said}");
        }
        let unknown = "0196a0f0-0000-7000-8000-000000000000";
        for who in [unknown, "nobody@example.com"] {
            for verb in ["show", "delete", "restore"] {
                let said = stage.refused(&["user", verb, who], code::NOT_FOUND);
                assert!(said.contains(who), "{said}");
            }
        }
    }
}
