//! `aura member`: who may enter an application.

use std::collections::HashMap;

use clap::{Args, Subcommand};
use entity::{application_memberships, users};
use sea_orm::ColumnTrait as _;
use serde::Serialize;
use service::scope::ById;
use service::{Cursor, Deleted, Member, Membership, Page, RoleKey, Tenant, User};

use crate::confirm::Confirm;
use crate::context::Context;
use crate::failure::Failure;
use crate::instant::shown;
use crate::list::{self, Part};
use crate::look_up::{self, Life, Which, Who};
use crate::output::Gone;

/// What can be done with members.
#[derive(Subcommand)]
pub(crate) enum Command {
    Add(Add),
    Remove(Remove),
    List(List),
}

/// Make a user a member; a former member comes back with the roles said here alone
#[derive(Args)]
pub(crate) struct Add {
    /// The application, by id, public id or slug
    application: Which,
    /// The user, by id or e-mail
    user: Who,
    /// The key of a role; repeatable
    #[arg(long = "role", value_name = "ROLE", default_value = "member")]
    roles: Vec<RoleKey>,
}

/// End a membership
#[derive(Args)]
pub(crate) struct Remove {
    /// The application, by id, public id or slug
    application: Which,
    /// The member, by id or e-mail
    user: Who,
    #[command(flatten)]
    confirm: Confirm,
}

/// List the members of an application, with their roles
#[derive(Args)]
pub(crate) struct List {
    /// The application, by id, public id or slug
    application: Which,
    /// Former members instead
    #[arg(long)]
    deleted: bool,
    #[command(flatten)]
    part: Part,
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(context).await,
            Self::Remove(remove) => remove.run(context).await,
            Self::List(list) => list.run(context).await,
        }
    }
}

impl Add {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let application = look_up::application(&context.db, &self.application, Life::Live).await?;
        let user = look_up::user(&context.db, &self.user, Life::Live).await?;
        let tenant = context.tenant(&application).await?;
        let roles: Vec<_> = self.roles.iter().map(RoleKey::as_str).collect();
        let member = tenant.admin()?.members().add(user.id, &roles).await?;
        let line = format!(
            "{} is a member of {} now, as {}",
            member.user.email,
            application.slug,
            member.role_keys().join(", ")
        );
        context.output.said(&serde_json::json!(member), &line)
    }
}

impl Remove {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let application = look_up::application(&context.db, &self.application, Life::Live).await?;
        let user = look_up::user(&context.db, &self.user, Life::Any).await?;
        let tenant = context.tenant(&application).await?;
        let (email, slug) = (&user.email, &application.slug);
        let stranger = || Failure::NotFound(format!("{email} is no member of {slug}"));
        if let Some(member) = tenant.members().get(user.id).await? {
            self.confirm.ask(&format!(
                "ends the membership of {email} in {slug} ({})",
                member.role_keys().join(", ")
            ))?;
        }
        let removed = match tenant.admin()?.members().remove(user.id).await {
            Err(service::Error::NotFound) => return Err(stranger()),
            other => other?,
        };
        let gone = Gone::new("member", email, user.id, removed);
        let line = match removed {
            Deleted::Now { .. } => format!("{email} is no member of {slug} any more"),
            Deleted::Already { .. } => gone.to_string(),
        };
        context.output.said(&gone.json(), &line)
    }
}

/// Somebody whose membership has ended.
#[derive(Serialize)]
struct Former {
    membership: Membership,
    /// `None`: purged.
    user: Option<User>,
}

impl List {
    async fn run(self, context: &Context) -> Result<(), Failure> {
        let life = Life::Live;
        let application = look_up::application(&context.db, &self.application, life).await?;
        let tenant = context.tenant(&application).await?;
        if self.deleted {
            return self.former(context, &tenant).await;
        }
        let cells = |member: &Member| {
            vec![
                member.user.id.to_string(),
                member.user.email.clone(),
                member.role_keys().join(","),
                shown(member.membership.created_at),
                member.user.name.clone().unwrap_or_default(),
            ]
        };
        let heads = ["id", "email", "roles", "since", "name"];
        list::write(
            context.output,
            &self.part,
            &heads,
            cells,
            async |limit, after| Ok(tenant.members().list(limit, after).await?),
        )
        .await
    }

    async fn former(self, context: &Context, tenant: &Tenant) -> Result<(), Failure> {
        let cells = |former: &Former| {
            let user = former.user.as_ref();
            vec![
                former.membership.user_id.to_string(),
                user.map_or_else(|| "-".to_owned(), |user| user.email.clone()),
                former.membership.deleted_at.map(shown).unwrap_or_default(),
                user.and_then(|user| user.name.clone()).unwrap_or_default(),
            ]
        };
        let heads = ["id", "email", "until", "name"];
        list::write(
            context.output,
            &self.part,
            &heads,
            cells,
            async |limit, after| page_of_former(context, tenant, limit, after).await,
        )
        .await
    }
}

async fn page_of_former(
    context: &Context,
    tenant: &Tenant,
    limit: u64,
    after: Option<&Cursor>,
) -> Result<Page<Former>, Failure> {
    tenant.require("members.read")?;
    let find = tenant.find::<application_memberships::Entity>();
    let page = find.only_deleted().page::<ById>(limit, after).await?;
    let ids = page.items.iter().map(|membership| membership.user_id);
    let find = context.db.find::<users::Entity>().with_deleted();
    let users = find.filter(users::Column::Id.is_in(ids)).all().await?;
    let mut users: HashMap<_, _> = users.into_iter().map(|user| (user.id, user)).collect();
    Ok(page.map(|membership| Former {
        user: users.remove(&membership.user_id),
        membership,
    }))
}
