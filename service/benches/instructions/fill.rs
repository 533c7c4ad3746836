//! The rows that the operations meet, made through the public verbs.

use serde::{Deserialize, Serialize};

use service::{Config, Db, Intent, NewApplication, NewClient, NewSession, NewUser};
use uuid::Uuid;

use crate::Outcome;

/// Runs of an operation before it is counted: statements are prepared, buffers have grown.
pub(crate) const BEFORE: usize = 30;
/// Runs that are counted.
pub(crate) const COUNTED: usize = 200;
/// Clients before the page that is read.
pub(crate) const BEFORE_PAGE: u64 = 20;
/// Rows of that page.
pub(crate) const PAGE: usize = 50;
/// The role that who signs up gets.
pub(crate) const ROLE: &str = "member";

/// Clients: before the page, on it, and after it.
const CLIENTS: u64 = 20 + 50 + 10;

/// What the process under callgrind has to know. It goes through a pipe: there are secrets in it.
#[derive(Deserialize, Serialize)]
pub(crate) struct Filled {
    pub(crate) url: String,
    pub(crate) owner: Uuid,
    pub(crate) application: Uuid,
    /// The client that the page begins after.
    pub(crate) last_before_page: Uuid,
    pub(crate) emails: Vec<String>,
    pub(crate) session: String,
    /// One for each run, with the audit and then without: a link is used once.
    pub(crate) links: Vec<String>,
}

/// Fills a migrated database.
pub(crate) async fn fill(url: &str) -> Outcome<Filled> {
    let db = Db::connect(Config::new(url).max_connections(1)).await?;
    let owner = NewUser::new("owner@example.com".parse()?);
    let owner = db.users().create(owner).await?.id;
    let new = NewApplication {
        name: "Harbour Bakery".parse()?,
        slug: "harbour-bakery".parse()?,
        description: None,
        public_id: None,
        compute_id: None,
    };
    let application = db.applications().create(owner, new).await?.id;
    let tenant = db.tenant(owner, application).await?;
    let mut last_before_page = Uuid::nil();
    for number in 1..=CLIENTS {
        let new = NewClient {
            email: Some(format!("client{number}@example.com").parse()?),
            ..NewClient::new(format!("Client {number}").parse()?)
        };
        let client = tenant.clients().create(new).await?.id;
        if number == BEFORE_PAGE {
            last_before_page = client;
        }
    }
    let new = NewSession {
        application_id: Some(application),
        ..NewSession::default()
    };
    let session = db.sessions().open(owner, new).await?;

    let (mut emails, mut links) = (Vec::new(), Vec::new());
    for number in 0..2 * (BEFORE + COUNTED) {
        let email = format!("user{number}@example.com");
        let user = db.users().create(NewUser::new(email.parse()?)).await?.id;
        let tokens = db.verification_tokens();
        // The first link that is used proves the address, which takes more than those after it.
        let first = tokens.issue(Intent::SignIn, user, None).await?;
        tokens.sign_in(first.token.reveal()).await?;
        let link = tokens.issue(Intent::SignIn, user, None).await?;
        links.push(link.token.reveal().to_owned());
        emails.push(email);
    }
    db.close().await?;
    Ok(Filled {
        url: url.to_owned(),
        owner,
        application,
        last_before_page,
        emails,
        session: session.token.reveal().to_owned(),
        links,
    })
}
