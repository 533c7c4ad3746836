//! A server with the roles and default privileges of Supabase: what clients of its API see.
//!
//! Each test has a server of its own: roles belong to all databases of a server, and those of other tests have none such.

use migration::testing::{OwnServer, ServerSetup};
use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::Database;

use super::{DENIED, ask, down_to, refused, value};
use crate::catalog::Catalog;
use crate::cli::Place;

/// As Supabase makes them; the password is for the login of its API.
const ROLES: &str = "CREATE ROLE anon NOLOGIN NOINHERIT; CREATE ROLE authenticated NOLOGIN NOINHERIT; \
     CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS; \
     CREATE ROLE authenticator LOGIN NOINHERIT PASSWORD 'api'; GRANT anon, authenticated, service_role TO authenticator";

/// What the migrating login's tables and functions are granted as they are made.
const DEFAULTS: &str = "GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role; \
     ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role; \
     ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role; \
     ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role; \
     ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, service_role; \
     ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role; \
     ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO anon, authenticated, service_role";

/// Ada is in the first application alone, Bob in both, Cyd in the second, Dan in none. The first application has what is
/// deleted too; the third is deleted, and Ada was its member.
const ROWS: &str = "
INSERT INTO users (id, email, name) VALUES ('{ada}', 'ada@example.org', 'Ada'), ('{bob}', 'bob@example.org', 'Bob'),
  ('{cyd}', 'cyd@example.org', 'Cyd'), ('{dan}', 'dan@example.org', 'Dan');
INSERT INTO users (id, email, name, deleted_at, deletion_id) VALUES ('{eve}', 'eve@example.org', 'Eve', now(), '{eve}');
INSERT INTO applications (id, public_id, slug, name) VALUES ('{one}', 'aaaaaaaaaa1', 'one', 'One'), ('{two}', 'aaaaaaaaaa2', 'two', 'Two');
INSERT INTO applications (id, public_id, slug, name, deleted_at, deletion_id) VALUES ('{three}', 'aaaaaaaaaa3', 'three', 'Three', now(), '{three}');
INSERT INTO application_memberships (application_id, user_id) VALUES ('{one}', '{ada}'), ('{one}', '{bob}'), ('{two}', '{bob}'),
  ('{two}', '{cyd}'), ('{three}', '{ada}'), ('{one}', '{eve}');
INSERT INTO application_memberships (application_id, user_id, deleted_at, deletion_id) VALUES ('{two}', '{ada}', now(), '{ada}'),
  ('{one}', '{dan}', now(), '{dan}');
INSERT INTO roles (application_id, id, key, name) VALUES ('{one}', '{one}', 'r', 'of one'), ('{two}', '{two}', 'r', 'of two');
INSERT INTO role_permissions (application_id, role_id, permission) VALUES ('{one}', '{one}', 'a.b'), ('{two}', '{two}', 'a.b');
INSERT INTO membership_roles (application_id, user_id, role_id) VALUES ('{one}', '{ada}', '{one}'), ('{two}', '{bob}', '{two}'),
  ('{one}', '{dan}', '{one}');
INSERT INTO clients (application_id, id, name) VALUES ('{one}', '{one}', 'of one'), ('{two}', '{two}', 'of two');
INSERT INTO clients (application_id, id, name, deleted_at, deletion_id) VALUES ('{one}', '{three}', 'deleted', now(), '{one}');
INSERT INTO client_users (application_id, client_id, user_id) VALUES ('{one}', '{one}', '{ada}'), ('{two}', '{two}', '{bob}'),
  ('{one}', '{three}', '{ada}'), ('{one}', '{one}', '{dan}');
INSERT INTO domains (application_id, id, name, challenge) VALUES ('{one}', '{one}', 'one.org', 'aura-challenge-one'),
  ('{two}', '{two}', 'two.org', 'aura-challenge-two');
INSERT INTO mailboxes (application_id, id, domain_id, local_part, email) VALUES ('{one}', '{one}', '{one}', 'i', 'i@one.org'),
  ('{two}', '{two}', '{two}', 'i', 'i@two.org');
INSERT INTO emails (application_id, id, mailbox_id, from_address, subject, body, thread_id, sent_at) VALUES
  ('{one}', '{one}', '{one}', 'i@one.org', 'of one', 'x', '{one}', now()), ('{two}', '{two}', '{two}', 'i@two.org', 'of two', 'x', '{two}', now());
INSERT INTO email_recipients (application_id, email_id, kind, address) VALUES ('{one}', '{one}', 'to', 'x@example.org'),
  ('{two}', '{two}', 'to', 'y@example.org');
