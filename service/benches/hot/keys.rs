//! What is asked for: every key is computed from a number, the same here as in the fill, so that nobody has to read one
//! first.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service::Email;
use service::secret::TokenKind;
use sha2::{Digest, Sha256};
use uuid::Uuid;

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

/// What a row is; the first part of its id.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    User = 1,
    Application = 2,
    Role = 3,
    Client = 4,
    Link = 5,
    Session = 6,
}

/// The id of row `number`, as `bench_id` of the fill makes it: in the order of the numbers, as UUIDs of version 7 are.
pub(crate) fn id(kind: Kind, number: usize) -> Uuid {
    Uuid::from_u128(
        ((kind as u128) << 96) | (0x7000 << 64) | (0x8000_0000_0000_0000 | number as u128),
    )
}

/// The secret of a token.
pub(crate) fn secret(kind: Kind, number: usize) -> [u8; 32] {
    let name = if matches!(kind, Kind::Session) {
        "session"
    } else {
        "link"
    };
    Sha256::digest(format!("{name} {number}")).into()
}

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
        let token = |kind: Kind, number: usize, of: TokenKind| {
            let body = [
                id(kind, number).as_bytes().as_slice(),
                &secret(kind, number),
            ]
            .concat();
            format!("{}_{}", of.prefix(), URL_SAFE_NO_PAD.encode(body))
        };
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

/// Numbers at random, the same in every run (`SplitMix64`).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        drawn ^ (drawn >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

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
