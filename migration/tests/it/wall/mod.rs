//! What stands beside the tables on `PostgreSQL`: the wall, the reader's views, what Supabase's clients may see.

mod change_of_owner;
mod guest;
mod key;
mod place;
mod reader;
mod supabase;

use migration::isolation::{Role, Roles};
use migration::testing::{Backend, Login, TestDb};
use sea_orm_migration::sea_orm::sqlx::{
    AssertSqlSafe, Connection, Error, PgConnection, Row, raw_sql,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, Database};

use crate::world::World;

/// Two applications with rows, and a login for each role.
struct Stage {
    world: World,
    roles: Roles,
    service: Login,
    runtime: Login,
    guest: Login,
    reader: Login,
}

impl Stage {
    async fn new() -> Self {
        Self::of(TestDb::new(Backend::Postgres).await).await
    }

    async fn of(db: TestDb) -> Self {
        let owner = db.connect().await;
        let roles = Roles::read(&owner).await.unwrap();
        let admin = Database::connect(db.admin_url().unwrap()).await.unwrap();
        let mut logins = Vec::new();
        for role in Role::ALL {
            let login = db.create_login().await;
            let grant = format!("GRANT \"{}\" TO {}", roles.name(role), login.name);
            admin.execute_unprepared(&grant).await.unwrap();
            logins.push(login);
        }
        let [service, runtime, guest, reader] = logins.try_into().unwrap();
        Self {
            world: World::of(db).await,
            roles,
            service,
            runtime,
            guest,
            reader,
        }
    }

    /// A signature for an application (`a`, `b`), as the service makes it.
    async fn signed(&self, application: &str) -> String {
        let sign = format!(
            "SELECT aura_wall.sign({{{application}.applications}}, extract(epoch FROM now())::bigint + 60)"
        );
        let rows = ask(&self.service.url, &self.world.sql(&sign)).await;
        rows.unwrap().remove(0).remove(0)
    }

    /// What the guest gets for `sql` as the application: all rows as text, or what the server says.
    async fn as_guest(&self, application: &str, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let setting = self.signed(application).await;
        let sql = self.world.sql(sql);
        ask(
            &self.guest.url,
            &format!("BEGIN; SET LOCAL app.tenant = '{setting}'; {sql}"),
        )
        .await
    }
}

/// Runs `sql`, several statements if need be, on a connection of its own; every row as text, or the server's SQLSTATE and
/// message.
async fn ask(url: &str, sql: &str) -> Result<Vec<Vec<String>>, String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let rows = raw_sql(AssertSqlSafe(sql.to_owned()))
        .fetch_all(&mut connection)
        .await;
    let rows = rows.map_err(|error| match &error {
        Error::Database(error) => {
            format!("{} {}", error.code().unwrap_or_default(), error.message())
        }
        error => error.to_string(),
    })?;
    let mut found = Vec::new();
    for row in rows {
        let values = (0..row.len()).map(|index| {
            let value = row.try_get_raw(index).unwrap();
            // The simple protocol answers in text.
            if sea_orm_migration::sea_orm::sqlx::ValueRef::is_null(&value) {
                "NULL".to_owned()
            } else {
                value.as_str().unwrap().to_owned()
            }
        });
        found.push(values.collect());
    }
    connection.close().await.unwrap();
    Ok(found)
}

/// The only value.
async fn value(url: &str, sql: &str) -> String {
    let rows = ask(url, sql).await;
    rows.unwrap_or_else(|problem| panic!("{problem}\n{sql}"))
        .pop()
        .and_then(|mut row| row.pop())
        .unwrap_or_else(|| panic!("no row\n{sql}"))
}

/// What the server refuses with: five letters.
#[track_caller]
fn refused(found: &Result<Vec<Vec<String>>, String>, code: &str, what: &str) {
    let Err(problem) = found else {
        panic!("not refused: {what}: {found:?}");
    };
    assert!(problem.starts_with(code), "{what}: {problem}");
}

/// As an argument of `down`: so many migrations that the one of this name goes too.
fn down_to(name: &str) -> String {
    use migration::MigratorTrait;
    let all = migration::Migrator::migrations();
    let place = all
        .iter()
        .position(|migration| migration.name().ends_with(name));
    format!("down --yes -n {}", all.len() - place.unwrap())
}

/// No right for this.
const DENIED: &str = "42501";
