//! Soft delete and restore: `cargo run -p migration -- up`, then
//! `cargo run -p service --example soft_delete`.

use entity::clients;
use service::{Config, Db, Deleted, Error, NewApplication, NewClient, NewUser, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    soft_delete(&db, &run).await?;
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn soft_delete(db: &Db, run: &str) -> Result<()> {
    let ada = NewUser::new(format!("ada.{run}@example.com").parse()?);
    let ada = db.users().create(ada).await?;
    let new = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: format!("delete-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let bakery = db.applications().create(ada.id, new).await?;
    let tenant = db.tenant(ada.id, bakery.id).await?;
    let hotel = NewClient::new("Hotel Belvedere".parse()?);
    let hotel = tenant.clients().create(hotel).await?;

    // Deleting is a mark; twice changes nothing, and says so.
    let deleted = tenant.clients().delete(hotel.id).await?;
    assert!(matches!(deleted, Deleted::Now { .. }));
    let again = tenant.clients().delete(hotel.id).await?;
    assert!(matches!(again, Deleted::Already { .. }));

    // No read finds the row and no write reaches it, unless deleted rows are asked for by name.
    assert_eq!(tenant.clients().get(hotel.id).await?, None);
    let assigned = tenant.clients().assign(hotel.id, ada.id).await;
    assert!(matches!(assigned, Err(Error::NotFound)));
    let gone = tenant
        .find::<clients::Entity>()
        .only_deleted()
        .all()
        .await?;
    println!("{} was deleted at {}", gone[0].name, deleted.at());

    tenant.clients().restore(hotel.id).await?;
    assert!(tenant.clients().get(hotel.id).await?.is_some());

    // What goes along comes back along: an application takes its clients with it, and brings back exactly those.
    db.applications().delete(bakery.id).await?;
    assert!(db.tenant(ada.id, bakery.id).await.is_err());
    db.applications().restore(bakery.id).await?;
    let tenant = db.tenant(ada.id, bakery.id).await?;
    assert!(tenant.clients().get(hotel.id).await?.is_some());
    Ok(())
}
