//! README's account of the end of life, run: `cargo run -p migration -- up`, then
//! `cargo run -p service --example lifecycle`.

use service::lifecycle::Progress;
use service::{Config, Db, Error, NewApplication, NewUser, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    lifecycle(&db, &run).await?;
    println!("exported, erased, purged");
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn lifecycle(db: &Db, run: &str) -> Result<()> {
    let address = |name: &str| format!("{name}.{run}@example.com").parse();
    let ada = db.users().create(NewUser::new(address("ada")?)).await?;
    let bob = db.users().create(NewUser::new(address("bob")?)).await?;
    let new_application = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: format!("end-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let bakery = db.applications().create(ada.id, new_application).await?;

    // readme: begin
    // All that is stored about a user: one JSON document, written as it is read, to a file or a response.
    let mut file = Vec::new();
    db.lifecycle().export_user(ada.id, &mut file).await?;
    assert!(file.starts_with(b"{\n\"format\": \"aura.user\""));

    // Nobody is erased who is the only owner of an application: the error names it.
    let refused = db.lifecycle().erase_user(ada.id).await;
    assert!(matches!(refused, Err(Error::StillOwner { applications }) if applications.len() == 1));
    let tenant = db.tenant(ada.id, bakery.id).await?;
    let members = tenant.admin()?.members();
    members.add(bob.id, &["owner"]).await?;

    // Erased: no column of any table tells who it was. What others did, wrote and look after stays.
    db.lifecycle().erase_user(ada.id).await?;
    assert_eq!(db.users().get(ada.id).await?, None);
    assert!(db.audit().verify(&[]).await?.broken.is_none());

    // Once a day: what was deleted or has ended goes for good, once it was kept as long as the configuration says.
    let show = |progress: &Progress| println!("{}: {}", progress.table, progress.removed);
    let purged = db.lifecycle().apply_retention(500, show).await?;
    println!("{} rows", purged.total());
    // readme: end
    Ok(())
}
