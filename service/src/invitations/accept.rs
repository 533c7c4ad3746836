//! Accepting: one invitation makes one member.

use entity::{invitations, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{Invitation, InvitationState, find, invitation, waiting};
use crate::applications::Application;
use crate::audit::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::memberships::owners;
use crate::passwords;
use crate::scope::access::access;
use crate::scope::{Access, Find, InTenant, Outside, Permissions, Tenant, set};
use crate::secret::{InvitationToken, Password};
use crate::users::{NewUser, User};
use crate::verification_tokens::effect::verified;

/// What an invitation offers, to whoever holds its token.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The invitation.
    pub invitation: Invitation,
    /// The application that it leads into.
    pub application: Application,
}

pub(super) async fn peek(db: &Db, token: &[u8]) -> Result<Offer> {
    let (_, invitation) = held(db, &read(token)?).await?;
    if invitation.state(db.clock().now()) != InvitationState::Pending {
        return Err(Error::InvalidToken);
    }
    let application = db.applications().get(invitation.application_id).await?;
    Ok(Offer {
        invitation,
        application: application.ok_or(Error::InvalidToken)?,
    })
}

pub(super) async fn accept(db: &Db, token: &[u8], user_id: Uuid) -> Result<Tenant> {
    let token = read(token)?;
    let application_id = db
        .transaction(async |db| {
            let (scope, invitation) = held(db, &token).await?;
            // The locks, in the order in which all take them. Of two who accept at once, the second sees what the first has
            // done.
            let users: Vec<_> = [user_id].into_iter().chain(invitation.invited_by).collect();
            owners::keep_users(&scope, &users).await?;
            let user = invited_user(db, user_id, &invitation.email).await?;
            // The user before the application. What was accepted before, or is over, proves nothing any more.
            if invitation.state(db.clock().now()) == InvitationState::Pending {
                verified(db, user).await?;
            }
            owners::guard(&scope).await.map_err(is_gone)?;
            if !mark(&scope, &token).await? {
                // Whoever has accepted it before is a member now; one who has left since is not let in again by it.
                return again(&scope, invitation.id, user_id).await;
            }
            if access(db, scope.application_id, user_id).await?.is_none() {
                let inviter = inviter(&scope, invitation.invited_by).await?;
                let keys: Vec<_> = invitation.roles.iter().map(String::as_str).collect();
                let members = inviter.admin().map_err(not_any_more)?.members();
                members.add(user_id, &keys).await.map_err(not_any_more)?;
            }
            let event =
                Event::on::<invitations::Entity>(&scope, "invitation.accept", invitation.id);
            db.record(event.by(db, user_id))?;
            Ok(scope.application_id)
        })
        .await?;
    entered(db, user_id, application_id).await
}

pub(super) async fn accept_as_new(
    db: &Db,
    token: &[u8],
    new: NewUser,
    password: Option<&Password>,
) -> Result<Tenant> {
    let offer = peek(db, token).await?;
    if offer.invitation.email != new.email.as_str() {
        return Err(Error::InvalidToken);
    }
    let hash = match password {
        Some(password) => Some(passwords::prepare(db, &new.words(), password).await?),
        None => None,
    };
    let (user_id, application_id) = db
        .transaction(async |db| {
            let user = db.users().create(new).await?;
            if let Some(hash) = hash {
                passwords::store(db, user.id, hash, None).await?;
            }
            let tenant = accept(db, token, user.id).await?;
            Ok::<_, Error>((user.id, tenant.application_id()))
        })
        .await?;
    entered(db, user_id, application_id).await
}

/// The application as the new member sees it.
async fn entered(db: &Db, user_id: Uuid, application_id: Uuid) -> Result<Tenant> {
    match db.tenant(user_id, application_id).await {
        // Whoever has left in the meantime is not in.
        Err(Error::NotFound) => Err(Error::InvalidToken),
        other => other,
    }
}

/// What the token says. It reaches no database: what is none costs nobody anything.
fn read(token: &[u8]) -> Result<InvitationToken> {
    InvitationToken::parse(token).ok_or(Error::InvalidToken)
}

/// The invitation that the token is of, whatever has become of it, and the application it leads into. Nothing is written
/// and nothing is locked for a token that is of none.
async fn held(db: &Db, token: &InvitationToken) -> Result<(InTenant, Invitation)> {
    let scope = InTenant {
        db: db.clone(),
        application_id: token.application_id,
    };
    let row = find(&scope)
        .filter(invitations::Column::Id.eq(token.id))
        .one()
        .await?
        .filter(|row| token.hash.matches(&row.secret_hash))
        .ok_or(Error::InvalidToken)?;
    let invitation = invitation::complete(&scope, vec![row]).await?.pop();
    Ok((scope, invitation.ok_or(Error::InvalidToken)?))
}

/// The application has been deleted.
fn is_gone(error: Error) -> Error {
    match error {
        Error::NotFound => Error::InvalidToken,
        other => other,
    }
}

async fn invited_user(db: &Db, user_id: Uuid, email: &str) -> Result<User> {
    let user = Find::<users::Entity, _>::new(Outside { db: db.clone() })
        .filter(users::Column::Id.eq(user_id))
        .filter(users::Column::Email.eq(email))
        .one()
        .await?;
    user.ok_or(Error::InvalidToken)
}

/// Marks a pending invitation as accepted; `false`: it is not pending, or was renewed since the token was looked at.
async fn mark(scope: &InTenant, token: &InvitationToken) -> Result<bool> {
    let now = scope.db.clock().now().fixed_offset();
    let accepted = invitations::ActiveModel {
        accepted_at: Set(Some(now)),
        ..Default::default()
    };
    let pending = waiting()
        .add(invitations::Column::Id.eq(token.id))
        .add(invitations::Column::SecretHash.eq(Vec::from(token.hash.clone())))
        .add(invitations::Column::ExpiresAt.gt(now));
    Ok(set::<invitations::Entity, _>(scope, accepted, pending).await? == 1)
}

async fn again(scope: &InTenant, id: Uuid, user_id: Uuid) -> Result<Uuid> {
    let accepted = Condition::all()
        .add(invitations::Column::Id.eq(id))
        .add(invitations::Column::AcceptedAt.is_not_null());
    let accepted = find(scope).filter(accepted).exists().await?;
    let member = access(&scope.db, scope.application_id, user_id).await?;
    if accepted && member.is_some() {
        Ok(scope.application_id)
    } else {
        Err(Error::InvalidToken)
    }
}

/// The application as whoever invited sees it now; the system sees all.
async fn inviter(scope: &InTenant, invited_by: Option<Uuid>) -> Result<Tenant> {
    let held = match invited_by {
        Some(user_id) => access(&scope.db, scope.application_id, user_id).await?,
        None => Some(Access {
            roles: Vec::new(),
            permissions: Permissions::all(),
        }),
    };
    let held = held.ok_or(Error::InvalidToken)?;
    Ok(Tenant::new(
        scope.db.clone(),
        scope.application_id,
        invited_by,
        held,
    ))
}

/// Whoever invited may not give this any more.
fn not_any_more(error: Error) -> Error {
    match error {
        Error::Forbidden { .. } | Error::Invalid { .. } | Error::NotFound => Error::InvalidToken,
        other => other,
    }
}
