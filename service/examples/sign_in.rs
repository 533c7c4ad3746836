//! README's account of signing in, run: `cargo run -p migration -- up`, then `cargo run -p service --example sign_in`.

use std::net::{IpAddr, Ipv4Addr};

use service::{
    Config, Db, Intent, NewApplication, NewInvitation, NewSession, NewUser, Result, UserAgent,
};

#[tokio::main]
async fn main() -> Result<()> {
    let db = Db::connect(Config::from_env()?).await?; // DATABASE_URL, or aura.db
    let run = db.new_id().simple().to_string();
    sign_in(&db, &run).await?;
    println!("signed up, signed in, signed out");
    db.close().await
}

/// `run` tells what this run makes from what others made.
pub(crate) async fn sign_in(db: &Db, run: &str) -> Result<()> {
    let ip = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
    let header = "Mozilla/5.0 (X11; Linux x86_64)";
    let new_application = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: format!("harbour-{run}").parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let address = |name: &str| format!("{name}.{run}@example.com").parse();
    let (email, bobs_email) = (address("ada")?, address("bob")?);

    // readme: begin
    // Sign up. Input is checked where it comes in; what is too short, too common or the user's own name is refused.
    let password = "seven quiet herons at dawn".parse()?;
    let ada = db
        .passwords()
        .sign_up(NewUser::new(email), &password)
        .await?;

    // Verify the address. The token is handed out once: sending it is yours, the database holds its hash.
    let issued = db
        .verification_tokens()
        .issue(Intent::VerifyEmail, ada.id, None)
        .await?;
    let token = issued.token.reveal().to_owned(); // aura_verify_…
    let ada = db.verification_tokens().verify_email(&token).await?;
    assert!(ada.email_verified_at.is_some());

    // Sign in. Unknown, deleted and wrong are one error at one cost; guesses are slowed down by account and source.
    let email = ada.email.parse()?;
    let new = NewSession {
        ip,
        user_agent: UserAgent::from_header(header),
        ..NewSession::default()
    };
    let passwords = db.passwords();
    let opened = passwords.sign_in(&email, &password, ip, new).await?;
    let cookie = opened.token;

    // Enter an application: whoever gets other permissions gets another token, and the old one is dead.
    let bakery = db.applications().create(ada.id, new_application).await?;
    let cookie = db
        .sessions()
        .switch_application(cookie.reveal(), Some(bakery.id))
        .await?;

    // On each request: one query gives the user, the application, roles and permissions as they are now.
    let signed_in = db.sessions().resolve(cookie.reveal()).await?;
    let tenant = signed_in.tenant()?;
    tenant.require("clients.write")?;

    // Invite somebody who is no user yet: user, password and membership come about together, or not at all.
    let invitation = NewInvitation {
        email: bobs_email,
        roles: vec!["member".parse()?],
    };
    let invited = tenant
        .admin()?
        .invitations()
        .create(invitation, None)
        .await?;
    let offer = db.invitations().peek(invited.token.reveal()).await?;
    let bob = NewUser::new(offer.invitation.email.parse()?);
    let password = "a lighthouse under the rain".parse()?;
    let as_bob = db
        .invitations()
        .accept_as_new(invited.token.reveal(), bob, Some(&password))
        .await?;
    assert_eq!(as_bob.role_keys(), ["member"]);

    // Forgot the password: the token is used and the password set in one transaction; every session ends with it.
    let issued = db
        .verification_tokens()
        .issue(Intent::ResetPassword, ada.id, None)
        .await?;
    let password = "eleven loud geese at noon".parse()?;
    let tokens = db.verification_tokens();
    tokens
        .reset_password(issued.token.reveal(), &password)
        .await?;
    assert!(db.sessions().resolve(cookie.reveal()).await.is_err());
    // readme: end
    Ok(())
}
