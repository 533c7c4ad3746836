//! What is counted.

use service::{ClientFilter, ClientOrder, Config, Cursor, Db, Email, NewUser, Tenant};

use crate::Outcome;
use crate::fill::{BEFORE_PAGE, Filled, PAGE, ROLE};

/// An operation of ours, or one by hand beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    UserByEmail,
    UserByHand,
    Tenant,
    Page,
    PageByHand,
    Resolve,
    SignUp,
    SignUpWithoutAudit,
    Consume,
    ConsumeWithoutAudit,
}

impl Operation {
    /// In the order in which they are counted and listed.
    pub(crate) const ALL: [Self; 10] = [
        Self::UserByEmail,
        Self::UserByHand,
        Self::Tenant,
        Self::Page,
        Self::PageByHand,
        Self::Resolve,
        Self::SignUp,
        Self::SignUpWithoutAudit,
        Self::Consume,
        Self::ConsumeWithoutAudit,
    ];

    /// Those that are compared, ours first.
    pub(crate) const BY_HAND: [(Self, Self); 2] = [
        (Self::UserByEmail, Self::UserByHand),
        (Self::Page, Self::PageByHand),
    ];

    /// What the file and the table call it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::UserByEmail => "user by e-mail",
            Self::UserByHand => "user by e-mail, tokio-postgres",
            Self::Tenant => "membership with roles and permissions",
            Self::Page => "page of 50 clients",
            Self::PageByHand => "page of 50 clients, tokio-postgres",
            Self::Resolve => "session with user, roles and permissions",
            Self::SignUp => "sign-up: user, membership, role",
            Self::SignUpWithoutAudit => "sign-up, audit off",
            Self::Consume => "magic link used",
            Self::ConsumeWithoutAudit => "magic link used, audit off",
        }
    }
}

/// Ours, as an application calls it.
pub(crate) struct Ours {
    db: Db,
    tenant: Tenant,
    cursor: Cursor,
    emails: Vec<Email>,
    /// Part of the addresses that sign up.
    name: &'static str,
}

impl Ours {
    pub(crate) async fn connect(filled: &Filled, audited: bool) -> Outcome<Self> {
        // Under valgrind a second is a short time.
        let patience = std::time::Duration::from_mins(1);
        let config = Config::new(&filled.url)
            .max_connections(1)
            .acquire_timeout(patience)
            .connect_timeout(patience)
            .audit(audited);
        let db = Db::connect(config).await?;
        let tenant = db.tenant(filled.owner, filled.application).await?;
        let before = tenant
            .clients()
            .list(&ClientFilter::default(), ClientOrder::Id, BEFORE_PAGE, None)
            .await?;
        Ok(Self {
            cursor: before.next.ok_or("too few clients")?,
            emails: filled
                .emails
                .iter()
                .map(|email| email.parse())
                .collect::<Result<_, _>>()?,
            name: if audited { "audited" } else { "plain" },
            db,
            tenant,
        })
    }

    pub(crate) async fn user(&self, number: usize) -> Outcome<()> {
        let email = &self.emails[number % self.emails.len()];
        let user = self.db.users().find_by_email(email).await?;
        user.map(drop).ok_or_else(|| "no such user".into())
    }

    pub(crate) async fn tenant(&self, filled: &Filled) -> Outcome<()> {
        drop(self.db.tenant(filled.owner, filled.application).await?);
        Ok(())
    }

    pub(crate) async fn page(&self) -> Outcome<()> {
        let page = self
            .tenant
            .clients()
            .list(
                &ClientFilter::default(),
                ClientOrder::Id,
                PAGE as u64,
                Some(&self.cursor),
            )
            .await?;
        if page.items.len() != PAGE || page.next.is_none() {
            return Err("not a whole page in the middle".into());
        }
        Ok(())
    }

    pub(crate) async fn resolve(&self, token: &str) -> Outcome<()> {
        drop(self.db.sessions().resolve(token).await?);
        Ok(())
    }

    pub(crate) async fn sign_up(&self, number: usize) -> Outcome<()> {
        let new = NewUser::new(format!("{}-{number}@example.com", self.name).parse()?);
        let admin = self.tenant.admin()?;
        drop(admin.members().sign_up(new, &[ROLE]).await?);
        Ok(())
    }

    pub(crate) async fn consume(&self, link: &str) -> Outcome<()> {
        drop(self.db.verification_tokens().sign_in(link).await?);
        Ok(())
    }
}
