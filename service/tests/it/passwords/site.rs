//! A database whose clock is moved by hand, and whose hashes are made quickly.

use chrono::{DateTime, TimeDelta};
use entity::{sign_in_throttles, user_passwords};
use migration::testing::{Backend, TestDb};
use sea_orm::{ConnectionTrait, EntityTrait};
use service::secret::{Hashing, Password};
use service::{Clock, Config, Db, Email, Error, NewUser, Result, User};
use uuid::Uuid;

use crate::world::Sent;

pub(super) const RIGHT: &str = "mauve otter sings 41";
pub(super) const OTHER: &str = "brisk lantern hums 77";
pub(super) const WRONG: &str = "not what was chosen 9";

pub(super) struct Site {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) sent: Sent,
    // Dropped last: the database goes with it.
    pub(super) test: TestDb,
}

impl Site {
    pub(super) async fn new(backend: Backend) -> Self {
        Self::with(backend, |config| config).await
    }

    pub(super) async fn with(backend: Backend, configure: impl FnOnce(Config) -> Config) -> Self {
        let test = TestDb::new(backend).await;
        let start = DateTime::from_timestamp(1_800_000_000, 0).expect("in range");
        let clock = Clock::manual(start);
        let sent = Sent::default();
        let config = sent.observe(configure(config(&test, &clock)));
        let db = crate::rules::connect(config).await.expect("connects");
        Self {
            db,
            clock,
            sent,
            test,
        }
    }

    /// As another process reaches the same database.
    pub(super) async fn another(&self, configure: impl FnOnce(Config) -> Config) -> Db {
        let config = configure(config(&self.test, &self.clock));
        crate::rules::connect(config).await.expect("connects")
    }

    /// Lets so many seconds pass, and a millisecond: a clock that is moved by hand gives each instant once, so that it
    /// goes on by some microseconds meanwhile.
    pub(super) fn pass(&self, seconds: i64) {
        self.pass_millis(seconds * 1000 + 1);
    }

    pub(super) fn pass_millis(&self, millis: impl TryInto<i64>) {
        let millis = millis.try_into().ok().expect("small");
        self.clock.advance(TimeDelta::milliseconds(millis));
    }

    /// A user with the password [`RIGHT`].
    pub(super) async fn user(&self, address: &str) -> User {
        let new = NewUser::new(email(address));
        let user = self.db.passwords().sign_up(new, &password(RIGHT)).await;
        user.expect("a user")
    }

    pub(super) async fn sign_in(&self, address: &str, text: &str, source: &str) -> Result<User> {
        sign_in(&self.db, address, text, source).await
    }

    /// A wrong password from the source: let in to be looked at?
    pub(super) async fn guess(&self, address: &str, source: &str) -> Guess {
        guess(&self.db, address, source).await
    }

    pub(super) async fn hash(&self, user_id: Uuid) -> Option<String> {
        let row = user_passwords::Entity::find_by_id(user_id);
        let row = row.one(&self.db).await.expect("a look-up");
        row.map(|row| row.password_hash)
    }

    pub(super) async fn counts(&self) -> Vec<sign_in_throttles::Model> {
        let rows = sign_in_throttles::Entity::find().all(&self.db);
        rows.await.expect("rows")
    }

    /// The failures counted in the one row of this kind.
    pub(super) async fn failures(&self, kind: &str) -> i64 {
        let rows = self.counts().await;
        let mut rows = rows.iter().filter(|row| row.kind == kind);
        let row = rows.next().expect("a row");
        assert!(rows.next().is_none(), "one row of the kind");
        row.failures
    }

    /// Every change of a row of the table is refused from now on.
    pub(super) async fn refuse_updates(&self, table: &str) {
        let sql = match self.test.backend() {
            Backend::Sqlite => format!(
                "CREATE TRIGGER refuse BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END"
            ),
            // No table has triggers there.
            Backend::Postgres if migration::testing::on_citus() => {
                crate::people::withhold("UPDATE", table)
            }
            Backend::Postgres => format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'refused'; END $$; \
                 CREATE TRIGGER refuse BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
            ),
        };
        let made = self.db.execute_unprepared(&sql).await;
        made.expect("a trigger");
    }
}

/// What becomes of a wrong password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Guess {
    LookedAt,
    /// Not before so many milliseconds, rounded up.
    Refused(u128),
}

pub(super) async fn guess(db: &Db, address: &str, source: &str) -> Guess {
    match sign_in(db, address, WRONG, source).await {
        Err(Error::InvalidCredentials) => Guess::LookedAt,
        Err(Error::TooManyAttempts { retry_after }) => {
            Guess::Refused(retry_after.as_micros().div_ceil(1000))
        }
        other => panic!("{other:?}"),
    }
}

/// `source` of "-": none.
pub(super) async fn sign_in(db: &Db, address: &str, text: &str, source: &str) -> Result<User> {
    let source = (source != "-").then(|| source.parse().expect("an IP address"));
    let passwords = db.passwords();
    passwords
        .authenticate(&email(address), &password(text), source)
        .await
}

fn config(test: &TestDb, clock: &Clock) -> Config {
    Config::new(test.url())
        .max_connections(32)
        .clock(clock.clone())
        .hashing(quick())
}

/// The cheapest that is allowed.
pub(super) fn quick() -> Hashing {
    Hashing {
        memory_kib: 7168,
        passes: 5,
        ..Hashing::default()
    }
}

pub(super) fn email(text: &str) -> Email {
    text.parse().expect("an address")
}

pub(super) fn password(text: &str) -> Password {
    text.parse().expect("a password")
}

/// Runs each function on both backends, on a site of its own.
macro_rules! on_a_site {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::passwords::site::Site::new(migration::testing::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::passwords::site::Site::new(migration::testing::Backend::Postgres).await).await;
            }
        })+
    };
}
pub(super) use on_a_site;
