//! What a column accepts and refuses: the same on both backends.

use std::collections::BTreeSet;

use migration::testing::{Backend, TestDb};

use super::addresses;
use super::forms::{self, Form};
use crate::world::{Refusal, World};

/// The columns of text and JSON, each with its form.
fn columns() -> Vec<(&'static str, &'static str, Form)> {
    let name = || forms::text(1, 200);
    let message_id = || forms::text(1, 998);
    let counted = ["account", "source", "account_source"];
    let purposes = [
        "email_verification",
        "password_reset",
        "magic_link",
        "email_change",
    ];
    vec![
        ("application_memberships", "email", addresses::email()),
        ("applications", "description", forms::text(1, 2000)),
        ("applications", "name", name()),
        ("applications", "public_id", forms::public_id()),
        ("applications", "slug", forms::slug()),
        ("audit_details", "detail", forms::json()),
        ("audit_events", "action", forms::word(128, ".")),
        ("audit_events", "subject_type", forms::text(1, 64)),
        ("clients", "email", addresses::email()),
        ("clients", "metadata", forms::json()),
        ("clients", "name", name()),
        ("clients", "phone", forms::text(1, 64)),
        ("domains", "challenge", forms::text(16, 255)),
        ("domains", "name", addresses::host_name()),
        ("email_recipients", "address", forms::lower(1, 320)),
        (
            "email_recipients",
            "kind",
            forms::one_of(&["to", "cc", "bcc"]),
        ),
        ("emails", "body", forms::text(0, 1_048_576)),
        ("emails", "body_html", forms::text(0, 1_048_576)),
        ("emails", "from_address", forms::lower(1, 320)),
        ("emails", "in_reply_to", message_id()),
        ("emails", "message_id", message_id()),
        ("emails", "subject", forms::text(0, 998)),
        ("invitations", "email", addresses::email()),
        ("mailboxes", "email", addresses::mailbox_email()),
        ("mailboxes", "local_part", addresses::local_part()),
        ("role_permissions", "permission", forms::permission()),
        ("roles", "description", forms::text(1, 2000)),
        ("roles", "key", forms::role_key()),
        ("roles", "name", name()),
        ("sessions", "ip", forms::text(2, 45)),
        ("sessions", "user_agent", forms::text(1, 512)),
        ("sign_in_throttles", "kind", forms::one_of(&counted)),
        ("user_passwords", "password_hash", forms::text(1, 1024)),
        ("users", "email", addresses::email()),
        ("users", "family_name", name()),
        ("users", "given_name", name()),
        ("users", "name", name()),
        ("users", "picture", forms::text(1, 2048)),
        ("users", "username", forms::username()),
        ("verification_tokens", "email", addresses::email()),
        ("verification_tokens", "payload", forms::json()),
        ("verification_tokens", "purpose", forms::one_of(&purposes)),
    ]
}

async fn good_values_are_accepted_and_bad_ones_refused(db: TestDb) {
    let world = World::of(db).await;
    for (table, column, form) in columns() {
        for value in &form.good {
            if let Err(refusal) = write(&world, table, column, &literal(value)).await {
                panic!("{table}.{column} refuses {}: {refusal:?}", shown(value));
            }
        }
        for value in &form.bad {
            let verdict = write(&world, table, column, &literal(value)).await;
            let Err(refusal) = verdict else {
                panic!("{table}.{column} accepts {}", shown(value))
            };
            let by_its_check = refusal == Refusal::Check(format!("{table}_{column}_check"));
            // Two checks of a mailbox look at its address; and what is no JSON at all PostgreSQL does not even read.
            let otherwise = match (table, &refusal) {
                ("mailboxes", Refusal::Check(_)) => true,
                (_, Refusal::Other(text)) => {
                    text.contains("invalid input syntax for type json")
                        || text.contains("unsupported Unicode escape")
                }
                _ => false,
            };
            assert!(
                by_its_check || otherwise,
                "{table}.{column}, {}: {refusal:?}",
                shown(value)
            );
        }
    }
}

async fn every_column_of_text_and_json_is_tried(db: TestDb) {
    let world = World::of(db).await;
    let mut there = BTreeSet::new();
    for (table, definition) in world.catalog().await.tables {
        for column in definition.columns {
            if ["text", "jsonb", "TEXT"].contains(&column.kind.as_str()) && !column.is_instant() {
                there.insert(format!("{table}.{}", column.name));
            }
        }
    }
    let tried = columns()
        .into_iter()
        .map(|(table, column, _)| format!("{table}.{column}"));
    assert_eq!(
        there,
        tried.collect(),
        "a column without values here, or values without their column"
    );
}

/// Behind a NUL the functions of `SQLite` do not look; `PostgreSQL` has none in its text.
async fn no_text_holds_a_nul(db: TestDb) {
    let world = World::of(db).await;
    for (table, column, form) in columns() {
        let good = literal(&form.good[0]);
        let nul = match world.backend {
            Backend::Sqlite => format!("{good} || char(0) || 'HIDDEN'"),
            Backend::Postgres => format!("({good} || chr(0) || 'HIDDEN')"),
        };
        let refusal = write(&world, table, column, &nul).await.expect_err(column);
        if world.backend == Backend::Sqlite {
            assert!(
                matches!(refusal, Refusal::Check(_)),
                "{table}.{column}: {refusal:?}"
            );
        }
    }
}

