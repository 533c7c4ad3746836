//! The audit of README, run: `cargo run -p migration -- up`, then `cargo run -p service --example audit`.

use service::audit::AuditFilter;
use service::{ClientPatch, Config, Db, NewApplication, NewClient, NewUser, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    audit(&db, &run).await?;
    println!("everything is accounted for");
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn audit(db: &Db, run: &str) -> Result<()> {
    let new_application = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: format!("audit-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let ada = NewUser::new(format!("ada.{run}@example.com").parse()?);
    let ada = db.users().create(ada).await?;
    let bakery = db.applications().create(ada.id, new_application).await?;
    let tenant = db.tenant(ada.id, bakery.id).await?;

    // readme: begin
    let hotel = NewClient::new("Hotel Belvedere".parse()?);
    let hotel = tenant.clients().create(hotel).await?;
    let renamed = ClientPatch {
        name: Some("Grand Hotel Belvedere".parse()?),
        ..ClientPatch::default()
    };
    tenant.clients().update(hotel.id, renamed).await?;

    // Who did what to which row, and what changed: found by subject, actor, action and time, the newest first.
    let audit = tenant.admin()?.audit();
    let renaming = AuditFilter {
        action: Some("client.update".into()),
        ..AuditFilter::default()
    };
    let event = audit.list(&renaming, 50, None).await?.items.remove(0);
    assert_eq!((event.actor_id, event.subject.id), (Some(ada.id), hotel.id));
    let changed = &event.detail.as_ref().expect("a detail")["changed"];
    assert_eq!(changed["name"][0], "Hotel Belvedere");
    assert_eq!(changed["name"][1], "Grand Hotel Belvedere");

    // Work that no user asked for says why.
    let import = db.system(bakery.id, "import of the old customers").await?;
    let inn = NewClient::new("Station Inn".parse()?);
    import.clients().create(inn).await?;

    // The application's events are a chain. Keep the anchors where the database's owner cannot reach them.
    let found = audit.verify(&[]).await?;
    assert_eq!(found.broken, None);
    let again = audit.verify(&found.anchors).await?;
    assert_eq!(again.broken, None);
    // readme: end
    Ok(())
}
