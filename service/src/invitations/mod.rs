//! Invitations: the way into an application.

mod accept;
mod invitation;
mod invite;
mod revoke;

use std::time::Duration;

use entity::{applications, invitations};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

pub use accept::Offer;
pub use invitation::{Invitation, InvitationState};
pub use invite::{Invited, NewInvitation};
pub(crate) use revoke::{revoke, to_or_from};

use crate::audit::{Event, recorded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::{Across, Admin, ById, Cursor, Find, InTenant, Life, Page, Tenant, remove_some};
use crate::secret::Password;
use crate::users::NewUser;

/// What an admin may do about invitations. Got by [`Admin::invitations`].
#[derive(Clone, Copy, Debug)]
pub struct ManagedInvitations<'t>(&'t Tenant);

/// What whoever holds an invitation's token may do. Got by [`Db::invitations`].
#[derive(Clone, Copy, Debug)]
pub struct Invitations<'d>(&'d Db);

impl<'t> Admin<'t> {
    /// The invitations into the application.
    #[must_use]
    pub fn invitations(&self) -> ManagedInvitations<'t> {
        ManagedInvitations(self.0)
    }
}

impl Db {
    /// The verbs on invitations of whoever holds a token.
    #[must_use]
    pub fn invitations(&self) -> Invitations<'_> {
        Invitations(self)
    }
}

