//! What is measured, what comes back, and what it is measured through.

use entity::{applications, clients, users};
use serde::Deserialize;
use service::{Session, SignedIn, Tenant};
use uuid::Uuid;

pub(crate) use crate::common::Outcome;

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    UserByEmail,
    Tenant,
    Page,
    SignUp,
    SignUpInOne,
    Consume,
    Resolve,
}

impl Operation {
    pub(crate) const ALL: [Self; 7] = [
        Self::UserByEmail,
        Self::Tenant,
        Self::Page,
        Self::Resolve,
        Self::SignUp,
        Self::SignUpInOne,
        Self::Consume,
    ];

    /// What arguments and the JSON call it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::UserByEmail => "a",
            Self::Tenant => "b",
            Self::Page => "c",
            Self::SignUp => "d",
            Self::SignUpInOne => "d1",
            Self::Consume => "e",
            Self::Resolve => "f",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::UserByEmail => "user by e-mail",
            Self::Tenant => "membership with roles and permissions",
            Self::Page => "page of 50 clients",
            Self::SignUp => "sign-up: user, membership, role",
            Self::SignUpInOne => "sign-up as one statement",
            Self::Consume => "magic link used, once",
            Self::Resolve => "session with user, roles and permissions",
        }
    }

    /// Whether it waits for the disk where commits do.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::SignUp | Self::SignUpInOne | Self::Consume)
    }
}

/// An operation with its keys.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// A user's number.
    UserByEmail(usize),
    Tenant {
        user: Uuid,
        application: Uuid,
    },
    /// An application's number.
    Page(usize),
    SignUp {
        email: String,
        /// An application's number.
        application: usize,
        in_one: bool,
    },
    /// A magic link's number.
    Consume(usize),
    /// A session's number.
    Resolve(usize),
}

/// What comes back, owned and complete: whoever asks through SQL of their own makes the same of it.
#[derive(Debug)]
pub(crate) enum Answer {
    /// There is none, or it is not live.
    Nothing,
    User(users::Model),
    Tenant(Tenant),
    Access(Access),
    Page(Page),
    SignedUp(SignedUp),
    SignedIn(SignedIn),
    Carrier(Carrier),
}

/// What a member may do.
#[derive(Debug, Deserialize)]
pub(crate) struct Access {
    pub(crate) roles: Vec<String>,
    pub(crate) permissions: Vec<String>,
}

/// A page, and whether there is another one.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) clients: Vec<clients::Model>,
    pub(crate) more: bool,
}

/// A user who was made a member.
#[derive(Debug, Deserialize)]
pub(crate) struct SignedUp {
    pub(crate) user: users::Model,
    pub(crate) roles: Vec<String>,
}

/// Who carries a token.
#[derive(Debug)]
pub(crate) struct Carrier {
    pub(crate) session: Session,
    pub(crate) user: users::Model,
    pub(crate) application: Option<applications::Model>,
    /// What the user may do there.
    pub(crate) access: Option<Access>,
    pub(crate) rotation_due: bool,
}

/// A way to reach the database.
pub(crate) trait Stack: Clone + Send + Sync + 'static {
    /// Whether each worker needs a thread of its own, since it waits without giving way.
    const BLOCKS: bool = false;

    /// Answers `ask` for a worker, who asks one thing at a time.
    fn answer(&self, worker: usize, ask: Ask) -> impl Future<Output = Outcome<Answer>> + Send;
}

impl Answer {
    /// What it says, the same from every stack.
    pub(crate) fn content(&self) -> String {
        match self {
            Self::Nothing => "nothing".into(),
            Self::User(user) => format!("{user:?}"),
            Self::Tenant(tenant) => access(tenant),
            Self::Access(access) => format!("{:?} {:?}", access.roles, access.permissions),
            Self::Page(page) => format!("{} {:?}", page.more, page.clients),
            // The rest is new each time.
            Self::SignedUp(made) => {
                let user = &made.user;
                format!("{:?} {:?} {:?}", user.name, user.deleted_at, made.roles)
            }
            Self::SignedIn(found) => format!(
                "{:?} {:?} {:?} {:?} {}",
                found.session,
                found.user,
                found.application,
                found.tenant.as_ref().map(access),
                found.rotation_due
            ),
            Self::Carrier(found) => {
                let access = found.access.as_ref();
                let access =
                    access.map(|access| format!("{:?} {:?}", access.roles, access.permissions));
                format!(
                    "{:?} {:?} {:?} {access:?} {}",
                    found.session, found.user, found.application, found.rotation_due
                )
            }
        }
    }
}

fn access(tenant: &Tenant) -> String {
    let permissions: Vec<_> = tenant
        .permissions()
        .iter()
        .map(service::Permission::as_str)
        .collect();
    format!("{:?} {permissions:?}", tenant.role_keys())
}
