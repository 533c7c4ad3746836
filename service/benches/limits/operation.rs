//! What is asked as tables grow.

use service::secret::TokenKind;
use service::{Email, NewUser};
use uuid::Uuid;

use crate::common::{Draw, Kind, Outcome, id, token};
use crate::fill::APPLICATIONS;

/// Coprime to every number of rows: so many steps on, round the table, meet each row once, far from the one before.
const STEP: usize = 2_147_483_647;

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    UserByEmail,
    Tenant,
    Page,
    SignUp,
    Consume,
    Resolve,
}

impl Operation {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::UserByEmail => "user by e-mail",
            Self::Tenant => "membership with roles and permissions",
            Self::Page => "page of 50 clients",
            Self::SignUp => "sign-up: user, membership, role",
            Self::Consume => "magic link used, once",
            Self::Resolve => "session with user, roles and permissions",
        }
    }

    /// How many are asked in one round: no more links than the small table has in all rounds together.
    pub(crate) fn asked(self) -> usize {
        match self {
            Self::SignUp | Self::Consume => 1_000,
            _ => 2_000,
        }
    }

    /// The questions of a round, made before it is measured.
    pub(crate) fn asks(self, rows: usize, round: usize) -> Outcome<Vec<Ask>> {
        let mut draw = Draw::new(round as u64 + 1);
        let asked = self.asked();
        (0..asked)
            .map(|number| {
                let row = draw.below(rows);
                Ok(match self {
                    Self::UserByEmail => Ask::User(format!("user{row}@example.com").parse()?),
                    Self::Tenant => Ask::Tenant {
                        user: id(Kind::User, row),
                        application: id(Kind::Application, row % APPLICATIONS),
                    },
                    Self::Page => Ask::Page(row % APPLICATIONS),
                    Self::SignUp => Ask::SignUp {
                        new: NewUser::new(format!("new-{round}-{number}@example.com").parse()?),
                        application: row % APPLICATIONS,
                    },
                    Self::Consume => {
                        let row = (round * asked + number) * STEP % rows;
                        Ask::Consume(token(Kind::Link, row, TokenKind::MagicLink))
                    }
                    Self::Resolve => Ask::Resolve(token(Kind::Session, row, TokenKind::Session)),
                })
            })
            .collect()
    }
}

/// An operation with its keys.
pub(crate) enum Ask {
    User(Email),
    Tenant {
        user: Uuid,
        application: Uuid,
    },
    /// An application's number.
    Page(usize),
    SignUp {
        new: NewUser,
        /// An application's number.
        application: usize,
    },
    /// A magic link.
    Consume(String),
    /// A session's token.
    Resolve(String),
}
