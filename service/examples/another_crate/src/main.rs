//! Use from another crate: `cargo run -p migration -- up`, then
//! `cargo run --manifest-path service/examples/another_crate/Cargo.toml`.

use service::{ClientFilter, Config, Db, NewApplication, NewUser, Result, Tenant};

/// What a handler of yours takes: a tenant is the proof that its user may be there.
async fn greet(tenant: &Tenant) -> Result<String> {
    let application = tenant.application().await?;
    let clients = tenant.clients().count(&ClientFilter::default()).await?;
    Ok(format!("{}: {clients} clients", application.name))
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    let ada = NewUser::new(format!("ada.{run}@example.com").parse()?);
    let ada = db.users().create(ada).await?;
    let new = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: format!("another-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let bakery = db.applications().create(ada.id, new).await?;
    let tenant = db.tenant(ada.id, bakery.id).await?;
    println!("{}", greet(&tenant).await?);
    db.close().await
}
