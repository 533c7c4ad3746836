//! Two applications with live and deleted rows on every side, put in place without the door.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use entity::{
    application_memberships, applications, client_users, clients, membership_roles,
    role_permissions, roles, users,
};
use migration::testing::{Backend, TestDb};
use sea_orm::{ActiveModelTrait, ActiveValue::NotSet, Set};
use service::{Config, Db, Tenant};
use uuid::Uuid;

use crate::billing::{History, invoice_lines, invoices};

/// The instant at which everything deleted was deleted, and the deletion that took it.
pub(crate) const DELETION: Uuid = Uuid::from_u128(0xdead);

/// The statements that a [`Db`] sent.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<Mutex<Vec<String>>>);

impl Sent {
    /// All since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn observe(&self, config: Config) -> Config {
        let sent = self.clone();
        config.observe(move |statement| {
            sent.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(statement.sql.clone());
        })
    }
}

/// What an application has. Of clients, members, roles and invoices the first three are live.
pub(crate) struct Application {
    pub(crate) id: Uuid,
    pub(crate) tenant: Tenant,
    /// Users: live member, live member, live member; deleted membership; deleted user.
    pub(crate) users: [Uuid; 5],
    /// Live, live, live; deleted.
    pub(crate) clients: [Uuid; 4],
    /// Live, live, live under a deleted client; deleted.
    pub(crate) invoices: [Uuid; 4],
    /// Live; deleted.
    pub(crate) roles: [Uuid; 2],
}

/// A database with two applications, `a` and `b`, that have the same names for everything.
pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) sent: Sent,
    pub(crate) a: Application,
    pub(crate) b: Application,
    // Dropped last: the database goes with it.
    pub(crate) test: TestDb,
}

impl World {
    pub(crate) async fn new(backend: Backend) -> Self {
        Self::with(backend, |config| config).await
    }

    pub(crate) async fn with(backend: Backend, configure: impl FnOnce(Config) -> Config) -> Self {
        let test = TestDb::migrated::<History>(backend).await;
        let sent = Sent::default();
        let config = sent.observe(configure(Config::new(test.url())));
        let db = crate::rules::connect(config).await.expect("connects");
        let a = application(&db, 'a').await;
        let b = application(&db, 'b').await;
        sent.take();
        Self {
            db,
            sent,
            a,
            b,
            test,
        }
    }
}

/// Runs each function on both backends, in a world of its own.
macro_rules! in_a_world {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::world::World::new(migration::testing::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::world::World::new(migration::testing::Backend::Postgres).await).await;
            }
        })+
    };
}
pub(crate) use in_a_world;

fn deleted(dead: bool) -> (Option<DateTime<chrono::FixedOffset>>, Option<Uuid>) {
    let at: DateTime<Utc> = DateTime::from_timestamp(1_790_000_000, 0).expect("in range");
    (dead.then(|| at.fixed_offset()), dead.then_some(DELETION))
}

/// A user; the address tells the name.
pub(crate) async fn user(db: &Db, email: String, dead: bool) -> Uuid {
    let id = db.new_id();
    let (deleted_at, deletion_id) = deleted(dead);
    let user = users::ActiveModel {
        id: Set(id),
        email: Set(email),
        deleted_at: Set(deleted_at),
        deletion_id: Set(deletion_id),
        ..Default::default()
    };
    user.insert(db).await.expect("a user");
    id
}

