//! Queries of one's own within a tenant: filters, related rows, pages: `cargo run -p migration -- up`, then
//! `cargo run -p service --example tenant_query`.

use entity::{client_users, clients};
use sea_orm::{ColumnTrait, Condition};
use service::scope::ByName;
use service::{Config, Db, NewApplication, NewClient, NewUser, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    tenant_query(&db, &run).await?;
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn tenant_query(db: &Db, run: &str) -> Result<()> {
    let ada = NewUser::new(format!("ada.{run}@example.com").parse()?);
    let ada = db.users().create(ada).await?;
    let mut tenants = Vec::new();
    for name in ["bakery", "studio"] {
        let new = NewApplication {
            name: name.parse()?,
            slug: format!("{name}-{run}").parse()?,
            description: None,
            public_id: None,
            compute_id: None,
        };
        let application = db.applications().create(ada.id, new).await?;
        tenants.push(db.tenant(ada.id, application.id).await?);
    }
    let (bakery, studio) = (&tenants[0], &tenants[1]);
    for name in ["Hotel Belvedere", "Hotel Post", "Café Morgenrot"] {
        let client = NewClient::new(name.parse()?);
        let client = bakery.clients().create(client).await?;
        bakery.clients().assign(client.id, ada.id).await?;
    }

    // `Tenant::find` begins with the tenant and the life of rows; what you add narrows it, and cannot widen it.
    let hotels = clients::Column::Name.starts_with("Hotel");
    let anything = Condition::any()
        .add(hotels.clone())
        .add(clients::Column::Name.ne(""));
    assert_eq!(
        bakery
            .find::<clients::Entity>()
            .filter(anything)
            .count()
            .await?,
        3
    );
    assert_eq!(studio.find::<clients::Entity>().count().await?, 0);

    // Related rows, also live and of this tenant alone; a page by position, and the next one.
    let mine = client_users::Column::UserId.eq(ada.id);
    let query = || {
        let query = bakery.find::<clients::Entity>().filter(hotels.clone());
        query.has::<client_users::Entity>(mine.clone())
    };
    let first = query().page::<ByName>(1, None).await?;
    let second = query().page::<ByName>(1, first.next.as_ref()).await?;
    println!("{}, then {}", first.items[0].name, second.items[0].name);
    Ok(())
}
