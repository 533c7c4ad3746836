//! Two tenants and the logins that attacks run as; and the judge of what came of one.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use futures_util::{StreamExt, TryStreamExt};
use migration::isolation::{Role, Roles};
use migration::testing::{Backend, Login, TestDb};
use sea_orm::sqlx::{
    AssertSqlSafe, Column as _, Connection, Either, Error, Executor, PgConnection, Row, ValueRef,
    query, raw_sql,
};
use tokio::sync::Mutex;

/// Where an attack runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grade {
    /// The service's login, switched to the runtime role and a tenant: `tenant.transaction`.
    Floor,
    /// The login that is a guest and nothing else, with a signed tenant.
    Wall,
    /// A superuser, nothing set, nothing reset: what an attack does where nothing stops it.
    Open,
}

/// What came of an attack: nothing, where it was stopped.
pub(crate) type Harm = BTreeSet<&'static str>;

pub(crate) struct Stage {
    // Dropped last: the database goes with it.
    _test: TestDb,
    roles: Roles,
    owner: String,
    service: Login,
    guest: Login,
    /// A superuser of the test's own: what an attack does to its login is done to nobody else's.
    superuser: Login,
    /// The administrator's and the service's own connections.
    admin: Mutex<PgConnection>,
    signer: Mutex<PgConnection>,
    /// What signatures were made with, as hexadecimal.
    key: String,
}

/// The tenants' rows. What is of the other one has THEIRS in it; what is secret, SECRET.
const ROWS: &str = "
INSERT INTO users (id, email, name) VALUES ({a.user}, 'a@example.org', 'Ours'), ({a.other}, 'other@example.org', 'Our other'),
  ({a.gone}, 'gone@example.org', 'Our former'), ({b.user}, 'b@example.org', 'THEIRS');
INSERT INTO user_passwords (user_id, password_hash) VALUES ({a.user}, 'SECRET-ours'), ({b.user}, 'SECRET-theirs');
INSERT INTO applications (id, public_id, slug, name) VALUES ({a.app}, 'aaaaaaaaaa1', 'ours', 'Ours'), ({b.app}, 'bbbbbbbbbb1', 'theirs', 'THEIRS');
INSERT INTO application_memberships (application_id, user_id) VALUES ({a.app}, {a.user}), ({a.app}, {a.other}), ({b.app}, {b.user});
INSERT INTO application_memberships (application_id, user_id, deleted_at, deletion_id) VALUES ({a.app}, {a.gone}, now(), {a.gone});
INSERT INTO roles (application_id, id, key, name) VALUES ({a.app}, {a.role}, 'r', 'Ours'), ({b.app}, {b.role}, 'r', 'THEIRS');
INSERT INTO membership_roles (application_id, user_id, role_id) VALUES ({a.app}, {a.user}, {a.role}), ({b.app}, {b.user}, {b.role});
INSERT INTO clients (application_id, id, name) VALUES ({a.app}, {a.client}, 'Ours'), ({b.app}, {b.client}, 'THEIRS');
INSERT INTO clients (application_id, name) SELECT {b.app}, 'THEIRS' FROM generate_series(1, 20);
INSERT INTO client_users (application_id, client_id, user_id) VALUES ({b.app}, {b.client}, {b.user});
INSERT INTO domains (application_id, id, name, challenge) VALUES ({a.app}, {a.domain}, 'ours.org', 'SECRET-challenge-ours'),
  ({b.app}, {b.domain}, 'theirs.org', 'SECRET-challenge-theirs');
INSERT INTO mailboxes (application_id, id, domain_id, local_part, email) VALUES ({b.app}, {b.mailbox}, {b.domain}, 'i', 'i@theirs.org');
INSERT INTO emails (application_id, id, mailbox_id, from_address, subject, body, thread_id, sent_at) VALUES
  ({a.app}, {a.email}, NULL, 'a@ours.org', 'Ours', 'ours', {a.email}, now()),
  ({b.app}, {b.email}, NULL, 'i@theirs.org', 'THEIRS', 'theirs', {b.email}, now());
