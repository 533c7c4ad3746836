//! `aura user create`.

use service::{Email, FamilyName, GivenName, Name, NewUser, Username};

use crate::context::Context;
use crate::failure::Failure;
use crate::password;

/// Make a user
///
/// A user without a password signs in by other means, or sets one with the token of `aura token issue … password-reset`.
#[derive(clap::Args)]
pub(crate) struct Create {
    /// The e-mail address
    email: Email,
    /// What the user is called, in full
    #[arg(long)]
    name: Option<Name>,
    /// First name
    #[arg(long)]
    given_name: Option<GivenName>,
    /// Last name
    #[arg(long)]
    family_name: Option<FamilyName>,
    /// A name to sign in with
    #[arg(long)]
    username: Option<Username>,
    /// Ask for a password, on the terminal
    #[arg(long, conflicts_with = "password_stdin")]
    ask_password: bool,
    /// Read a password from the standard input: its first line
    #[arg(long)]
    password_stdin: bool,
}

impl Create {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let new = NewUser {
            name: self.name,
            given_name: self.given_name,
            family_name: self.family_name,
            username: self.username,
            ..NewUser::new(self.email)
        };
        let password = if self.password_stdin {
            Some(password::from_stdin()?)
        } else if self.ask_password {
            Some(password::asked()?)
        } else {
            None
        };
        let db = &context.db;
        let user = match password {
            Some(password) => db.passwords().sign_up(new, &password).await?,
            None => db.users().create(new).await?,
        };
        context.output.one(&user, &super::fields(&user))
    }
}
