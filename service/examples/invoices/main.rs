//! An application with tables of its own, within the same walls: `cargo run -p service --example invoices`.
//!
//! It uses a database of its own in the temporary directory, or that of `DATABASE_URL`. `billing` holds what such an
//! application writes: a migration, the entities as generated, and one `scoped!` line for each.

use std::error::Error;

use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, Set};
use service::{Config, Db, NewApplication, NewClient, NewUser, Tenant};

use billing::{ByNumber, History, invoice_lines, invoices};

mod billing;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let file = std::env::temp_dir().join(format!("aura-invoices-{}.db", std::process::id()));
    let (url, ours) = match std::env::var("DATABASE_URL") {
        Ok(url) => (url, false),
        Err(_) => (format!("sqlite://{}?mode=rwc", file.display()), true),
    };
    let toured = tour(&url).await;
    if ours {
        for end in ["", "-wal", "-shm"] {
            // Not there is as good as gone.
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    }
    toured
}

async fn tour(url: &str) -> Result<()> {
    let admin = sea_orm::Database::connect(url).await?;
    migration::migrate::up::<History>(&admin, &migration::migrate::Options::default(), &mut |_| {})
        .await?;
    admin.close().await?;
    println!("migrated: the schema of AuraID Database, then `invoices` and `invoice_lines`");

    let db = Db::connect(Config::new(url)).await?;
    // Every run makes two applications of its own.
    let run = db.new_id().simple().to_string();
    let (one, other) = (
        application(&db, &run, "one").await?,
        application(&db, &run, "other").await?,
    );
    let client = one
        .clients()
        .create(NewClient::new("Ada Ltd".parse()?))
        .await?;

    let number = invoices::Column::Number;
    for (n, cents) in [("2027-1", 12_000), ("2027-2", 8_000)] {
        bill(&one, client.id, n, cents).await?;
    }
    let seen = one
        .find::<invoices::Entity>()
        .order_by(number, Order::Asc)
        .all()
        .await?;
    println!(
        "one sees {:?}",
        seen.iter().map(|row| &row.number).collect::<Vec<_>>()
    );
    let theirs = other
        .find::<invoices::Entity>()
        .filter(Condition::any().add(number.is_not_null()));
    println!(
        "other sees {}, whatever it asks for",
        theirs.with_deleted().count().await?
    );

    let foreign = bill(&other, client.id, "2027-1", 1).await;
    println!(
        "other bills the client of one: {}",
        foreign.expect_err("refused")
    );
    let taken = bill(&one, client.id, "2027-1", 1).await;
    println!("one uses a number twice: {}", taken.expect_err("refused"));

    let deleted = one
        .delete_where::<invoices::Entity>(number.eq("2027-1"))
        .await?;
    println!(
        "one deletes 2027-1: {} left",
        one.find::<invoices::Entity>().count().await?
    );
    if let Some(deletion) = deleted.deletion_id {
        println!(
            "other restores that: {}",
            other
                .restore::<invoices::Entity>(deletion)
                .await
                .expect_err("refused")
        );
        println!(
            "one restores that: {} back",
            one.restore::<invoices::Entity>(deletion).await?
        );
    }

    let page = one
        .find::<invoices::Entity>()
        .page::<ByNumber>(50, None)
        .await?;
    let lines = one
        .load_many::<invoice_lines::Entity, _>(&page.items)
        .await?;
    for (invoice, lines) in page.items.iter().zip(&lines) {
        println!(
            "{}: {} cents in {} lines",
            invoice.number,
            invoice.total_cents,
            lines.len()
        );
    }
    one.clients().delete(client.id).await?;
    let billed = one
        .find::<invoices::Entity>()
        .both::<entity::clients::Entity>()
        .all()
        .await?;
    println!(
        "the client is deleted: {} invoices of live clients",
        billed.len()
    );
    db.close().await?;
    Ok(())
}

/// An application with an owner, as that owner sees it.
async fn application(db: &Db, run: &str, name: &str) -> Result<Tenant> {
    let owner = db
        .users()
        .create(NewUser::new(format!("{name}@{run}.test").parse()?))
        .await?;
    let application = NewApplication {
        name: name.parse()?,
        slug: format!("{name}-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let application = db.applications().create(owner.id, application).await?;
    Ok(db.tenant(owner.id, application.id).await?)
}

/// An invoice and its line, both or neither.
async fn bill(
    tenant: &Tenant,
    client_id: uuid::Uuid,
    number: &str,
    cents: i64,
) -> service::Result<()> {
    tenant
        .transaction(async |tenant| {
            let invoice = invoices::ActiveModel {
                client_id: Set(client_id),
                number: Set(number.to_owned()),
                total_cents: Set(cents),
                ..Default::default()
            };
            let invoice = tenant.insert::<invoices::Entity>(invoice).await?;
            let line = invoice_lines::ActiveModel {
                invoice_id: Set(invoice.id),
                position: Set(1),
                description: Set("Advice".to_owned()),
                cents: Set(cents),
                ..Default::default()
            };
            tenant.insert::<invoice_lines::Entity>(line).await?;
            Ok(())
        })
        .await
}