INSERT INTO email_recipients (application_id, email_id, kind, address) VALUES ({b.app}, {b.email}, 'to', 'theirs@example.org');
INSERT INTO invitations (application_id, id, email, secret_hash, expires_at) VALUES
  ({a.app}, {a.invitation}, 'x@example.org', {secret}, now() + interval '1 day');
INSERT INTO sessions (id, user_id, application_id, secret_hash, expires_at) VALUES
  ({a.session}, {a.user}, {a.app}, {secret}, now() + interval '1 day'), ({b.session}, {b.user}, {b.app}, {secret}, now() + interval '1 day');
INSERT INTO verification_tokens (purpose, secret_hash, user_id, expires_at) VALUES ('password_reset', {secret}, {b.user}, now() + interval '1 day');
INSERT INTO audit_events (application_id, id, lane, sequence, action, subject_type, subject_id, detail_hash, previous_hash) VALUES
  ({a.app}, {a.event}, 0, 1, 'clients.create', 'clients', {a.client}, {hash}, {hash}),
  ({b.app}, {b.event}, 0, 1, 'clients.create', 'clients', {b.client}, {hash}, {hash});
INSERT INTO audit_details (application_id, event_id, detail, salt) VALUES ({a.app}, {a.event}, '{\"of\": \"ours\"}', {hash}),
  ({b.app}, {b.event}, '{\"of\": \"THEIRS\"}', {hash});
ANALYZE clients";

const SECRET: &str = "5ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3e75ec3";

const KINDS: [&str; 13] = [
    "app",
    "user",
    "other",
    "gone",
    "role",
    "client",
    "domain",
    "mailbox",
    "email",
    "invitation",
    "session",
    "event",
    "none",
];

