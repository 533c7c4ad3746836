//! One cell of the table: an operation on a row, in somebody's hands.

use std::fmt;

use service::{
    Admin, ChallengeRecord, Db, Deleted, Domain, Error, Mailbox, Owner, Page, Purpose, Result,
    RoleKey, Tenant, User,
};
use uuid::Uuid;

use super::secrets::Secrets;
use super::stage::{Side, Stage};

/// Whose row it is, and whether it is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Row {
    /// Of the actor's own application, live.
    Live,
    /// Of the actor's own application, deleted.
    Deleted,
    /// Live, of another application.
    Other,
    /// Of none: no row has the id.
    Unknown,
    /// Of the actor's own application, which was deleted after the actor had entered it.
    Gone,
}

impl Row {
    pub(crate) const ALL: [Self; 5] = [
        Self::Live,
        Self::Deleted,
        Self::Other,
        Self::Unknown,
        Self::Gone,
    ];
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Live => "own, live",
            Self::Deleted => "own, deleted",
            Self::Other => "other tenant's",
            Self::Unknown => "unknown id",
            Self::Gone => "tenant deleted since",
        })
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Actor {
    Member,
    Admin,
    Owner,
    /// A user who is no member.
    Stranger,
}

impl Actor {
    pub(crate) const ALL: [Self; 4] = [Self::Member, Self::Admin, Self::Owner, Self::Stranger];

    pub(crate) fn id(self, stage: &Stage) -> Uuid {
        match self {
            Self::Member => stage.own.team.member,
            Self::Admin => stage.own.team.admin,
            Self::Owner => stage.own.team.owner,
            Self::Stranger => stage.stranger,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::Stranger => "not a member",
        })
    }
}

/// Why an operation gave nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The type that the operation hangs on cannot be had.
    No(&'static str),
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No(what) => write!(f, "no {what}"),
            Self::Error(Error::NotFound) => f.write_str("NotFound"),
            Self::Error(Error::Conflict { field }) => write!(f, "Conflict({field})"),
            Self::Error(Error::Forbidden { .. }) => f.write_str("Forbidden"),
            Self::Error(Error::Invalid { field, .. }) => write!(f, "Invalid({field})"),
            Self::Error(Error::LastOwner) => f.write_str("LastOwner"),
            Self::Error(Error::InvalidCredentials) => f.write_str("InvalidCredentials"),
            Self::Error(Error::InvalidToken) => f.write_str("InvalidToken"),
            Self::Error(other) => write!(f, "! {other}"),
        }
    }
}

/// What an operation answers, in a word or two.
pub(crate) type Answer = Result<String, Refusal>;

/// What an operation is run with.
pub(crate) struct Cell<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) db: &'a Db,
    pub(crate) tenant: Option<&'a Tenant>,
    pub(crate) actor: Option<Actor>,
    pub(crate) row: Row,
}