async fn application(db: &Db, letter: char) -> Application {
    let id = db.new_id();
    let application = applications::ActiveModel {
        id: Set(id),
        public_id: Set(format!("application{letter}")),
        slug: Set(format!("application-{letter}")),
        name: Set("Application".into()),
        ..Default::default()
    };
    application.insert(db).await.expect("an application");

    let mut users = [Uuid::nil(); 5];
    for (n, place) in users.iter_mut().enumerate() {
        *place = user(db, format!("user{n}@{letter}.test"), n == 4).await;
        let (deleted_at, deletion_id) = deleted(n == 3);
        let membership = application_memberships::ActiveModel {
            application_id: Set(id),
            user_id: Set(*place),
            deleted_at: Set(deleted_at),
            deletion_id: Set(deletion_id),
            ..Default::default()
        };
        membership.insert(db).await.expect("a membership");
    }
    let roles = [
        role(db, id, "one", false).await,
        role(db, id, "two", true).await,
    ];
    for (user, role) in [
        (users[0], roles[0]),
        (users[0], roles[1]),
        (users[3], roles[0]),
    ] {
        let assigned = membership_roles::ActiveModel {
            application_id: Set(id),
            user_id: Set(user),
            role_id: Set(role),
            ..Default::default()
        };
        assigned.insert(db).await.expect("an assigned role");
    }
    let mut clients = [Uuid::nil(); 4];
    for (n, place) in clients.iter_mut().enumerate() {
        *place = client(db, id, &format!("Client {n}"), n == 3).await;
    }
    for (client, user) in [(0, 0), (0, 3), (1, 1), (3, 0)] {
        let assigned = client_users::ActiveModel {
            application_id: Set(id),
            client_id: Set(clients[client]),
            user_id: Set(users[user]),
            ..Default::default()
        };
        assigned.insert(db).await.expect("an assigned member");
    }
    let mut invoices = [Uuid::nil(); 4];
    for ((n, place), client) in invoices.iter_mut().enumerate().zip([0, 0, 3, 1]) {
        *place = invoice(db, id, clients[client], n, n == 3).await;
    }
    let tenant = db.system(id, "a test").await.expect("a live application");
    Application {
        id,
        tenant,
        users,
        clients,
        invoices,
        roles,
    }
}

async fn role(db: &Db, application_id: Uuid, key: &str, dead: bool) -> Uuid {
    let id = db.new_id();
    let (deleted_at, deletion_id) = deleted(dead);
    let role = roles::ActiveModel {
        application_id: Set(application_id),
        id: Set(id),
        key: Set(key.into()),
        name: Set(key.into()),
        deleted_at: Set(deleted_at),
        deletion_id: Set(deletion_id),
        ..Default::default()
    };
    role.insert(db).await.expect("a role");
    let permission = role_permissions::ActiveModel {
        application_id: Set(application_id),
        role_id: Set(id),
        permission: Set("clients.read".into()),
        ..Default::default()
    };
    permission.insert(db).await.expect("a permission");
    id
}

/// A client.
pub(crate) async fn client(db: &Db, application_id: Uuid, name: &str, dead: bool) -> Uuid {
    let id = db.new_id();
    let (deleted_at, deletion_id) = deleted(dead);
    let client = clients::ActiveModel {
        application_id: Set(application_id),
        id: Set(id),
        name: Set(name.into()),
        created_by: NotSet,
        deleted_at: Set(deleted_at),
        deletion_id: Set(deletion_id),
        ..Default::default()
    };
    client.insert(db).await.expect("a client");
    id
}

/// An invoice of 100 cents times its number, with one line.
pub(crate) async fn invoice(
    db: &Db,
    application_id: Uuid,
    client_id: Uuid,
    number: usize,
    dead: bool,
) -> Uuid {
    let id = db.new_id();
    let (deleted_at, deletion_id) = deleted(dead);
    let cents = 100 * i64::try_from(number).expect("small");
    let invoice = invoices::ActiveModel {
        application_id: Set(application_id),
        id: Set(id),
        client_id: Set(client_id),
        number: Set(format!("N-{number}")),
        total_cents: Set(cents),
        deleted_at: Set(deleted_at),
        deletion_id: Set(deletion_id),
        ..Default::default()
    };
    invoice.insert(db).await.expect("an invoice");
    let line = invoice_lines::ActiveModel {
        application_id: Set(application_id),
        invoice_id: Set(id),
        position: Set(1),
        description: Set("Work".into()),
        cents: Set(cents),
        ..Default::default()
    };
    line.insert(db).await.expect("a line");
    id
}
