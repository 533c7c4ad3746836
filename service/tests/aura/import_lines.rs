//! `aura import users`: lines of which something is not as it should be.

use std::fmt::Write as _;

use entity::users;
use migration::testing::TestDb;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::stage::{Said, fed, on};

fn import(db: &TestDb, format: &str, arguments: &[&str], input: &str) -> Said {
    let start = ["import", "users", "-", "--format", format, "--from"];
    fed(&mut on(db.url(), &[&start, arguments].concat()), input)
}

async fn count(db: &TestDb) -> u64 {
    let count = users::Entity::find().count(&db.connect().await).await;
    count.expect("a count")
}

migration::both_backends! {
    /// What comes after the place where it stopped is not known to be right.
    async fn an_import_that_was_stopped_writes_nothing(db: TestDb) {
        let mut csv = "email\n".to_owned();
        for number in 0..1500 {
            let _ = writeln!(csv, "user{number}@example.com");
        }
        let none = import(&db, "csv", &["plain", "--max-errors", "0"], &csv);
        assert!(!none.is_done() && none.err.contains("--max-errors"), "{}", none.err);
        assert_eq!(count(&db).await, 0);
        csv += "nobody\n";
        let one = import(&db, "csv", &["plain", "--max-errors", "1", "--skip-invalid"], &csv);
        assert!(!one.is_done() && one.err.contains("stopped after 1 problem"), "{}", one.err);
        assert_eq!(count(&db).await, 0);
    }

    async fn lines_are_counted_as_an_editor_counts_them(db: TestDb) {
        let lines = ["email,name", "a@example.com,A", "no-one", "", "\"two", "lines\",B", "nobody,\"in", "two\"", "last,D"];
        for end in ["\n", "\r\n"] {
            for mark in ["", "\u{feff}"] {
                for last in ["", end] {
                    let csv = format!("{mark}{}{last}", lines.join(end));
                    let ran = import(&db, "csv", &["plain"], &csv);
                    assert!(!ran.is_done());
                    for told in ["line 3: has 1 columns", "line 5, email", "line 7, email", "line 9, email"] {
                        assert!(ran.err.contains(told), "{csv:?}: {told} is not in {}", ran.err);
                    }
                }
            }
        }
    }

    async fn an_instant_that_cannot_be_stored_is_a_problem_of_its_line(db: TestDb) {
        let csv = "email,created_at,email_verified_at\n\
                   a@example.com,2024-05-01,\n\
                   b@example.com,0000-01-01,\n\
                   c@example.com,253402300800000,\n\
                   d@example.com,2999-01-01,\n\
                   e@example.com,,2999-01-01\n";
        let ran = import(&db, "csv", &["plain"], csv);
        assert!(!ran.is_done());
        for told in [
            "line 3, created_at: is not in the years 1 to 9999",
            "line 4, created_at: is not in the years 1 to 9999",
            "line 5, created_at: is in the future",
            "line 6, email_verified_at: is in the future",
        ] {
            assert!(ran.err.contains(told), "{told} is not in {}", ran.err);
        }
        let good = import(&db, "csv", &["plain", "--skip-invalid"], csv);
        assert!(good.is_done() && good.out.starts_with("imported 1 user,"), "{} {}", good.out, good.err);
    }

    /// Near or far, deleted or live: the answer is the same.
    async fn an_address_stands_in_a_file_once(db: TestDb) {
        for between in [0, 1200] {
            for (first, second) in [("true", "false"), ("false", "true"), ("true", "true")] {
                let mut csv = format!("email,deleted\nada@example.com,{first}\n");
                for number in 0..between {
                    let _ = writeln!(csv, "user{number}@example.com,");
                }
                let _ = writeln!(csv, "Ada@example.com,{second}");
                let ran = import(&db, "csv", &["plain"], &csv);
                let told = format!("line {}, email: is that of line 2", between + 3);
                assert!(!ran.is_done() && ran.err.contains(&told), "{told} is not in {}", ran.err);
            }
        }
        assert_eq!(count(&db).await, 0);
    }

    async fn a_json_object_that_has_a_name_twice_is_refused(db: TestDb) {
        let twice = "{\"email\": \"a@example.com\", \"email\": \"SECRET@example.com\"}";
        let good = "{\"email\": \"b@example.com\"}";
        let lines = import(&db, "jsonl", &["plain"], &format!("{good}\n{twice}\n"));
        assert!(!lines.is_done() && lines.err.contains("line 2: has a name twice"), "{}", lines.err);
        let array = import(&db, "json", &["plain"], &format!("[{twice},\n{good}, 5]"));
        assert!(!array.is_done() && array.err.contains("line 1: has a name twice"), "{}", array.err);
        assert!(array.err.contains("line 2: is not what follows"), "{}", array.err);
        assert!(!lines.err.contains("SECRET") && !array.err.contains("SECRET"));
        assert_eq!(count(&db).await, 0);
    }

    async fn a_file_without_a_single_user_is_remarked_upon(db: TestDb) {
        let other = "[{\"model\": \"contenttypes.contenttype\", \"pk\": 1, \"fields\": {}}]";
        for (format, from, input) in [("json", "django", other), ("csv", "plain", "email\n"), ("jsonl", "plain", "")] {
            let ran = import(&db, format, &[from], input);
            assert!(ran.is_done() && ran.out.starts_with("imported 0 users"), "{} {}", ran.out, ran.err);
            assert!(ran.err.contains("warning: there is not a single user"), "{}", ran.err);
        }
        let some = import(&db, "csv", &["plain"], "email\na@example.com\n");
        assert!(some.is_done() && !some.err.contains("warning"), "{}", some.err);
    }
}
