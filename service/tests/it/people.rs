//! An application made by the verbs, with an owner, an admin and a member.

use chrono::DateTime;
use migration::testing::{Backend, TestDb};
use service::secret::Hashing;
use service::{Application, Clock, Config, Db, IsolatedBy, NewApplication, Tenant};
use uuid::Uuid;

use crate::world::{Sent, user};

/// The cheapest that is allowed.
pub(crate) const QUICK: Hashing = Hashing {
    memory_kib: 7168,
    passes: 5,
    lanes: 1,
    concurrency: 2,
    queue: 1024,
};

/// `TEST_ISOLATION=database`: the whole suite with the database below every statement of a tenant.
fn isolated_by(backend: Backend) -> IsolatedBy {
    match std::env::var("TEST_ISOLATION").as_deref() {
        Ok("database") if backend == Backend::Postgres => IsolatedBy::Database,
        _ => IsolatedBy::Types,
    }
}

/// An application and who is in it.
pub(crate) struct Team {
    pub(crate) application: Application,
    pub(crate) owner: Uuid,
    pub(crate) admin: Uuid,
    pub(crate) member: Uuid,
}

/// A database with one [`Team`].
pub(crate) struct People {
    pub(crate) db: Db,
    pub(crate) sent: Sent,
    /// The clock of `db`.
    pub(crate) clock: Clock,
    pub(crate) team: Team,
    // Dropped last: the database goes with it.
    pub(crate) test: TestDb,
}

impl People {
    pub(crate) async fn new(backend: Backend) -> Self {
        Self::with(backend, Clock::system()).await
    }

    /// With a clock that stands still until it is moved.
    pub(crate) async fn timed(backend: Backend) -> Self {
        let start = DateTime::from_timestamp(1_800_000_000, 0).expect("in range");
        Self::with(backend, Clock::manual(start)).await
    }

    async fn with(backend: Backend, clock: Clock) -> Self {
        let test = TestDb::new(backend).await;
        let sent = Sent::default();
        let config = Config::new(test.url())
            .max_connections(32)
            .hashing(QUICK)
            .clock(clock.clone())
            .isolated_by(isolated_by(backend));
        let config = sent.observe(config);
        let db = crate::rules::connect(config).await.expect("connects");
        let team = team(&db, "acme").await;
        sent.take();
        Self {
            db,
            sent,
            clock,
            team,
            test,
        }
    }

    /// The same with the audit off: what is counted is the verb's own.
    pub(crate) async fn unrecorded(&self) -> Db {
        let config = Config::new(self.test.url()).hashing(QUICK).audit(false);
        let config = self.sent.observe(config.clock(self.clock.clone()));
        crate::rules::connect(config).await.expect("connects")
    }

    /// How many statements more an insert takes: on Citus what the row stands under is looked at again after it.
    pub(crate) fn again(&self) -> usize {
        usize::from(self.db.is_on_citus())
    }

    /// A user who is in no application.
    pub(crate) async fn stranger(&self, name: &str) -> Uuid {
        user(&self.db, format!("{name}@strangers.test"), false).await
    }

    pub(crate) async fn as_owner(&self) -> Tenant {
        self.tenant(self.team.owner).await
    }

    pub(crate) async fn as_admin(&self) -> Tenant {
        self.tenant(self.team.admin).await
    }

    pub(crate) async fn as_member(&self) -> Tenant {
        self.tenant(self.team.member).await
    }

    pub(crate) async fn tenant(&self, user_id: Uuid) -> Tenant {
        self.db
            .tenant(user_id, self.team.application.id)
            .await
            .expect("a member")
    }
}

pub(crate) fn new_application(slug: &str) -> NewApplication {
    NewApplication {
        name: slug.parse().expect("a name"),
        slug: slug.parse().expect("a slug"),
        description: None,
        public_id: None,
        compute_id: None,
    }
}

pub(crate) async fn team(db: &Db, slug: &str) -> Team {
    let [owner, admin, member] =
        ["owner", "admin", "member"].map(|role| format!("{role}@{slug}.test"));
    let owner = user(db, owner, false).await;
    let admin = user(db, admin, false).await;
    let member = user(db, member, false).await;
    let application = db
        .applications()
        .create(owner, new_application(slug))
        .await
        .expect("an application");
    let tenant = db.tenant(owner, application.id).await.expect("its owner");
    let members = tenant.admin().expect("an owner is an admin").members();
    members.add(admin, &["admin"]).await.expect("an admin");
    members.add(member, &["member"]).await.expect("a member");
    Team {
        application,
        owner,
        admin,
        member,
    }
}

/// How many statements were sent since the last time, but for what bounds a transaction and what records it.
pub(crate) fn sent(people: &People) -> usize {
    let of_the_verb = |sql: &String| {
        !["BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"]
            .iter()
            .any(|bound| sql.starts_with(bound))
            // An event that is part of what it tells of does not hide it.
            && (!sql.contains("audit_") || sql.starts_with("WITH ") && !sql.starts_with("WITH chain0 "))
    };
    people
        .sent
        .take()
        .iter()
        .filter(|sql| of_the_verb(sql))
        .count()
}

/// Runs each function on both backends, with a team of its own.
macro_rules! with_people {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::people::People::new(migration::testing::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::people::People::new(migration::testing::Backend::Postgres).await).await;
            }
        })+
    };
}
pub(crate) use with_people;

/// As [`with_people!`], with a clock that stands still until the test moves it.
macro_rules! with_timed_people {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::people::People::timed(migration::testing::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::people::People::timed(migration::testing::Backend::Postgres).await).await;
            }
        })+
    };
}
pub(crate) use with_timed_people;

/// Takes a right on a table from everybody who has it, its owner too: how the database comes to refuse something where no
/// table has triggers.
pub(crate) fn withhold(right: &str, table: &str) -> String {
    format!(
        "DO $$ DECLARE one record; BEGIN FOR one IN SELECT DISTINCT grantee FROM information_schema.role_table_grants \
         WHERE table_name = '{table}' AND privilege_type = '{right}' \
         LOOP EXECUTE format('REVOKE {right} ON {table} FROM %I', one.grantee); END LOOP; END $$"
    )
}