async fn hashes_and_salts_have_their_length(db: TestDb) {
    let world = World::of(db).await;
    for (table, column, least, most) in [
        ("verification_tokens", "secret_hash", 32, 32),
        ("invitations", "secret_hash", 32, 32),
        ("sessions", "secret_hash", 32, 32),
        ("audit_events", "detail_hash", 32, 32),
        ("audit_events", "previous_hash", 32, 32),
        ("audit_details", "salt", 16, 64),
        ("audit_chains", "previous_hash", 32, 32),
        ("audit_chains", "hash", 32, 32),
        ("audit_chains", "first_previous_hash", 32, 32),
    ] {
        for (length, good) in [
            (0, false),
            (least - 1, false),
            (least, true),
            (most, true),
            (most + 1, false),
        ] {
            let verdict = write(&world, table, column, &world.bytes(length)).await;
            let expected = if good {
                Ok(())
            } else {
                Err(Refusal::Check(format!("{table}_{column}_check")))
            };
            assert_eq!(verdict, expected, "{table}.{column}, {length} bytes");
        }
    }
}

async fn an_id_is_a_uuid_and_not_its_text(db: TestDb) {
    let world = World::of(db).await;
    let bad: &[&str] = match world.backend {
        Backend::Sqlite => &[
            "'019aa6a3-7c5e-7bb0-8f5d-2b3c4d5e6f70'",
            "x''",
            "x'00112233445566778899aabbccddee'",
            "x'00112233445566778899aabbccddeeff00'",
            "1",
        ],
        Backend::Postgres => &[
            "'nonsense'",
            "''",
            "'019aa6a3-7c5e-7bb0-8f5d-2b3c4d5e6f7'",
            "1",
            "'\\x00'::bytea",
        ],
    };
    for (table, definition) in world.catalog().await.tables {
        for column in definition.columns {
            let id = ["id", "_id", "_by"]
                .iter()
                .any(|end| column.name.ends_with(end));
            if !id || column.kind.to_lowercase() == "text" {
                continue;
            }
            for value in bad {
                let verdict = write(&world, &table, &column.name, value).await;
                // The head of a chain stays where it is, whatever the other id is.
                let kept = table == "audit_chains" && verdict == Err(Refusal::AppendOnly);
                assert!(
                    kept || matches!(verdict, Err(Refusal::Check(_) | Refusal::Other(_))),
                    "{table}.{}, {value}: {verdict:?}",
                    column.name
                );
            }
        }
    }
}

migration::both_backends!(
    good_values_are_accepted_and_bad_ones_refused,
    every_column_of_text_and_json_is_tried,
    no_text_holds_a_nul,
    hashes_and_salts_have_their_length,
    an_id_is_a_uuid_and_not_its_text
);

/// Puts a value into a column of application A's row; of what is append-only, into a new row.
async fn write(world: &World, table: &str, column: &str, value: &str) -> Result<(), Refusal> {
    if table == "audit_events" {
        let next: i64 = world
            .value("SELECT coalesce(max(sequence), 0) + 1 FROM audit_events")
            .await;
        let next = next.to_string();
        let defaults = [
            ("application_id", "{a.applications}"),
            ("id", new_id(world.backend)),
            ("lane", "0"),
            ("sequence", &next),
            ("action", "'clients.read'"),
            ("subject_type", "'clients'"),
            ("subject_id", "{1}"),
            ("actor_id", "NULL"),
            ("detail_hash", "{hash}"),
            ("previous_hash", "{hash}"),
        ];
        let values = defaults.map(|(name, default)| if name == column { value } else { default });
        let names = defaults.map(|(name, _)| name).join(", ");
        let insert = format!(
            "INSERT INTO audit_events ({names}) VALUES ({})",
            values.join(", ")
        );
        return world.run(&insert).await.map(drop);
    }
    if table == "audit_details" {
        let row = World::row(table, "a");
        world
            .run(&format!("DELETE FROM audit_details WHERE {row}"))
            .await?;
        let defaults = [
            ("application_id", "{a.applications}"),
            ("event_id", "{a.audit_events}"),
            ("detail", "'{}'"),
            ("salt", "{hash}"),
        ];
        let values = defaults.map(|(name, default)| if name == column { value } else { default });
        let insert = format!(
            "INSERT INTO audit_details (application_id, event_id, detail, salt) VALUES ({})",
            values.join(", ")
        );
        return world.run(&insert).await.map(drop);
    }
    let besides = match (table, column) {
        // The address of a mailbox begins with its local part.
        ("mailboxes", "local_part") => format!(", email = ({value}) || '@example.org'"),
        ("mailboxes", "email") => {
            let local = match world.backend {
                Backend::Sqlite => format!("substr({value}, 1, max(instr({value}, '@') - 1, 1))"),
                Backend::Postgres => format!("split_part({value}, '@', 1)"),
            };
            format!(", local_part = {local}")
        }
        _ => String::new(),
    };
    let row = World::row(table, "a");
    let update = format!("UPDATE {table} SET {column} = {value}{besides} WHERE {row}");
    world.run(&update).await.map(drop)
}

fn new_id(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "randomblob(16)",
        Backend::Postgres => "gen_random_uuid()",
    }
}

/// As a literal. Braces of JSON stay braces.
fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Long values by their ends.
fn shown(value: &str) -> String {
    let length = value.chars().count();
    if length < 100 {
        return format!("{value:?}");
    }
    let start: String = value.chars().take(20).collect();
    format!("{start:?}… ({length} characters)")
}
