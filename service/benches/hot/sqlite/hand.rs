//! rusqlite: a connection of its own for each worker, statements prepared once, on the thread that waits for them.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, FixedOffset, SecondsFormat, SubsecRound, Utc};
use entity::{applications, clients, users};
use rusqlite::{
    Connection, Error, OptionalExtension, Row, Transaction, TransactionBehavior, params,
};
use service::Session;
use service::secret::{Token, TokenKind};
use uuid::Uuid;

use crate::keys::{Keys, Kind, PAGE, id};
use crate::operation::{Access, Answer, Ask, Carrier, Outcome, Page, SignedUp, Stack};
use crate::stacks::hand::{IDLE, places};
use crate::stacks::{CONNECTIONS, sql};

/// ?1: application, ?2: user.
const ACCESS: &str = "SELECT \
    (SELECT group_concat(r.key) FROM membership_roles mr \
      JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
      WHERE mr.application_id = ?1 AND mr.user_id = ?2), \
    (SELECT group_concat(p.permission) FROM membership_roles mr \
      JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
      JOIN role_permissions p ON p.application_id = r.application_id AND p.role_id = r.id \
      WHERE mr.application_id = ?1 AND mr.user_id = ?2) \
    FROM application_memberships m \
    JOIN users u ON u.id = m.user_id AND u.deleted_at IS NULL \
    JOIN applications a ON a.id = m.application_id AND a.deleted_at IS NULL \
    WHERE m.application_id = ?1 AND m.user_id = ?2 AND m.deleted_at IS NULL";

/// ?1: token, ?2: hash of its secret, ?3: now.
const CONSUME: &str = "UPDATE verification_tokens SET consumed_at = ?3, updated_at = ?3 \
    WHERE id = ?1 AND purpose = 'magic_link' AND secret_hash = ?2 AND consumed_at IS NULL AND revoked_at IS NULL \
    AND expires_at > ?3 AND EXISTS (SELECT 1 FROM users u WHERE u.id = verification_tokens.user_id \
    AND u.deleted_at IS NULL AND u.email = verification_tokens.email AND u.email_verified_at IS NOT NULL) \
    RETURNING user_id";

/// ?1: user.
const USER_BY_ID: &str = "SELECT id, email, username, name, given_name, family_name, picture, email_verified_at, \
    created_at, updated_at, deleted_at, deletion_id FROM users WHERE id = ?1";

/// ?1: session, ?2: now, ?3: used before then, it is over.
const SESSION: &str = "SELECT s.id, s.secret_hash, s.user_id, s.ip, s.user_agent, s.last_seen_at, s.expires_at, \
    s.rotated_at, s.created_at, \
    u.id, u.email, u.username, u.name, u.given_name, u.family_name, u.picture, u.email_verified_at, u.created_at, \
    u.updated_at, u.deleted_at, u.deletion_id, \
    a.id, a.public_id, a.slug, a.name, a.description, a.created_by, a.compute_id, a.created_at, a.updated_at, \
    a.deleted_at, a.deletion_id, \
    (SELECT group_concat(r.key) FROM membership_roles mr \
      JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
      WHERE mr.application_id = s.application_id AND mr.user_id = s.user_id), \
    (SELECT group_concat(p.permission) FROM membership_roles mr \
      JOIN roles r ON r.application_id = mr.application_id AND r.id = mr.role_id AND r.deleted_at IS NULL \
      JOIN role_permissions p ON p.application_id = r.application_id AND p.role_id = r.id \
      WHERE mr.application_id = s.application_id AND mr.user_id = s.user_id), \
    EXISTS (SELECT 1 FROM membership_roles mr WHERE mr.application_id = s.application_id AND mr.user_id = s.user_id \
      AND mr.created_at > COALESCE(s.rotated_at, s.created_at)) \
    FROM sessions s JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL \
    LEFT JOIN application_memberships m ON m.application_id = s.application_id AND m.user_id = s.user_id \
      AND m.deleted_at IS NULL \
    LEFT JOIN applications a ON a.id = m.application_id AND a.deleted_at IS NULL \
    WHERE s.id = ?1 AND s.revoked_at IS NULL AND s.expires_at > ?2 AND s.last_seen_at > ?3";

#[derive(Clone)]
pub(crate) struct Hand {
    keys: Arc<Keys>,
    lines: Arc<[Mutex<Connection>]>,
}

impl Hand {
    pub(crate) fn open(path: &Path, busy: Duration, keys: Arc<Keys>) -> Outcome<Self> {
        let mut lines = Vec::new();
        for _ in 0..CONNECTIONS {
            let connection = Connection::open(path)?;
            connection.busy_timeout(busy)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            lines.push(Mutex::new(connection));
        }
        Ok(Self {
            keys,
            lines: lines.into(),
        })
    }