INSERT INTO sessions (user_id, secret_hash, expires_at) VALUES ('{ada}', sha256('s'), now() + interval '1 day')";

const PEOPLE: [&str; 8] = ["ada", "bob", "cyd", "dan", "eve", "one", "two", "three"];

fn filled(sql: &str) -> String {
    (1..)
        .zip(PEOPLE)
        .fold(sql.to_owned(), |sql, (number, name)| {
            sql.replace(
                &format!("{{{name}}}"),
                &format!("00000000-0000-0000-0000-00000000000{number}"),
            )
        })
}

struct Supabase {
    server: OwnServer,
    api: String,
    admin: String,
}

impl Supabase {
    async fn with_roles() -> Self {
        let server = OwnServer::start(ServerSetup::default()).await;
        let mut api = url::Url::parse(server.url()).unwrap();
        let database = api.path().to_owned();
        api.set_username("authenticator").unwrap();
        api.set_password(Some("api")).unwrap();
        let mut admin = url::Url::parse(server.admin_url()).unwrap();
        admin.set_path(&database);
        ask(server.admin_url(), ROLES).await.unwrap();
        Self {
            api: api.into(),
            admin: admin.into(),
            server,
        }
    }

    /// Migrated and filled.
    async fn start() -> Self {
        let supabase = Self::with_roles().await;
        supabase.defaults().await;
        supabase.server.migrate().await;
        ask(supabase.url(), &filled(ROWS)).await.unwrap();
        supabase
    }

    async fn defaults(&self) {
        // `public` is of whoever owns the database, who may grant on it.
        ask(self.url(), DEFAULTS).await.unwrap();
    }

    fn url(&self) -> &str {
        self.server.url()
    }

    /// What a request gets whose token has these claims.
    async fn claiming(&self, claims: &str, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let sql = format!(
            "BEGIN; SET LOCAL ROLE authenticated; SET LOCAL request.jwt.claims = '{claims}'; {}",
            filled(sql)
        );
        ask(&self.api, &sql).await
    }

    /// What a user gets, as one line.
    async fn of(&self, user: &str, sql: &str) -> String {
        let claims = filled(&format!(
            r#"{{"sub": "{{{user}}}", "role": "authenticated", "aal": "aal1"}}"#
        ));
        let rows = self.claiming(&claims, sql).await;
        rows.unwrap_or_else(|problem| panic!("{problem}\n{sql}"))
            .concat()
            .join(" ")
    }
}

/// What is shared, with what names a row.
const SHARED: [(&str, &str); 12] = [
    ("applications", "slug"),
    ("users", "name"),
    ("application_memberships", "right(user_id::text, 1)"),
    ("roles", "name"),
    ("role_permissions", "right(role_id::text, 1)"),
    ("membership_roles", "right(user_id::text, 1)"),
    ("clients", "name"),
    ("client_users", "right(user_id::text, 1)"),
    ("domains", "name"),
    ("mailboxes", "email"),
    ("emails", "subject"),
    ("email_recipients", "address"),
];

#[tokio::test]
async fn a_member_sees_the_live_rows_of_their_applications() {
    let supabase = Supabase::start().await;
    for (user, seen) in [
        (
            "ada",
            [
                "one",
                "Ada Bob",
                "1 2 5",
                "of one",
                "6",
                "1",
                "of one",
                "1",
                "one.org",
                "i@one.org",
                "of one",
                "x@example.org",
            ],
        ),
        (
            "bob",
            [
                "one two",
                "Ada Bob Cyd",
                "1 2 2 3 5",
                "of one of two",
                "6 7",
                "1 2",
                "of one of two",
                "1 2",
                "one.org two.org",
                "i@one.org i@two.org",
                "of one of two",
                "x@example.org y@example.org",
            ],
        ),
        (
            "cyd",
            [
                "two",
                "Bob Cyd",
                "2 3",
                "of two",
                "7",
                "2",
                "of two",
                "2",
                "two.org",
                "i@two.org",
                "of two",
                "y@example.org",
            ],
        ),
        // Was a member, and still sees themselves.
        ("dan", ["", "Dan", "", "", "", "", "", "", "", "", "", ""]),
        // Is deleted.
        ("eve", [""; 12]),
    ] {
        for ((table, name), seen) in SHARED.iter().zip(seen) {
            let found = supabase
                .of(user, &format!("SELECT {name} FROM {table} ORDER BY 1"))
                .await;
            assert_eq!(found, seen, "{table} as {user}");
        }
    }
}

