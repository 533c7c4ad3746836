//! Transactions of README, run: `cargo run -p migration -- up`, then `cargo run -p service --example connect`.

#![expect(
    clippy::disallowed_methods,
    reason = "shows SQL of one's own, which passes no door"
)]

use sea_orm::{ConnectionTrait, Statement};
use service::{Config, Db, Error, NewApplication, NewClient, NewUser, Result, TransactionOptions};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    connect(&db, &run).await?;
    println!("kept, and kept apart");
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn connect(db: &Db, run: &str) -> Result<()> {
    let new_application = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: format!("connect-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let ada = NewUser::new(format!("ada.{run}@example.com").parse()?);
    let ada = db.users().create(ada).await?;
    let bakery = db.applications().create(ada.id, new_application).await?;
    let tenant = db.tenant(ada.id, bakery.id).await?;

    // readme: begin
    // As if alone, and done again where it met another transaction: up to five times, with a pause of chance between.
    let alone = TransactionOptions::serializable(5);
    let user = db
        .transaction_with(alone, async |db| {
            let user = db.users().get(ada.id).await?.ok_or(Error::NotFound)?;
            let tenant = db.tenant(user.id, bakery.id).await?;
            let hotel = NewClient::new("Hotel Belvedere".parse()?);
            tenant.clients().create(hotel).await?;
            Ok::<_, Error>(user)
        })
        .await?;
    assert_eq!(user.id, ada.id);

    // SQL of your own, in a transaction of the tenant: on PostgreSQL the database shows it this application's rows and no
    // others, whatever is forgotten in it.
    let clients = tenant
        .transaction(async |tenant| {
            let sql = "SELECT name FROM clients WHERE deleted_at IS NULL AND application_id = $1";
            let values = [tenant.application_id().into()];
            let all = Statement::from_sql_and_values(tenant.db().backend(), sql, values);
            Ok::<_, Error>(tenant.db().query_all_raw(all).await?)
        })
        .await?;
    assert_eq!(clients.len(), 1);

    // At most `max` connections, as the server counts them; who waits, and what became of the others.
    let pool = db.pool_status();
    assert!(pool.in_use <= pool.max && pool.waiting == 0);
    // readme: end
    Ok(())
}