    fn ask(&self, worker: usize, ask: Ask) -> Outcome<Answer> {
        // Only its worker uses it.
        let mut line = self.lines[worker]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match ask {
            Ask::UserByEmail(number) => {
                let email = self.keys.emails[number].as_str();
                let mut select = line.prepare_cached(sql::USER)?;
                let found = select.query_row([email], |row| user(row, 0)).optional()?;
                Ok(found.map_or(Answer::Nothing, Answer::User))
            }
            Ask::Tenant { user, application } => {
                let mut select = line.prepare_cached(ACCESS)?;
                let these = params![application.as_bytes(), user.as_bytes()];
                let found = select.query_row(these, |row| access(row, 0)).optional()?;
                Ok(found.map_or(Answer::Nothing, Answer::Access))
            }
            Ask::Page(application) => Ok(page(&line, application)?),
            Ask::SignUp {
                email, application, ..
            } => sign_up(&mut line, &email, application),
            Ask::Consume(number) => Ok(consume(&line, &self.keys.links[number])?),
            Ask::Resolve(number) => Ok(resolve(&line, &self.keys.sessions[number])?),
        }
    }
}

impl Stack for Hand {
    const BLOCKS: bool = true;

    async fn answer(&self, worker: usize, ask: Ask) -> Outcome<Answer> {
        self.ask(worker, ask)
    }
}

fn page(line: &Connection, application: usize) -> Result<Answer, Error> {
    let after = Keys::after(application);
    let application = id(Kind::Application, application);
    let mut select = line.prepare_cached(sql::PAGE)?;
    let rows = select.query_map(params![application.as_bytes(), after.as_bytes()], client)?;
    let mut clients = rows.collect::<Result<Vec<_>, _>>()?;
    let more = clients.len() > PAGE;
    clients.truncate(PAGE);
    Ok(Answer::Page(Page { clients, more }))
}

fn sign_up(line: &mut Connection, email: &str, application: usize) -> Outcome<Answer> {
    let (id, now) = (Uuid::now_v7(), text(Utc::now()));
    let (application, admin) = places(application);
    let transaction = Transaction::new(line, TransactionBehavior::Immediate)?;
    let user = transaction
        .prepare_cached(sql::NEW_USER)?
        .query_row(params![id.as_bytes(), email, now], |row| user(row, 0))?;
    let joined = transaction
        .prepare_cached(&sql::NEW_MEMBERSHIP.replace('$', "?"))?
        .execute(params![application.as_bytes(), id.as_bytes(), now])?;
    let given = transaction
        .prepare_cached(&sql::NEW_ROLE.replace('$', "?"))?
        .execute(params![
            application.as_bytes(),
            id.as_bytes(),
            sql::ROLE,
            admin.as_bytes(),
            now
        ])?;
    if (joined, given) != (1, 1) {
        return Err("no such application or role".into());
    }
    transaction.commit()?;
    Ok(Answer::SignedUp(SignedUp {
        user,
        roles: vec![sql::ROLE.to_owned()],
    }))
}

fn consume(line: &Connection, token: &str) -> Result<Answer, Error> {
    let Some(token) = Token::parse(TokenKind::MagicLink, token) else {
        return Ok(Answer::Nothing);
    };
    let now = text(Utc::now());
    let owner: Option<[u8; 16]> = line
        .prepare_cached(CONSUME)?
        .query_row(
            params![token.id.as_bytes(), Vec::from(token.hash), now],
            |row| row.get(0),
        )
        .optional()?;
    let Some(owner) = owner else {
        return Ok(Answer::Nothing);
    };
    let mut select = line.prepare_cached(USER_BY_ID)?;
    select
        .query_row([owner], |row| user(row, 0))
        .map(Answer::User)
}

fn resolve(line: &Connection, token: &str) -> Result<Answer, Error> {
    let Some(token) = Token::parse(TokenKind::Session, token) else {
        return Ok(Answer::Nothing);
    };
    let now = Utc::now();
    let these = params![token.id.as_bytes(), text(now), text(now - IDLE)];
    let found = line
        .prepare_cached(SESSION)?
        .query_row(these, |row| Ok((row.get::<_, Vec<u8>>(1)?, carrier(row)?)))
        .optional()?;
    Ok(match found {
        Some((hash, carrier)) if token.hash.matches(&hash) => Answer::Carrier(carrier),
        _ => Answer::Nothing,
    })
}

