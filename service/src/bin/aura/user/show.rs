//! `aura user show`.

use serde::Serialize;
use service::{Application, Db, Result as ServiceResult, User};

use crate::context::Context;
use crate::failure::Failure;
use crate::list;
use crate::look_up::{self, Life, Who};
use crate::table;

/// Show a user, live or deleted, with the applications that the user may enter
#[derive(clap::Args)]
pub(crate) struct Show {
    /// The user, by id or e-mail
    user: Who,
}

/// How the user gets in, and where to.
#[derive(Serialize)]
pub(crate) struct Access {
    /// Whether there is a password.
    pub(crate) has_password: bool,
    /// How many sessions go on.
    pub(crate) sessions: usize,
    /// Live applications that the user is a member of.
    pub(crate) applications: Vec<Application>,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    user: &'a User,
    #[serde(flatten)]
    access: &'a Access,
}

impl Access {
    pub(crate) async fn of(db: &Db, user: &User) -> ServiceResult<Self> {
        let sessions = db.sessions();
        let sessions = list::all(async |limit, after| sessions.list(user.id, limit, after).await);
        let entered = db.applications();
        let entered =
            list::all(async |limit, after| entered.list_for_user(user.id, limit, after).await);
        Ok(Self {
            has_password: db.passwords().is_set(user.id).await?,
            sessions: sessions.await?.len(),
            applications: entered.await?,
        })
    }

    pub(crate) fn memberships(&self) -> String {
        table::counted(self.applications.len(), "membership", "memberships")
    }

    /// The applications, by their slugs.
    pub(crate) fn slugs(&self) -> String {
        let slugs = self.applications.iter();
        let slugs: Vec<_> = slugs.map(|application| application.slug.as_str()).collect();
        slugs.join(", ")
    }
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let user = look_up::user(&context.db, &self.user, Life::Any).await?;
        let access = Access::of(&context.db, &user).await?;
        let mut fields = super::fields(&user);
        if user.deleted_at.is_none() {
            let password = if access.has_password { "set" } else { "none" };
            fields.push(("password", Some(password.to_owned())));
            fields.push(("sessions", Some(access.sessions.to_string())));
            fields.push(("applications", Some(access.slugs())));
        }
        let (user, access) = (&user, &access);
        context.output.one(&Shown { user, access }, &fields)
    }
}
