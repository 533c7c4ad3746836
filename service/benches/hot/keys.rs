//! What is asked for: every key is computed from a number, the same here as in the fill, so that nobody has to read one
//! first.

use service::Email;
use service::secret::TokenKind;
use uuid::Uuid;

pub(crate) use crate::common::ids::secret;
use crate::common::token;
pub(crate) use crate::common::{Draw, Kind, id};
use crate::operation::{Ask, Operation};

/// Users, of which each is a member of [`PLACES`] applications.
pub(crate) const USERS: usize = 100_000;
/// Applications, each with the standard roles.
pub(crate) const APPLICATIONS: usize = 1_000;
/// Memberships of a user.
pub(crate) const PLACES: usize = 3;
/// Clients, spread over the applications.
pub(crate) const CLIENTS: usize = 500_000;
/// Sessions, each inside an application of its user.
pub(crate) const SESSIONS: usize = 100_000;
/// Magic links, one of each user.
pub(crate) const LINKS: usize = 100_000;

/// Live clients before the page that is read: of 475 in an application.
pub(crate) const BEFORE_PAGE: u64 = 200;
/// Rows of that page.
pub(crate) const PAGE: usize = 50;
/// The client that the page begins after: one in 20 is deleted, the first among them.
const LAST_BEFORE_PAGE: usize = 210;

/// The application of a user's membership `place`.
pub(crate) fn application_of(user: usize, place: usize) -> usize {
    (user * 7 + place * 331) % APPLICATIONS
}

/// The owner of an application: the one of the first users whose first membership it is.
pub(crate) fn owner_of(application: usize) -> usize {
    // 7 × 143 is 1 more than a multiple of 1,000.
    application * 143 % APPLICATIONS
}

/// Keys that are text: made once, and not while something is measured.
pub(crate) struct Keys {
    pub(crate) emails: Vec<Email>,
    pub(crate) sessions: Vec<String>,
    pub(crate) links: Vec<String>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self {
            emails: (0..USERS)
                .map(|user| format!("user{user}@example.com").parse())
                .collect::<Result<_, _>>()
                .expect("addresses"),
            sessions: (0..SESSIONS)
                .map(|number| token(Kind::Session, number, TokenKind::Session))
                .collect(),
            links: (0..LINKS)
                .map(|number| token(Kind::Link, number, TokenKind::MagicLink))
                .collect(),
        }
    }

    /// The client that the page of an application begins after.
    pub(crate) fn after(application: usize) -> Uuid {
        id(Kind::Client, application + LAST_BEFORE_PAGE * APPLICATIONS)
    }
}

impl Draw {
    /// What to ask next. `number`: how many were asked before in this window, by all workers; `None`: the tokens are used
    /// up.
    pub(crate) fn ask(&mut self, operation: Operation, window: u64, number: usize) -> Option<Ask> {
        Some(match operation {
            Operation::UserByEmail => Ask::UserByEmail(self.below(USERS)),
            Operation::Tenant => {
                let user = self.below(USERS);
                Ask::Tenant {
                    user: id(Kind::User, user),
                    application: id(Kind::Application, application_of(user, self.below(PLACES))),
                }
            }
            Operation::Page => Ask::Page(self.below(APPLICATIONS)),
            Operation::SignUp | Operation::SignUpInOne => Ask::SignUp {
                email: format!("new-{window}-{number}@example.com"),
                application: self.below(APPLICATIONS),
                in_one: operation == Operation::SignUpInOne,
            },
            Operation::Consume => Ask::Consume((number < LINKS).then_some(number)?),
            Operation::Resolve => Ask::Resolve(self.below(SESSIONS)),
        })
    }
}