/// Ids in place of words.
fn filled(sql: &str) -> String {
    let mut sql = sql.to_owned();
    for tenant in ["a", "b"] {
        for (number, kind) in KINDS.iter().enumerate() {
            let id = format!("'{}-0000-4000-8000-{number:012}'", tenant.repeat(8));
            sql = sql.replace(&format!("{{{tenant}.{kind}}}"), &id);
        }
    }
    sql.replace("{secret}", &format!("decode('{SECRET}', 'hex')"))
        .replace("{hash}", "sha256('x')")
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let test = TestDb::new(Backend::Postgres).await;
        test.execute(&filled(ROWS)).await.expect("rows");
        let owner = test.connect().await;
        let roles = Roles::read(&owner).await.expect("roles");
        let (service, guest) = (test.create_login().await, test.create_login().await);
        let superuser = test.create_login().await;
        let url = test.admin_url().expect("a server");
        let mut admin = PgConnection::connect(url).await.expect("the administrator");
        for sql in [
            format!(
                "GRANT \"{}\" TO {}",
                roles.name(Role::Service),
                service.name
            ),
            format!("GRANT \"{}\" TO {}", roles.name(Role::Guest), guest.name),
            format!("ALTER ROLE {} SUPERUSER", superuser.name),
            // Up to 14 the schema is the administrator's, whom `migration -- roles` tells so.
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC".to_owned(),
        ] {
            admin
                .execute(raw_sql(AssertSqlSafe(sql)))
                .await
                .expect("done");
        }
        let signer = PgConnection::connect(&service.url)
            .await
            .expect("the service");
        owner.close().await.expect("closed");
        let mut stage = Self {
            owner: String::new(),
            key: String::new(),
            _test: test,
            roles,
            service,
            guest,
            superuser,
            admin: Mutex::new(admin),
            signer: Mutex::new(signer),
        };
        let blocks = "SELECT encode(inner_block, 'hex') FROM aura_wall.keys";
        stage.key = stage.told(blocks).await;
        stage.owner = stage
            .told("SELECT tableowner::text FROM pg_tables WHERE tablename = 'clients'")
            .await;
        stage
    }

    /// The one value, as the administrator sees it.
    async fn told(&self, sql: &str) -> String {
        let mut admin = self.admin.lock().await;
        let (answer, error) = run(&mut admin, &filled(sql)).await;
        assert!(error.is_none(), "{error:?}: {sql}");
        answer.trim().to_owned()
    }

    /// That of the server: 14 and later.
    pub(crate) async fn version(&self) -> u32 {
        let version = "SELECT current_setting('server_version_num')::integer / 10000";
        self.told(version).await.parse().expect("a number")
    }

    fn url(&self, grade: Grade) -> &str {
        match grade {
            Grade::Floor => &self.service.url,
            Grade::Wall => &self.guest.url,
            Grade::Open => &self.superuser.url,
        }
    }

    /// A signature of the tenant, as the service asks for it.
    async fn signed(&self, tenant: &str, seconds: i64) -> String {
        let mut service = self.signer.lock().await;
        let sign = format!(
            "SELECT aura_wall.sign({{{tenant}.app}}, extract(epoch FROM now())::bigint + {seconds})"
        );
        let (signed, error) = run(&mut service, &filled(&sign)).await;
        assert!(error.is_none(), "{error:?}");
        signed.trim().to_owned()
    }

    /// Opens a transaction of the tenant as the service does.
    async fn open(
        &self,
        connection: &mut PgConnection,
        grade: Grade,
        tenant: &str,
        signed: &str,
    ) -> Result<(), Error> {
        let role = format!("\"{}\"", self.roles.name(Role::Runtime));
        let begin = match grade {
            Grade::Floor => format!(
                "BEGIN; SET LOCAL ROLE {role}; SET LOCAL app.application_id = {{{tenant}.app}}; \
                 SET LOCAL search_path = public, pg_temp"
            ),
            Grade::Wall => "BEGIN; SET LOCAL search_path = public, pg_temp".to_owned(),
            Grade::Open => "BEGIN".to_owned(),
        };
        connection
            .execute(raw_sql(AssertSqlSafe(filled(&begin))))
            .await?;
        if grade == Grade::Wall {
            // Bound: a literal would stand in pg_stat_activity.
            query("SELECT set_config('app.tenant', $1, true)")
                .bind(signed)
                .persistent(false)
                .execute(connection)
                .await?;
        }
        Ok(())
    }

    /// What the other tenant, who has the connection next, does and finds.
    async fn next(&self, connection: &mut PgConnection, grade: Grade, signed: &str) -> String {
        let found = async {
            self.open(connection, grade, "b", signed).await?;
            let names = query(
                "SELECT DISTINCT name FROM clients WHERE application_id = $1::uuid ORDER BY 1",
            )
            .bind(
                sea_orm::prelude::Uuid::parse_str(filled("{b.app}").trim_matches('\''))
                    .expect("an id"),
            )
            .fetch_all(&mut *connection)
            .await?;
            let names: Vec<String> = names.iter().map(|row| row.get(0)).collect();
            let insert = filled(
                "INSERT INTO clients (application_id, name) VALUES ({b.app}, 'New') \
                 RETURNING (tableoid = 'public.clients'::regclass)::text",
            );
            let new: String = query(AssertSqlSafe(insert))
                .persistent(false)
                .fetch_one(&mut *connection)
                .await?
                .get(0);
            connection.execute("ROLLBACK").await?;
            Ok::<_, Error>(format!("{names:?} {new}"))
        };
        found.await.unwrap_or_else(|error| error.to_string())
    }

    /// Runs an attack, and says what came of it.
    pub(crate) async fn harm(&self, sql: &str, grade: Grade) -> Harm {
        let (ours, theirs) = (self.signed("a", 60).await, self.signed("b", 60).await);
        let before = self.state().await;
        let mut neighbour = PgConnection::connect(self.url(grade))
            .await
            .expect("a neighbour");
        // What another connection of the same login runs meanwhile.
        neighbour
            .execute("SELECT 'THEIRS'")
            .await
            .expect("a neighbour");
        let mut connection = PgConnection::connect(self.url(grade))
            .await
            .expect("connects");
        // The next one has been here before: the driver knows its statement.
        let clean = self.next(&mut connection, grade, &theirs).await;
        assert_eq!(clean, r#"["THEIRS"] true"#, "{grade:?}");

        self.open(&mut connection, grade, "a", &ours)
            .await
            .expect("opens");
        let attack = self.worded(sql, &ours).await;
        let (answer, error) = run(&mut connection, &attack).await;
        let mut harm = Harm::new();
        if self.is_held_up().await {
            harm.insert("holds others up");
        }
        // A caller whose statement failed has its transaction rolled back.
        let end = if error.is_some() {
            "ROLLBACK"
        } else {
            "COMMIT"
        };
        let _ = connection.execute(end).await;
        if grade != Grade::Open {
            let _ = connection.clear_cached_statements().await;
            let _ = connection.execute("DISCARD ALL").await;
        }

        let answer = format!("{answer}\n{}", error.unwrap_or_default()).to_lowercase();
        for (mark, name) in [
            ("theirs", "reads"),
            (SECRET, "reads secrets"),
            ("secret-", "reads secrets"),
            (self.key.as_str(), "reads the key"),
            ("rows removed by filter", "counts"),
            ("counted", "counts"),
        ] {
            // A message that repeats the statement tells nothing.
            if answer.contains(mark) {
                harm.insert(name);
            }
        }
        let after = self.state().await;
        for ((name, before), after) in ["changes", "gives access", "changes the schema"]
            .iter()
            .zip(&before)
            .zip(&after)
        {
            if before != after {
                harm.insert(name);
            }
        }
        if neighbour.execute("SELECT 1").await.is_err() {
            harm.insert("ends others");
        }
        if self.next(&mut connection, grade, &theirs).await != clean {
            harm.insert("meets the next");
        }
        match PgConnection::connect(self.url(grade)).await {
            Ok(mut fresh) => {
                if self.next(&mut fresh, grade, &theirs).await != clean {
                    harm.insert("meets those who come later");
                }
            }
            Err(_) => {
                harm.insert("meets those who come later");
            }
        }
        harm
    }

    async fn worded(&self, sql: &str, ours: &str) -> String {
        let mut sql = filled(sql);
        for role in Role::ALL {
            sql = sql.replace(
                &format!("{{{}}}", role.suffix()),
                &format!("\"{}\"", self.roles.name(role)),
            );
        }
        let other = filled("{b.app}").replace('\'', "");
        let rest = ours.split_once('.').expect("a signature").1;
        let expiry = rest.split_once('.').expect("a signature").0;
        sql.replace("{owner}", &self.owner)
            .replace("{token}", &format!("'{ours}'"))
            .replace("{forged}", &format!("'{other}.{rest}'"))
            .replace("{zeros}", &format!("'{other}.{expiry}.{}'", "0".repeat(64)))
            .replace("{expired}", &format!("'{}'", self.signed("b", -5).await))
    }

    /// Whether somebody else has to wait, for a table or for migrations.
    async fn is_held_up(&self) -> bool {
        let mut admin = self.admin.lock().await;
        // One transaction: what it takes it gives back.
        let (free, error) = run(
            &mut admin,
            &filled(
                "SET LOCAL lock_timeout = '200ms'; SELECT count(*) > 0 FROM clients WHERE application_id = {b.app}; \
                 SELECT pg_try_advisory_xact_lock(hashtextextended('migrations of public', 0))",
            ),
        )
        .await;
        error.is_some() || free.contains('f')
    }

    /// Digests of what an attack may change: the other tenant's rows, what gives access, the schema.
    async fn state(&self) -> [String; 3] {
        let (mut theirs, mut access) = (String::new(), String::new());
        let tables = "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c \
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'application_id' AND a.attnotnull \
                      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'";
        for table in self.told(tables).await.split(' ') {
            let _ = write!(
                theirs,
                "UNION ALL SELECT t::text AS row FROM public.{table} t WHERE application_id = {{b.app}} "
            );
        }
        for (table, column) in [
            ("users", "id"),
            ("user_passwords", "user_id"),
            ("sessions", "user_id"),
            ("verification_tokens", "user_id"),
        ] {
            let _ = write!(
                theirs,
                "UNION ALL SELECT t::text FROM public.{table} t WHERE {column} = {{b.user}} "
            );
            let _ = write!(
                access,
                "UNION ALL SELECT t::text FROM public.{table} t WHERE {column} <> {{b.user}} "
            );
        }
        for table in [
            "application_memberships",
            "membership_roles",
            "roles",
            "role_permissions",
            "invitations",
            "invitation_roles",
            "domains",
            "audit_events",
            "audit_details",
        ] {
            let _ = write!(
                access,
                "UNION ALL SELECT t::text AS row FROM public.{table} t WHERE application_id = {{a.app}} "
            );
        }
        theirs.push_str("UNION ALL SELECT t::text FROM public.applications t WHERE id = {b.app}");
        access.push_str("UNION ALL SELECT t::text FROM aura_wall.keys t");
        let schema = "UNION ALL SELECT format('%s %s %s %s', c.relname, c.relacl, c.relrowsecurity, c.relforcerowsecurity) AS row FROM pg_class c
             WHERE c.relnamespace::regnamespace::text IN ('public', 'aura_wall', 'aura_reader')
           UNION ALL SELECT format('%s %s %s', c.attrelid, c.attname, c.attacl) FROM pg_attribute c WHERE c.attacl IS NOT NULL
           UNION ALL SELECT p::text FROM pg_policy p UNION ALL SELECT p.proname::text FROM pg_proc p
           UNION ALL SELECT n.nspname::text FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast_)?temp_'
           UNION ALL SELECT t.tgname::text FROM pg_trigger t UNION ALL SELECT oid::text FROM pg_largeobject_metadata";
        let digest = |all: &str| {
            let all = all.trim_start_matches("UNION ALL ");
            format!("SELECT md5(string_agg(row, ',' ORDER BY row)) FROM ({all}) AS t (row)")
        };
        [
            self.told(&digest(&theirs)).await,
            self.told(&digest(&access)).await,
            self.told(&digest(schema)).await,
        ]
    }
}

/// Runs statements as a caller would, and gives all that was answered until the error, and the error.
async fn run(connection: &mut PgConnection, sql: &str) -> (String, Option<String>) {
    let mut answer = String::new();
    if sql.starts_with("COPY") {
        let copied = async {
            let parts: Vec<_> = connection.copy_out_raw(sql).await?.try_collect().await?;
            Ok::<_, Error>(parts.concat())
        };
        return match copied.await {
            Ok(bytes) => (String::from_utf8_lossy(&bytes).into_owned(), None),
            Err(error) => (answer, Some(error.to_string())),
        };
    }
    let mut rows = raw_sql(AssertSqlSafe(sql.to_owned())).fetch_many(connection);
    while let Some(step) = rows.next().await {
        match step {
            Ok(Either::Right(row)) => {
                for column in row.columns() {
                    let value = row.try_get_raw(column.ordinal()).expect("a column");
                    if !value.is_null() {
                        answer.push_str(value.as_str().unwrap_or_default());
                    }
                    answer.push('\n');
                }
            }
            Ok(Either::Left(_)) => {}
            Err(error) => return (answer, Some(error.to_string())),
        }
    }
    (answer, None)
}