#[tokio::test]
async fn a_token_that_names_nobody_sees_nothing_and_no_error() {
    let supabase = Supabase::start().await;
    let deep = "[".repeat(100_000);
    for claims in [
        "",
        " ",
        "{}",
        "null",
        "7",
        "\"{ada}\"",
        "[\"{ada}\"]",
        "{\"sub\": null}",
        "{\"sub\": \"\"}",
        "{\"sub\": 7}",
        "{\"sub\": {\"sub\": \"{ada}\"}}",
        "{\"sub\": \"ada\"}",
        "{\"sub\": \"{ada} \"}",
        "{\"sub\": \"{ada}\\u0000\"}",
        "{\"SUB\": \"{ada}\"}",
        "{\"sub\": \"00000000-0000-0000-0000-00000000000g\"}",
        "{\"sub\": \"{ada}\"",
        "{sub: {ada}}",
        "\\x00",
        &deep,
    ] {
        for (table, _) in SHARED {
            let found = supabase
                .claiming(
                    &filled(claims),
                    &format!(
                        "SELECT count(*) FROM (SELECT {} FROM {table}) AS t",
                        column(table)
                    ),
                )
                .await;
            let short: String = claims.chars().take(80).collect();
            assert_eq!(
                found,
                Ok(vec![vec!["0".to_owned()]]),
                "{table} with {short}"
            );
        }
    }
    let unset = "BEGIN; SET LOCAL ROLE authenticated; SELECT count(*) FROM clients";
    assert_eq!(value(&supabase.api, unset).await, "0");
}

/// One that may be read, of those that are not all readable.
fn column(table: &str) -> &'static str {
    match table {
        "applications" | "users" | "roles" | "clients" | "domains" | "mailboxes" | "emails" => "id",
        _ => "application_id",
    }
}

#[tokio::test]
async fn anon_gets_nothing_and_members_only_what_is_shared() {
    let supabase = Supabase::start().await;
    let owner = Database::connect(supabase.url()).await.unwrap();
    let mut tables: Vec<_> = Catalog::read(&owner).await.tables.into_keys().collect();
    tables.extend(["seaql_migrations", "_aura_migrations"].map(str::to_owned));
    for table in &tables {
        for role in ["anon", "authenticated"] {
            let shared = role == "authenticated" && SHARED.iter().any(|(name, _)| name == table);
            for sql in [
                format!("SELECT 1 FROM {table}"),
                format!("DELETE FROM {table}"),
                format!("INSERT INTO {table} DEFAULT VALUES"),
                format!("TRUNCATE {table} CASCADE"),
                format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"),
            ] {
                let found = ask(
                    &supabase.api,
                    &format!("BEGIN; SET LOCAL ROLE {role}; {sql}"),
                )
                .await;
                if shared && sql.starts_with("SELECT") {
                    assert_eq!(found.unwrap(), Vec::<Vec<String>>::new(), "{sql}");
                } else {
                    refused(&found, DENIED, &format!("{sql} as {role}"));
                }
            }
            let rights = format!(
                "SELECT has_table_privilege('{role}', '{table}', 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') \
                 OR has_any_column_privilege('{role}', '{table}', 'INSERT, UPDATE, REFERENCES')"
            );
            assert_eq!(
                value(supabase.url(), &rights).await,
                "f",
                "{table} as {role}"
            );
        }
    }
    for sql in [
        "SELECT challenge FROM domains",
        "SELECT email FROM users",
        "SELECT created_by FROM applications",
        "SELECT aura_wall.claimed_applications()",
        "SELECT aura_wall.signed()",
        "SELECT * FROM aura_wall.keys",
        "SELECT * FROM aura_reader.users",
        "SELECT aura_touch_updated_at()",
    ] {
        let found = supabase.claiming("{}", sql).await;
        refused(&found, DENIED, sql);
    }
    // Supabase's administrator goes past every policy, but not into the key.
    let all = "BEGIN; SET LOCAL ROLE service_role; SELECT count(*) FROM clients";
    assert_eq!(value(&supabase.api, all).await, "3");
    let key = "BEGIN; SET LOCAL ROLE service_role; SELECT * FROM aura_wall.keys";
    refused(&ask(&supabase.api, key).await, DENIED, key);
}

