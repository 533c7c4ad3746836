//! The tour of README, run: `cargo run -p migration -- up`, then `cargo run -p service --example tour`.

use entity::{client_users, clients};
use sea_orm::ColumnTrait;
use service::scope::ByName;
use service::{Config, Db, NewApplication, NewClient, NewUser, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    tour(&db, &run).await?;
    println!("a tour without surprises");
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn tour(db: &Db, run: &str) -> Result<()> {
    let new_application = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: format!("bakery-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let address = |name: &str| format!("{name}.{run}@example.com").parse();
    let (ada, bob) = (address("ada")?, address("bob")?);

    // readme: begin
    let ada = db.users().create(NewUser::new(ada)).await?;
    let bob = db.users().create(NewUser::new(bob)).await?;
    let bakery = db.applications().create(ada.id, new_application).await?;

    // All that belongs to an application is reached through a tenant, got by proof: a live membership.
    let tenant = db.tenant(ada.id, bakery.id).await?;
    let hotel = NewClient::new("Hotel Belvedere".parse()?);
    let hotel = tenant.clients().create(hotel).await?;

    // Deleting is a mark: no read finds the row, and it can be brought back.
    tenant.clients().delete(hotel.id).await?;
    assert_eq!(tenant.clients().get(hotel.id).await?, None);
    tenant.clients().restore(hotel.id).await?;

    // What only an admin may do hangs on a type that only an admin gets.
    tenant.admin()?.members().add(bob.id, &["member"]).await?;
    tenant.clients().assign(hotel.id, bob.id).await?;
    tenant.require("clients.write")?;

    // A query of your own, within the same walls: this tenant AND live AND (what you ask).
    let page = tenant
        .find::<clients::Entity>()
        .filter(clients::Column::Name.starts_with("Hotel"))
        .has::<client_users::Entity>(client_users::Column::UserId.eq(bob.id))
        .page::<ByName>(50, None)
        .await?;
    assert_eq!(page.items.len(), 1);

    // Verbs compose: all of it, or none.
    tenant
        .transaction(async |tenant| {
            let cafe = NewClient::new("Café Morgenrot".parse()?);
            let cafe = tenant.clients().create(cafe).await?;
            tenant.clients().assign(cafe.id, bob.id).await
        })
        .await?;
    // readme: end
    Ok(())
}
