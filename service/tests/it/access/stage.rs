//! Two applications alike, each with a row of everything that is live and one that is deleted.

use std::sync::{Arc, Mutex, PoisonError};

use migration::testing::{Backend, TestDb};
use sea_orm::Statement;
use service::{
    Application, Client, Config, Db, Domain, EmailRow, Mailbox, NewClient, NewRole, NewSession,
    NewUser, Role, Tenant, User,
};
use uuid::Uuid;

use super::mail::{self, Mail, emails, mail};
use super::secrets::{Secrets, secrets};
use crate::people::{QUICK, Team, new_application, team};

/// The statements that a [`Db`] sent, with their parameters.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<Mutex<Vec<Statement>>>);

impl Sent {
    /// All since the last time.
    pub(crate) fn take(&self) -> Vec<Statement> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn observe(&self, config: Config) -> Config {
        let sent = self.clone();
        config.observe(move |statement| {
            sent.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(statement.clone());
        })
    }
}

/// A live and a deleted row of a kind.
pub(crate) struct Pair<T> {
    pub(crate) live: T,
    pub(crate) deleted: T,
}

/// An application and what is in it.
pub(crate) struct Side {
    pub(crate) team: Team,
    /// An ordinary member, and one whose membership ended; both users are live.
    pub(crate) members: Pair<User>,
    pub(crate) roles: Pair<Role>,
    pub(crate) clients: Pair<Client>,
    pub(crate) mail: Mail,
    /// Both lie in the live mailbox, and are attached to the live member.
    pub(crate) emails: Pair<EmailRow>,
    /// Of the live member: those that can be used, and those that have ended.
    pub(crate) secrets: Pair<Secrets>,
}

/// A database with both sides, users of no application, and an application that is deleted.
pub(crate) struct Stage {
    pub(crate) db: Db,
    pub(crate) sent: Sent,
    pub(crate) own: Side,
    pub(crate) other: Side,
    /// The team of `own` is in it too.
    pub(crate) deleted: Application,
    pub(crate) deleted_user: User,
    pub(crate) stranger: Uuid,
    /// Whom the pending invitation into `own` is for.
    pub(crate) invitee: User,
    pub(crate) unknown: Uuid,
    /// Named by no application.
    pub(crate) unknown_mail: (Domain, Mailbox),
    /// Well-formed, and of no row.
    pub(crate) unknown_secrets: Secrets,
    // Dropped last: the database goes with it.
    pub(crate) test: TestDb,
}

impl Stage {
    pub(crate) async fn new(backend: Backend) -> Self {
        Self::with(backend, |config| config).await
    }

    pub(crate) async fn with(backend: Backend, configure: impl FnOnce(Config) -> Config) -> Self {
        let test = TestDb::new(backend).await;
        let sent = Sent::default();
        let config = sent.observe(configure(Config::new(test.url()).hashing(QUICK)));
        let db = crate::rules::connect(config).await.expect("connects");
        let own = Box::pin(side(&db, "own")).await;
        let other = Box::pin(side(&db, "other")).await;
        let deleted = deleted_application(&db, &own.team).await;
        let deleted_user = user(&db, "deleted").await;
        db.users().delete(deleted_user.id).await.expect("deleted");
        let stranger = user(&db, "stranger").await.id;
        let invitee = user(&db, "own-invitee").await;
        let unknown = db.new_id();
        let unknown_mail = mail::unknown(&db, unknown);
        let unknown_secrets = Secrets::unknown(&db, unknown);
        sent.take();
        Self {
            db,
            sent,
            own,
            other,
            deleted,
            deleted_user,
            stranger,
            invitee,
            unknown,
            unknown_mail,
            unknown_secrets,
            test,
        }
    }
}

async fn user(db: &Db, name: &str) -> User {
    let new = NewUser {
        username: Some(name.parse().expect("a username")),
        ..NewUser::new(format!("{name}@users.test").parse().expect("an address"))
    };
    db.users().create(new).await.expect("a user")
}

async fn side(db: &Db, slug: &str) -> Side {
    let team = team(db, slug).await;
    let tenant = db.tenant(team.owner, team.application.id).await;
    let tenant = tenant.expect("its owner");
    let admin = tenant.admin().expect("an owner is an admin");
    let roles = Pair {
        live: role(&tenant, &format!("{slug}-live")).await,
        deleted: role(&tenant, &format!("{slug}-deleted")).await,
    };
    let members = Pair {
        live: user(db, &format!("{slug}-member")).await,
        deleted: user(db, &format!("{slug}-gone")).await,
    };
    let keys = [roles.live.role.key.as_str(), "member"];
    let add = async |user: &User| admin.members().add(user.id, &keys).await.expect("added");
    add(&members.live).await;
    add(&members.deleted).await;
    let clients = Pair {
        live: client(&tenant, "Live").await,
        deleted: client(&tenant, "Deleted").await,
    };
    for client in [&clients.live, &clients.deleted] {
        let assigned = tenant.clients().assign(client.id, members.live.id).await;
        assigned.expect("assigned");
    }
    let mail = mail(&tenant, slug, &members.live).await;
    let emails = emails(&tenant, &mail.mailboxes.live, &members.live).await;
    let secrets = secrets(db, &tenant, slug, &members.live).await;
    let new = NewSession {
        application_id: Some(team.application.id),
        ..NewSession::default()
    };
    let opened = db.sessions().open(members.deleted.id, new).await;
    opened.expect("a session");
    let removed = admin.members().remove(members.deleted.id).await;
    removed.expect("removed");
    let deleted = admin.roles().delete(roles.deleted.role.id).await;
    deleted.expect("deleted");
    let deleted = tenant.clients().delete(clients.deleted.id).await;
    deleted.expect("deleted");
    Side {
        team,
        members,
        roles,
        clients,
        mail,
        emails,
        secrets,
    }
}

async fn role(tenant: &Tenant, key: &str) -> Role {
    let new = NewRole {
        key: key.parse().expect("a key"),
        name: key.parse().expect("a name"),
        description: None,
        permissions: vec!["clients.read".parse().expect("a permission")],
    };
    let roles = tenant.admin().expect("an admin").roles();
    roles.create(new).await.expect("a role")
}

async fn client(tenant: &Tenant, name: &str) -> Client {
    let new = NewClient::new(name.parse().expect("a name"));
    tenant.clients().create(new).await.expect("a client")
}

async fn deleted_application(db: &Db, team: &Team) -> Application {
    let new = new_application("own-deleted");
    let application = db.applications().create(team.owner, new).await;
    let application = application.expect("an application");
    let tenant = db.tenant(team.owner, application.id).await;
    let tenant = tenant.expect("its owner");
    let members = tenant.admin().expect("an admin").members();
    for (user_id, role) in [(team.admin, "admin"), (team.member, "member")] {
        members.add(user_id, &[role]).await.expect("a member");
    }
    let deleted = db.applications().delete(application.id).await;
    deleted.expect("deleted");
    application
}