/// However the record came to be, and before any migration has looked after it.
#[tokio::test]
async fn nobody_else_writes_into_the_record() {
    let supabase = Supabase::with_roles().await;
    supabase.defaults().await;
    let place = Place::new();
    let on = |command: &str| place.on(supabase.url(), command).succeeds().stdout;
    let closed = async |way: &str| {
        for table in ["seaql_migrations", "_aura_migrations"] {
            let rights = format!(
                "SELECT has_table_privilege('anon', '{table}', 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') \
                 OR has_table_privilege('authenticated', '{table}', 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
            );
            assert_eq!(value(supabase.url(), &rights).await, "f", "{table}, {way}");
        }
        let sql = "BEGIN; SET LOCAL ROLE anon; TRUNCATE seaql_migrations";
        refused(&ask(&supabase.api, sql).await, DENIED, way);
    };
    on("up -n 2");
    closed("up").await;
    on("reset --yes");

    let script: Vec<_> = on("sql --to 000002")
        .lines()
        .filter(|line| !line.starts_with('\\'))
        .map(ToOwned::to_owned)
        .collect();
    ask(supabase.url(), &script.join("\n")).await.unwrap();
    closed("script").await;

    let forget = "DROP TABLE seaql_migrations, _aura_migrations";
    ask(supabase.url(), forget).await.unwrap();
    on("baseline --to 000002");
    closed("baseline").await;

    // As plain `sea-orm-migration` leaves it.
    let forget =
        "DROP TABLE _aura_migrations; GRANT ALL ON seaql_migrations TO anon, authenticated";
    ask(supabase.url(), forget).await.unwrap();
    on("up -n 1");
    closed("adopted").await;
    let forget =
        "DROP TABLE _aura_migrations; GRANT ALL ON seaql_migrations TO anon, authenticated";
    on("up");
    ask(supabase.url(), forget).await.unwrap();
    on("up");
    closed("adopted, with nothing pending").await;
}

#[tokio::test]
async fn roles_that_come_later_are_seen_to_and_down_leaves_nothing() {
    let supabase = Supabase::with_roles().await;
    ask(
        supabase.server.admin_url(),
        "ALTER ROLE anon RENAME TO later_anon; ALTER ROLE authenticated RENAME TO later",
    )
    .await
    .unwrap();
    supabase.server.migrate().await;
    ask(supabase.url(), &filled(ROWS)).await.unwrap();
    ask(
        supabase.server.admin_url(),
        "ALTER ROLE later_anon RENAME TO anon; ALTER ROLE later RENAME TO authenticated",
    )
    .await
    .unwrap();
    ask(supabase.url(), "GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated; GRANT USAGE ON SCHEMA public TO authenticated").await.unwrap();
    Place::new().on(supabase.url(), "roles").succeeds();
    assert_eq!(
        supabase.of("ada", "SELECT name FROM clients").await,
        "of one"
    );
    refused(
        &ask(
            &supabase.api,
            "BEGIN; SET LOCAL ROLE anon; TRUNCATE clients CASCADE",
        )
        .await,
        DENIED,
        "anon",
    );
    // Twice changes nothing.
    Place::new().on(supabase.url(), "roles").succeeds();
    assert_eq!(
        supabase.of("bob", "SELECT count(*) FROM clients").await,
        "2"
    );
    Place::new()
        .on(supabase.url(), &down_to("share_with_supabase"))
        .succeeds();
    let left = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'claimed%'";
    assert_eq!(value(supabase.url(), left).await, "0");
    refused(
        &supabase.claiming("{}", "SELECT 1 FROM clients").await,
        DENIED,
        "down",
    );
    Place::new().on(supabase.url(), "up").succeeds();
    assert_eq!(
        supabase.of("ada", "SELECT name FROM clients").await,
        "of one"
    );
    Place::new().on(supabase.url(), "fresh --yes").succeeds();
    Place::new().on(supabase.url(), "reset --yes").succeeds();
}

#[tokio::test]
async fn a_table_of_an_application_loses_what_the_defaults_gave() {
    use migration::schema::{self, Column, Table};
    let supabase = Supabase::start().await;
    let owner = Database::connect(supabase.url()).await.unwrap();
    let manager = SchemaManager::new(&owner);
    let notes = Table::new("notes", "Notes")
        .tenant_owned()
        .column(Column::text("body", "It").length(1, 9))
        .timestamps();
    notes.create(&manager).await.unwrap();
    let rights = "SELECT has_table_privilege('anon', 'notes', 'TRUNCATE')";
    assert_eq!(value(supabase.url(), rights).await, "t");
    schema::isolate(&manager, "notes").await.unwrap();
    for role in ["anon", "authenticated"] {
        let rights = format!(
            "SELECT has_table_privilege('{role}', 'notes', 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
        );
        assert_eq!(value(supabase.url(), &rights).await, "f");
    }
    // The view that came with it is the reader's alone.
    let view = "SELECT has_table_privilege('anon', 'aura_reader.notes', 'SELECT')";
    assert_eq!(value(&supabase.admin, view).await, "f");
}