impl<'a> Cell<'a> {
    pub(crate) fn tenant(&self) -> Result<&'a Tenant, Refusal> {
        self.tenant.ok_or(Refusal::No("Tenant"))
    }

    pub(crate) fn admin(&self) -> Result<Admin<'a>, Refusal> {
        self.tenant()?.admin().map_err(|_| Refusal::No("Admin"))
    }

    pub(crate) fn owner(&self) -> Result<Owner<'a>, Refusal> {
        self.tenant()?.owner().map_err(|_| Refusal::No("Owner"))
    }

    fn of<T>(&self, live: impl Fn(&'a Side) -> T, deleted: impl FnOnce() -> T, unknown: T) -> T {
        match self.row {
            Row::Live | Row::Gone => live(&self.stage.own),
            Row::Deleted => deleted(),
            Row::Other => live(&self.stage.other),
            Row::Unknown => unknown,
        }
    }

    /// The row as an application.
    pub(crate) fn application(&self) -> Uuid {
        let deleted = self.stage.deleted.id;
        self.of(
            |side| side.team.application.id,
            || deleted,
            self.stage.unknown,
        )
    }

    /// What the application is called, each word made of public id and slug.
    pub(crate) fn called(&self) -> (&'a str, &'a str) {
        let names = |application: &'a service::Application| {
            (application.public_id.as_str(), application.slug.as_str())
        };
        self.of(
            |side| names(&side.team.application),
            || names(&self.stage.deleted),
            ("UnknownUnknown", "unknown"),
        )
    }

    /// The row as a user; the deleted one is a deleted user.
    pub(crate) fn user(&self) -> Uuid {
        let deleted = self.stage.deleted_user.id;
        self.of(|side| side.members.live.id, || deleted, self.stage.unknown)
    }

    /// The user's address and username.
    pub(crate) fn signs_in_as(&self) -> (&'a str, &'a str) {
        let names = |user: &'a User| {
            let username = user.username.as_deref().expect("everybody has one");
            (user.email.as_str(), username)
        };
        self.of(
            |side| names(&side.members.live),
            || names(&self.stage.deleted_user),
            ("unknown@users.test", "unknown"),
        )
    }

    /// The row as a member: the deleted one is a live user whose membership ended.
    pub(crate) fn member(&self) -> Uuid {
        let deleted = self.stage.own.members.deleted.id;
        self.of(|side| side.members.live.id, || deleted, self.stage.unknown)
    }

    /// The row as a role.
    pub(crate) fn role(&self) -> Uuid {
        let deleted = self.stage.own.roles.deleted.role.id;
        self.of(
            |side| side.roles.live.role.id,
            || deleted,
            self.stage.unknown,
        )
    }

    /// What the role is called.
    pub(crate) fn key(&self) -> &'a str {
        let deleted = self.stage.own.roles.deleted.role.key.as_str();
        self.of(
            |side| side.roles.live.role.key.as_str(),
            || deleted,
            "unknown",
        )
    }

    pub(crate) fn role_key(&self) -> RoleKey {
        self.key().parse().expect("a key")
    }

    /// The row as a token of the purpose; the deleted one was taken back by a newer one.
    pub(crate) fn token(&self, purpose: Purpose) -> &'a str {
        let deleted = self.stage.own.secrets.deleted.token(purpose);
        let unknown = self.stage.unknown_secrets.token(purpose);
        self.of(|side| side.secrets.live.token(purpose), || deleted, unknown)
    }

    /// The row as a session, by its token and its id; the deleted one has ended.
    pub(crate) fn session(&self) -> (&'a str, Uuid) {
        let of = |secrets: &'a Secrets| (secrets.session.as_str(), secrets.session_id);
        let deleted = of(&self.stage.own.secrets.deleted);
        let unknown = of(&self.stage.unknown_secrets);
        self.of(|side| of(&side.secrets.live), || deleted, unknown)
    }

    /// The row as an invitation, by its token and its id; the deleted one was taken back.
    pub(crate) fn invitation(&self) -> (&'a str, Uuid) {
        let of = |secrets: &'a Secrets| (secrets.invitation.as_str(), secrets.invitation_id);
        let deleted = of(&self.stage.own.secrets.deleted);
        let unknown = of(&self.stage.unknown_secrets);
        self.of(|side| of(&side.secrets.live), || deleted, unknown)
    }

    /// The row as a client.
    pub(crate) fn client(&self) -> Uuid {
        let deleted = self.stage.own.clients.deleted.id;
        self.of(|side| side.clients.live.id, || deleted, self.stage.unknown)
    }

    /// The row as a domain; the live one is verified.
    pub(crate) fn domain(&self) -> &'a Domain {
        let (unknown, _) = &self.stage.unknown_mail;
        let deleted = &self.stage.own.mail.domains.deleted;
        self.of(|side| &side.mail.domains.live, || deleted, unknown)
    }

    /// The row as a domain that is not verified, and the TXT record that proves it; the deleted one is verified.
    pub(crate) fn claim(&self) -> (Uuid, String) {
        let (unknown, _) = &self.stage.unknown_mail;
        let deleted = &self.stage.own.mail.domains.deleted;
        let domain = self.of(|side| &side.mail.claim, || deleted, unknown);
        (domain.id, ChallengeRecord::of(domain).value)
    }

    /// The row as a mailbox.
    pub(crate) fn mailbox(&self) -> &'a Mailbox {
        let (_, unknown) = &self.stage.unknown_mail;
        let deleted = &self.stage.own.mail.mailboxes.deleted;
        self.of(|side| &side.mail.mailboxes.live, || deleted, unknown)
    }

    /// The row as an email.
    pub(crate) fn email(&self) -> Uuid {
        let deleted = self.stage.own.emails.deleted.id;
        self.of(|side| side.emails.live.id, || deleted, self.stage.unknown)
    }
}

/// Done.
pub(crate) fn ok<T, E: Into<Refusal>>(done: Result<T, E>) -> Answer {
    done.map(|_| "ok".to_owned()).map_err(Into::into)
}

/// Found or not.
pub(crate) fn found<T>(found: Result<Option<T>>) -> Answer {
    Ok(if found?.is_some() { "found" } else { "none" }.to_owned())
}

/// So many rows on the page.
pub(crate) fn rows<T>(page: Result<Page<T>>) -> Answer {
    counted(Ok(page?.items.len() as u64))
}

/// So many rows, counted.
pub(crate) fn counted(count: Result<u64>) -> Answer {
    Ok(match count? {
        1 => "1 row".to_owned(),
        count => format!("{count} rows"),
    })
}

/// Deleted now or before.
pub(crate) fn deleted(deleted: Result<Deleted>) -> Answer {
    Ok(match deleted? {
        Deleted::Now { .. } => "ok",
        Deleted::Already { .. } => "already",
    }
    .to_owned())
}

/// Something changed or was so before.
pub(crate) fn changed(changed: Result<bool>) -> Answer {
    Ok(if changed? { "ok" } else { "already" }.to_owned())
}

/// The end of a transaction that is to be undone.
#[derive(Debug)]
pub(crate) enum Undo<T> {
    Done(T),
    Failed(Error),
}

impl<T> From<Error> for Undo<T> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What was found in a transaction that was undone.
pub(crate) fn done<T>(undone: Result<(), Undo<T>>) -> T {
    match undone {
        Err(Undo::Done(done)) => done,
        Err(Undo::Failed(error)) => panic!("the transaction itself: {error}"),
        Ok(()) => panic!("the transaction was kept"),
    }
}