/// An instant as the driver of the others writes it.
fn text(at: DateTime<Utc>) -> String {
    at.trunc_subsecs(6)
        .to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

fn uuid(row: &Row<'_>, place: usize) -> Result<Uuid, Error> {
    row.get(place).map(Uuid::from_bytes)
}

fn uuid_or_none(row: &Row<'_>, place: usize) -> Result<Option<Uuid>, Error> {
    Ok(row.get::<_, Option<_>>(place)?.map(Uuid::from_bytes))
}

fn instant(row: &Row<'_>, place: usize) -> Result<DateTime<FixedOffset>, Error> {
    let text = row.get_ref(place)?.as_str()?;
    DateTime::parse_from_rfc3339(text).map_err(|error| Error::ToSqlConversionFailure(error.into()))
}

fn instant_or_none(row: &Row<'_>, place: usize) -> Result<Option<DateTime<FixedOffset>>, Error> {
    match row.get_ref(place)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => instant(row, place).map(Some),
    }
}

/// The user whose columns begin at `first`.
fn user(row: &Row<'_>, first: usize) -> Result<users::Model, Error> {
    Ok(users::Model {
        id: uuid(row, first)?,
        email: row.get(first + 1)?,
        username: row.get(first + 2)?,
        name: row.get(first + 3)?,
        given_name: row.get(first + 4)?,
        family_name: row.get(first + 5)?,
        picture: row.get(first + 6)?,
        email_verified_at: instant_or_none(row, first + 7)?,
        created_at: instant(row, first + 8)?,
        updated_at: instant(row, first + 9)?,
        deleted_at: instant_or_none(row, first + 10)?,
        deletion_id: uuid_or_none(row, first + 11)?,
    })
}

/// Two lists, joined by commas.
fn access(row: &Row<'_>, first: usize) -> Result<Access, Error> {
    let list = |place: usize| -> Result<Vec<String>, Error> {
        let joined: Option<String> = row.get(place)?;
        let joined = joined.unwrap_or_default();
        let parts = joined.split(',').filter(|part| !part.is_empty());
        let mut list: Vec<_> = parts.map(ToOwned::to_owned).collect();
        list.sort_unstable();
        list.dedup();
        Ok(list)
    };
    Ok(Access {
        roles: list(first)?,
        permissions: list(first + 1)?,
    })
}

fn client(row: &Row<'_>) -> Result<clients::Model, Error> {
    let metadata = serde_json::from_str(row.get_ref(5)?.as_str()?);
    Ok(clients::Model {
        application_id: uuid(row, 0)?,
        id: uuid(row, 1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        phone: row.get(4)?,
        metadata: metadata.map_err(|error| Error::ToSqlConversionFailure(error.into()))?,
        created_by: uuid_or_none(row, 6)?,
        created_at: instant(row, 7)?,
        updated_at: instant(row, 8)?,
        deleted_at: instant_or_none(row, 9)?,
        deletion_id: uuid_or_none(row, 10)?,
    })
}

fn application(row: &Row<'_>, first: usize) -> Result<Option<applications::Model>, Error> {
    let Some(id) = uuid_or_none(row, first)? else {
        return Ok(None);
    };
    Ok(Some(applications::Model {
        id,
        public_id: row.get(first + 1)?,
        slug: row.get(first + 2)?,
        name: row.get(first + 3)?,
        description: row.get(first + 4)?,
        created_by: uuid_or_none(row, first + 5)?,
        compute_id: uuid_or_none(row, first + 6)?,
        created_at: instant(row, first + 7)?,
        updated_at: instant(row, first + 8)?,
        deleted_at: instant_or_none(row, first + 9)?,
        deletion_id: uuid_or_none(row, first + 10)?,
    }))
}

/// Nine columns of the session, twelve of the user, eleven of the application, and what follows.
fn carrier(row: &Row<'_>) -> Result<Carrier, Error> {
    let application = application(row, 21)?;
    let inside = application.is_some();
    Ok(Carrier {
        session: Session {
            id: uuid(row, 0)?,
            user_id: uuid(row, 2)?,
            application_id: application.as_ref().map(|application| application.id),
            ip: row.get(3)?,
            user_agent: row.get(4)?,
            last_seen_at: instant(row, 5)?,
            expires_at: instant(row, 6)?,
            rotated_at: instant_or_none(row, 7)?,
            created_at: instant(row, 8)?,
        },
        user: user(row, 9)?,
        access: inside.then(|| access(row, 32)).transpose()?,
        rotation_due: inside && row.get(34)?,
        application,
    })
}
