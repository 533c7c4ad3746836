//! Ours: `Db` and its verbs, as an application calls them.

use std::sync::Arc;

use service::{ClientFilter, ClientOrder, Config, Cursor, Db, Error, NewUser, Tenant};

use super::{CONNECTIONS, sql};
use crate::keys::{APPLICATIONS, BEFORE_PAGE, Keys, Kind, PAGE, id, owner_of};
use crate::operation::{Answer, Ask, Outcome, Page, SignedUp, Stack};

#[derive(Clone)]
pub(crate) struct Ours {
    keys: Arc<Keys>,
    db: Db,
    applications: Arc<[Application]>,
}

/// What a request has got before it comes to what is measured.
struct Application {
    /// As its owner sees it.
    tenant: Tenant,
    /// Half-way through its clients.
    cursor: Cursor,
}

impl Ours {
    pub(crate) async fn connect(url: &str, audited: bool, keys: Arc<Keys>) -> Outcome<Self> {
        let config = Config::new(url).max_connections(CONNECTIONS).audit(audited);
        let db = Db::connect(config).await?;
        let mut applications = Vec::with_capacity(APPLICATIONS);
        for number in 0..APPLICATIONS {
            let owner = id(Kind::User, owner_of(number));
            let tenant = db.tenant(owner, id(Kind::Application, number)).await?;
            let before = tenant
                .clients()
                .list(&ClientFilter::default(), ClientOrder::Id, BEFORE_PAGE, None)
                .await?;
            let last = before.items.last().map(|client| client.id);
            if last != Some(Keys::after(number)) {
                return Err("the page does not begin where that of the others does".into());
            }
            let cursor = before.next.ok_or("an application has too few clients")?;
            applications.push(Application { tenant, cursor });
        }
        Ok(Self {
            keys,
            db,
            applications: applications.into(),
        })
    }

    async fn sign_up(&self, email: &str, application: usize) -> Result<Answer, Error> {
        let admin = self.applications[application].tenant.admin()?;
        let new = NewUser::new(email.parse()?);
        let member = admin.members().sign_up(new, &[sql::ROLE]).await?;
        Ok(Answer::SignedUp(SignedUp {
            roles: member.roles.into_iter().map(|role| role.key).collect(),
            user: member.user,
        }))
    }

    async fn page(&self, application: usize) -> Result<Answer, Error> {
        let Application { tenant, cursor } = &self.applications[application];
        let page = tenant
            .clients()
            .list(
                &ClientFilter::default(),
                ClientOrder::Id,
                PAGE as u64,
                Some(cursor),
            )
            .await?;
        Ok(Answer::Page(Page {
            clients: page.items,
            more: page.next.is_some(),
        }))
    }

    async fn ask(&self, ask: Ask) -> Result<Answer, Error> {
        match ask {
            Ask::UserByEmail(number) => {
                let email = &self.keys.emails[number];
                let user = self.db.users().find_by_email(email).await?;
                Ok(user.map_or(Answer::Nothing, Answer::User))
            }
            Ask::Tenant { user, application } => {
                self.db.tenant(user, application).await.map(Answer::Tenant)
            }
            Ask::Page(application) => self.page(application).await,
            Ask::SignUp {
                email, application, ..
            } => self.sign_up(&email, application).await,
            Ask::Consume(number) => {
                let link = &self.keys.links[number];
                let user = self.db.verification_tokens().sign_in(link).await?;
                Ok(Answer::User(user))
            }
            Ask::Resolve(number) => {
                let token = &self.keys.sessions[number];
                let found = self.db.sessions().resolve(token).await?;
                Ok(Answer::SignedIn(found))
            }
        }
    }
}

impl Stack for Ours {
    async fn answer(&self, _worker: usize, ask: Ask) -> Outcome<Answer> {
        match self.ask(ask).await {
            Err(Error::NotFound | Error::InvalidToken) => Ok(Answer::Nothing),
            other => Ok(other?),
        }
    }
}
