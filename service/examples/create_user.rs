//! Create a user, find it, change it, meet the typed errors: `cargo run -p migration -- up`, then
//! `cargo run -p service --example create_user`.

use service::{Change, Config, Db, Error, NewUser, Result, UserPatch};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    create_user(&db, &run).await?;
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn create_user(db: &Db, run: &str) -> Result<()> {
    // Input is checked where it comes in, and put in one form: `Ada@…` and `ada@…` are one address.
    let email = format!("Ada.{run}@Example.com").parse()?;
    let new = NewUser {
        name: Some("Ada Lindqvist".parse()?),
        ..NewUser::new(email)
    };
    let ada = db.users().create(new).await?;
    println!("created {} <{}>", ada.id, ada.email);

    let found = db.users().find_by_email(&ada.email.parse()?).await?;
    assert_eq!(found.as_ref(), Some(&ada));

    // What is left out of a patch stays; `Change::Clear` empties.
    let patch = UserPatch {
        name: Change::Set("Ada Byron".parse()?),
        ..UserPatch::default()
    };
    let ada = db.users().update(ada.id, patch).await?;
    assert_eq!(ada.name.as_deref(), Some("Ada Byron"));

    // Errors are told by meaning, on both databases alike.
    let again = db.users().create(NewUser::new(ada.email.parse()?)).await;
    assert!(matches!(again, Err(Error::Conflict { field }) if field == "email"));
    let refused = "no address".parse::<service::Email>();
    println!("refused: {}", refused.expect_err("there is no @ in it"));
    Ok(())
}
