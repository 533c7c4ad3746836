//! Who carries a token: one query, made for each request. On Citus it is two where an application is open, since a session
//! and its application's rows lie on two nodes.

use std::sync::LazyLock;

use entity::{applications, sessions, users};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use uuid::Uuid;

use super::session::last_use;
use super::{Session, noting};
use crate::applications::Application;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::access::{held, read as access};
use crate::scope::decode::{Decoded, value};
use crate::scope::{Tenant, columns};
use crate::secret::{Token, TokenKind};
use crate::users::User;

/// A signed-in user, as [`Sessions::resolve`](super::Sessions::resolve) found it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Who is signed in.
    pub user: User,
    /// The application that is open; `None`: none, or the user is no member of it any more.
    pub application: Option<Application>,
    /// That application as the user sees it: the way to all that belongs to it.
    pub tenant: Option<Tenant>,
    /// The user was granted a role in the application since the session's secret was made: call
    /// [`Sessions::rotate`](super::Sessions::rotate) and hand out the new token (OWASP Session Management Cheat Sheet,
    /// "Renew the Session ID After Any Privilege Level Change").
    pub rotation_due: bool,
}

impl SignedIn {
    /// The open application as the user sees it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where none is open.
    pub fn tenant(&self) -> Result<&Tenant> {
        self.tenant.as_ref().ok_or(Error::NotFound)
    }
}

/// Live session, live user, and if there is one the live application with the live membership and the live roles.
macro_rules! rest {
    ($join:literal) => {
        concat!(
            held!($join, "s.application_id", "s.user_id"),
            ", EXISTS (SELECT 1 FROM membership_roles mr \
             WHERE mr.application_id = s.application_id AND mr.user_id = s.user_id \
             AND mr.created_at > COALESCE(s.rotated_at, s.created_at)) AS rotation_due \
             FROM sessions s \
             JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL \
             LEFT JOIN application_memberships m ON m.application_id = s.application_id \
             AND m.user_id = s.user_id AND m.deleted_at IS NULL \
             LEFT JOIN applications a ON a.id = m.application_id AND a.deleted_at IS NULL \
             WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3"
        )
    };
}

/// Live session, live user, and if there is one the live application.
const APART: &str = "NULL::text AS roles, NULL::text AS permissions, false AS rotation_due \
    FROM sessions s \
    JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL \
    LEFT JOIN applications a ON a.id = s.application_id AND a.deleted_at IS NULL \
    WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3";

/// `$1` application, `$2` user, `$3` since when the session has its secret.
const MEMBER: &str = concat!(
    "SELECT ",
    held!("string_agg", "$1", "$2"),
    ", EXISTS (SELECT 1 FROM membership_roles mr \
     WHERE mr.application_id = $1 AND mr.user_id = $2 AND mr.created_at > $3) AS rotation_due \
     FROM application_memberships m \
     WHERE m.application_id = $1 AND m.user_id = $2 AND m.deleted_at IS NULL"
);

/// Where the columns of each begin.
const SESSION: usize = 0;
const USER: usize = SESSION + sessions::Model::COLUMNS;
const APPLICATION: usize = USER + users::Model::COLUMNS;
const ACCESS: usize = APPLICATION + applications::Model::COLUMNS;

static POSTGRES: LazyLock<String> = LazyLock::new(|| sql(rest!("string_agg")));
static CITUS: LazyLock<String> = LazyLock::new(|| sql(APART));
static SQLITE: LazyLock<String> = LazyLock::new(|| sql(rest!("group_concat")));

fn sql(rest: &str) -> String {
    let session = columns::<sessions::Entity>("s");
    let user = columns::<users::Entity>("u");
    let application = columns::<applications::Entity>("a");
    format!("SELECT {session}{user}{application}{rest}")
}

pub(super) async fn resolve(db: &Db, token: &[u8]) -> Result<SignedIn> {
    let token = Token::parse(TokenKind::Session, token).ok_or(Error::InvalidToken)?;
    let now = db.clock().now();
    let backend = db.backend();
    let sql = match backend {
        DbBackend::Sqlite => SQLITE.as_str(),
        _ if db.is_on_citus() => CITUS.as_str(),
        _ => POSTGRES.as_str(),
    };
    let values = [
        token.id.into(),
        now.into(),
        last_use(now, db.policy()).into(),
    ];
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: ready-made SQL with its walls in it"
    )]
    let row = db
        .own()
        .query_one_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?
        .ok_or(Error::InvalidToken)?;
    let session = sessions::Model::decode(&row, SESSION)?;
    if !token.hash.matches(&session.secret_hash) {
        return Err(Error::InvalidToken);
    }
    let signed_in = if db.is_on_citus() {
        signed_in_apart(db, &row, session).await?
    } else {
        signed_in(db, &row, &row, ACCESS, session.into())?
    };
    noting::note(db, &signed_in.session, now).await;
    Ok(signed_in)
}

/// The application's part, from where its rows are. Who is no live member of it has none open.
async fn signed_in_apart(db: &Db, row: &QueryResult, session: sessions::Model) -> Result<SignedIn> {
    let since = session.rotated_at.unwrap_or(session.created_at);
    let member = match value::<Option<Uuid>>(row, APPLICATION)? {
        Some(application_id) => {
            let values = [application_id.into(), session.user_id.into(), since.into()];
            let statement = Statement::from_sql_and_values(db.backend(), MEMBER, values);
            #[expect(
                clippy::disallowed_methods,
                reason = "the door: ready-made SQL with its walls in it"
            )]
            db.own().query_one_raw(statement).await?
        }
        None => None,
    };
    match member {
        Some(member) => signed_in(db, row, &member, 0, session.into()),
        None => {
            let session = Session {
                application_id: None,
                ..session.into()
            };
            Ok(SignedIn {
                rotation_due: false,
                session,
                user: users::Model::decode(row, USER)?,
                application: None,
                tenant: None,
            })
        }
    }
}

/// `member`: the row that says from its column `first` on what a member of the application may.
fn signed_in(
    db: &Db,
    row: &QueryResult,
    member: &QueryResult,
    first: usize,
    mut session: Session,
) -> Result<SignedIn> {
    let user = users::Model::decode(row, USER)?;
    let application = match value::<Option<Uuid>>(row, APPLICATION)? {
        Some(_) => Some(applications::Model::decode(row, APPLICATION)?),
        None => None,
    };
    session.application_id = application.as_ref().map(|application| application.id);
    let tenant = match &application {
        Some(application) => Some(Tenant::new(
            db.clone(),
            application.id,
            Some(user.id),
            access(member, first)?,
        )),
        None => None,
    };
    Ok(SignedIn {
        rotation_due: tenant.is_some() && value(member, first + 2)?,
        session,
        user,
        application,
        tenant,
    })
}
