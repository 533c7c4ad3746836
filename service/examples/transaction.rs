//! Transactions: all of it or nothing, and a part undone alone: `cargo run -p migration -- up`, then
//! `cargo run -p service --example transaction`.

use service::{Config, Db, Email, Error, NewUser, Result, TransactionOptions};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    transaction(&db, &run).await?;
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn transaction(db: &Db, run: &str) -> Result<()> {
    let address = |name: &str| format!("{name}.{run}@example.com").parse::<Email>();
    let (ada, bob, eve) = (address("ada")?, address("bob")?, address("eve")?);

    // An error undoes all of it. Inside, work with the `db` that is handed in.
    let refused = db
        .transaction(async |db| {
            db.users().create(NewUser::new(eve.clone())).await?;
            Err::<(), _>(Error::invalid("order", "is empty"))
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(db.users().find_by_email(&eve).await?, None);

    // A transaction inside a transaction is a savepoint: its error undoes it alone.
    db.transaction(async |db| {
        db.users().create(NewUser::new(ada.clone())).await?;
        let twice = db
            .transaction(async |db| {
                db.users().create(NewUser::new(bob.clone())).await?;
                db.users().create(NewUser::new(ada.clone())).await
            })
            .await;
        assert!(matches!(twice, Err(Error::Conflict { .. })));
        Ok::<_, Error>(())
    })
    .await?;
    assert!(db.users().find_by_email(&ada).await?.is_some());
    assert_eq!(db.users().find_by_email(&bob).await?, None);

    // As if alone, and done again where it met another transaction: up to five times.
    let alone = TransactionOptions::serializable(5);
    let users = db
        .transaction_with(alone, async |db| db.users().count().await)
        .await?;
    println!("{users} users");
    Ok(())
}