impl ManagedInvitations<'_> {
    /// Invites whoever reads the mail of an address, and hands out the token, this once: the caller sends it there.
    /// `ttl` from a second to 30 days; `None`: 7 days.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where a member has the `email`, or an invitation to it is pending ([`renew`](Self::renew) it, or
    /// [`revoke`](Self::revoke) it first); [`Error::Invalid`] for an unknown role or a `ttl` that cannot be;
    /// [`Error::Forbidden`] for a role that holds more than the acting user has; [`Error::NotFound`] where the application
    /// has been deleted, or the acting user is no member any more; [`Error::Database`].
    pub async fn create(&self, new: NewInvitation, ttl: Option<Duration>) -> Result<Invited> {
        invite::create(self.0, new, ttl).await
    }

    /// Hands out a new token for a pending invitation, or for one that has expired: it is valid for `ttl` from now on,
    /// and the old token is void.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where no such invitation waits to be accepted, or the acting user is no member any more;
    /// [`Error::Forbidden`] where it offers a role that
    /// holds more than the acting user has; [`Error::Invalid`] for a `ttl` that cannot be; [`Error::Database`].
    pub async fn renew(&self, id: Uuid, ttl: Option<Duration>) -> Result<Invited> {
        invite::renew(self.0, id, ttl).await
    }

    /// The invitation with the id, whatever has become of it. Returns `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn get(&self, id: Uuid) -> Result<Option<Invitation>> {
        let one = find(self.0.scope())
            .filter(invitations::Column::Id.eq(id))
            .all()
            .await?;
        Ok(invitation::complete(self.0.scope(), one).await?.pop())
    }

    /// A page of invitations, whatever has become of them ([`Invitation::state`]), the oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a limit or a cursor that cannot be; [`Error::Database`].
    pub async fn list(&self, limit: u64, cursor: Option<&Cursor>) -> Result<Page<Invitation>> {
        self.page(Condition::all(), limit, cursor).await
    }

    /// A page of the invitations that can be accepted, the oldest first. Those that have just expired are left out of it,
    /// so it can be shorter than `limit` and not be the last.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a limit or a cursor that cannot be; [`Error::Database`].
    pub async fn list_pending(
        &self,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Invitation>> {
        let mut page = self.page(waiting(), limit, cursor).await?;
        let now = self.0.db().clock().now();
        page.items
            .retain(|invitation| invitation.state(now) == InvitationState::Pending);
        Ok(page)
    }

    /// How many invitations can be accepted.
    ///
    /// # Errors
    ///
    /// [`Error::Database`].
    pub async fn count_pending(&self) -> Result<u64> {
        let now = self.0.db().clock().now().fixed_offset();
        find(self.0.scope())
            .filter(waiting())
            .filter(invitations::Column::ExpiresAt.gt(now))
            .count()
            .await
    }

    /// Takes back an invitation that has not been accepted; its token is void.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where no such invitation waits to be accepted; [`Error::Database`].
    pub async fn revoke(&self, id: Uuid) -> Result<()> {
        recorded(self.0.scope(), async |scope| {
            let this = Condition::all().add(invitations::Column::Id.eq(id));
            if revoke(scope, this, scope.db.clock().now()).await? == 0 {
                return Err(Error::NotFound);
            }
            let event = Event::on::<invitations::Entity>(scope, "invitation.revoke", id);
            scope.db.record(event)
        })
        .await
    }

    async fn page(
        self,
        which: Condition,
        limit: u64,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Invitation>> {
        let page = find(self.0.scope())
            .filter(which)
            .page::<ById>(limit, cursor)
            .await?;
        Ok(Page {
            items: invitation::complete(self.0.scope(), page.items).await?,
            next: page.next,
        })
    }
}

impl Invitations<'_> {
    /// What the token offers, if it is valid; it stays so. For the page that the link in a mail opens.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`]; [`Error::Database`].
    pub async fn peek(&self, token: impl AsRef<[u8]> + Send) -> Result<Offer> {
        accept::peek(self.0, token.as_ref()).await
    }

    /// Makes the user, whose address is the invited one, a member with the roles that are offered. The address is verified
    /// by it. A user who was a member before comes back with these roles and none of the old ones; for one who is a
    /// member nothing changes, and one who has accepted it already is answered the same again.
    ///
    /// `user_id` is the user who is signed in, by a [session](crate::Sessions::resolve) say, and never one found by the
    /// invited address: the token proves that somebody reads its mail, not that this is who made the user. Whoever signed
    /// up with an address that was never verified keeps the password and the sessions, and is a member from now on.
    ///
    /// The roles are given in the name of whoever invited: what that user may not give any more is not given.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`] for a token that is not valid, or not for this user; [`Error::Database`]. The token stays
    /// valid where anything fails.
    pub async fn accept(&self, token: impl AsRef<[u8]> + Send, user_id: Uuid) -> Result<Tenant> {
        accept::accept(self.0, token.as_ref(), user_id).await
    }

    /// As [`accept`](Self::accept), for somebody who is no user yet: the user is made, with the password if there is one,
    /// in the same transaction.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidToken`] for a token that is not valid, or not for the address of `new`; [`Error::Conflict`] where a
    /// live user has the `email` or the `username`; [`Error::Invalid`] where the password is refused; [`Error::Busy`];
    /// [`Error::Database`]. The token stays valid where anything fails.
    pub async fn accept_as_new(
        &self,
        token: impl AsRef<[u8]> + Send,
        new: NewUser,
        password: Option<&Password>,
    ) -> Result<Tenant> {
        accept::accept_as_new(self.0, token.as_ref(), new, password).await
    }

    /// Deletes for good at most `batch` invitations that have expired, of all applications, the oldest first, and returns
    /// how many those were: call it until there are none. Those that were accepted or taken back are kept until they
    /// would have expired.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where `batch` is not 1 to 10,000; [`Error::Database`].
    pub async fn purge_expired(&self, batch: u64) -> Result<u64> {
        let expires_at = invitations::Column::ExpiresAt;
        let expired = Condition::all().add(expires_at.lte(self.0.clock().now().fixed_offset()));
        let across = Across { db: self.0.clone() };
        recorded(&across, async |across| {
            let life = Life::Live;
            let gone =
                remove_some::<invitations::Entity, _>(across, life, expired, expires_at, batch)
                    .await?;
            Event::purged::<invitations::Entity>(across, "invitation.purge", gone)?;
            Ok(gone)
        })
        .await
    }
}

/// Invitations into a live application.
fn find(scope: &InTenant) -> Find<invitations::Entity, InTenant> {
    Find::new(scope.clone()).has::<applications::Entity>(Condition::all())
}

/// Neither accepted nor taken back.
fn waiting() -> Condition {
    Condition::all()
        .add(invitations::Column::AcceptedAt.is_null())
        .add(invitations::Column::RevokedAt.is_null())
}
