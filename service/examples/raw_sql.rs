//! SQL of one's own, over the floor that keeps it in its tenant: `cargo run -p migration -- up`, then
//! `cargo run -p service --example raw_sql`.

#![expect(
    clippy::disallowed_methods,
    reason = "shows SQL of one's own, which passes no door"
)]

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service::{Config, Db, Error, NewApplication, NewClient, NewUser, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    raw_sql(&db, &run).await?;
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn raw_sql(db: &Db, run: &str) -> Result<()> {
    let ada = NewUser::new(format!("ada.{run}@example.com").parse()?);
    let ada = db.users().create(ada).await?;
    let mut tenants = Vec::new();
    for name in ["bakery", "studio"] {
        let new = NewApplication {
            name: name.parse()?,
            slug: format!("raw-{name}-{run}").parse()?,
            description: None,
            public_id: None,
            compute_id: None,
        };
        let application = db.applications().create(ada.id, new).await?;
        let tenant = db.tenant(ada.id, application.id).await?;
        let client = NewClient::new(format!("Client of the {name}").parse()?);
        tenant.clients().create(client).await?;
        tenants.push(tenant);
    }

    // The filter by application is forgotten here. In a transaction of a tenant PostgreSQL adds it (row-level security);
    // SQLite has no such floor, there it takes the types: `Tenant::find`.
    let forgetful = "SELECT count(*) AS n FROM clients WHERE deleted_at IS NULL";
    let seen = tenants[0]
        .transaction(async |tenant| {
            let asked = Statement::from_string(tenant.db().backend(), forgetful);
            let row = tenant.db().query_one_raw(asked).await?;
            Ok::<i64, Error>(row.ok_or(Error::NotFound)?.try_get("", "n")?)
        })
        .await?;
    let floor = db.backend() == DbBackend::Postgres;
    assert!(if floor { seen == 1 } else { seen >= 2 });
    println!("{seen} seen; the floor holds: {floor}");
    Ok(())
}
