//! Single-use tokens: issue, look at, use, void: `cargo run -p migration -- up`, then
//! `cargo run -p service --example tokens`.

use service::{Config, Db, Error, Intent, NewUser, Purpose, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    tokens(&db, &run).await?;
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn tokens(db: &Db, run: &str) -> Result<()> {
    let ada = NewUser::new(format!("ada.{run}@example.com").parse()?);
    let ada = db.users().create(ada).await?;
    let tokens = db.verification_tokens();

    // Handed out once: sending it is yours, the database holds its hash. `Debug` does not show it.
    let issued = tokens.issue(Intent::VerifyEmail, ada.id, None).await?;
    let token = issued.token.reveal().to_owned();
    let prefix: String = token.chars().take(16).collect();
    println!("{prefix}… until {}", issued.expires_at);

    // Looking at it (programs open links too) leaves it valid; using it has its effect in the same transaction.
    let seen = tokens.peek(Purpose::EmailVerification, &token).await?;
    assert_eq!(seen.user.id, ada.id);
    let ada = tokens.verify_email(&token).await?;
    assert!(ada.email_verified_at.is_some());

    // Used, of another purpose, replaced, taken back: one error, which does not say which.
    let used = tokens.verify_email(&token).await;
    assert!(matches!(used, Err(Error::InvalidToken)));
    let first = tokens.issue(Intent::SignIn, ada.id, None).await?;
    let second = tokens.issue(Intent::SignIn, ada.id, None).await?;
    let replaced = tokens.sign_in(first.token.reveal()).await;
    assert!(matches!(replaced, Err(Error::InvalidToken)));
    let signed_in = tokens.sign_in(second.token.reveal()).await?;
    assert_eq!(signed_in.id, ada.id);
    tokens.issue(Intent::ResetPassword, ada.id, None).await?;
    assert_eq!(tokens.revoke(ada.id, None).await?, 1);
    Ok(())
}
