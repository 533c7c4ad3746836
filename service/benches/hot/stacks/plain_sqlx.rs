//! sqlx: its pool as it comes, rows read by the names of their columns.

use std::sync::Arc;

use chrono::Utc;
use entity::{applications, clients, users};
use sea_orm::sqlx::postgres::{PgPoolOptions, PgRow};
use sea_orm::sqlx::{self, Error, FromRow, PgPool, Row};
use service::Session;
use service::secret::{Token, TokenKind};
use uuid::Uuid;

use super::hand::{IDLE, places};
use super::{CONNECTIONS, sql};
use crate::keys::{Keys, Kind, PAGE, id};
use crate::operation::{Access, Answer, Ask, Carrier, Outcome, Page, SignedUp, Stack};

#[derive(Clone)]
pub(crate) struct PlainSqlx {
    keys: Arc<Keys>,
    pool: PgPool,
}

impl PlainSqlx {
    pub(crate) async fn connect(url: &str, keys: Arc<Keys>) -> Outcome<Self> {
        let options = PgPoolOptions::new().max_connections(CONNECTIONS);
        Ok(Self {
            keys,
            pool: options.connect(url).await?,
        })
    }

    async fn sign_up(&self, email: &str, application: usize) -> Outcome<SignedUp> {
        let (id, now) = (Uuid::now_v7(), Utc::now());
        let (application, admin) = places(application);
        let mut transaction = self.pool.begin().await?;
        let user: User = sqlx::query_as(sql::NEW_USER)
            .bind(id)
            .bind(email)
            .bind(now)
            .fetch_one(&mut *transaction)
            .await?;
        let joined = sqlx::query(sql::NEW_MEMBERSHIP)
            .bind(application)
            .bind(id)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        let given = sqlx::query(sql::NEW_ROLE)
            .bind(application)
            .bind(id)
            .bind(sql::ROLE)
            .bind(admin)
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        if (joined.rows_affected(), given.rows_affected()) != (1, 1) {
            return Err("no such application or role".into());
        }
        transaction.commit().await?;
        Ok(SignedUp {
            user: user.0,
            roles: vec![sql::ROLE.to_owned()],
        })
    }

    async fn page(&self, application: usize) -> Outcome<Answer> {
        let mut rows: Vec<Client> = sqlx::query_as(sql::PAGE)
            .bind(id(Kind::Application, application))
            .bind(Keys::after(application))
            .fetch_all(&self.pool)
            .await?;
        let more = rows.len() > PAGE;
        rows.truncate(PAGE);
        Ok(Answer::Page(Page {
            clients: rows.into_iter().map(|row| row.0).collect(),
            more,
        }))
    }

    async fn consume(&self, token: &str) -> Outcome<Answer> {
        let Some(token) = Token::parse(TokenKind::MagicLink, token) else {
            return Ok(Answer::Nothing);
        };
        let user: Option<User> = sqlx::query_as(sql::CONSUME)
            .bind(token.id)
            .bind(Vec::from(token.hash))
            .bind(Utc::now())
            .fetch_optional(&self.pool)
            .await?;
        Ok(user.map_or(Answer::Nothing, |user| Answer::User(user.0)))
    }

    async fn resolve(&self, token: &str) -> Outcome<Answer> {
        let Some(token) = Token::parse(TokenKind::Session, token) else {
            return Ok(Answer::Nothing);
        };
        let now = Utc::now();
        let found: Option<Found> = sqlx::query_as(sql::SESSION)
            .bind(token.id)
            .bind(now)
            .bind(now - IDLE)
            .fetch_optional(&self.pool)
            .await?;
        Ok(match found {
            Some(found) if token.hash.matches(&found.secret_hash) => Answer::Carrier(found.carrier),
            _ => Answer::Nothing,
        })
    }
}

impl Stack for PlainSqlx {
    async fn answer(&self, _worker: usize, ask: Ask) -> Outcome<Answer> {
        match ask {
            Ask::UserByEmail(number) => {
                let user: Option<User> = sqlx::query_as(sql::USER)
                    .bind(self.keys.emails[number].as_str())
                    .fetch_optional(&self.pool)
                    .await?;
                Ok(user.map_or(Answer::Nothing, |user| Answer::User(user.0)))
            }
            Ask::Tenant { user, application } => {
                let access: Option<Access> = sqlx::query_as(sql::ACCESS)
                    .bind(application)
                    .bind(user)
                    .fetch_optional(&self.pool)
                    .await?;
                Ok(access.map_or(Answer::Nothing, Answer::Access))
            }
            Ask::Page(application) => self.page(application).await,
            Ask::SignUp {
                email, application, ..
            } => self
                .sign_up(&email, application)
                .await
                .map(Answer::SignedUp),
            Ask::Consume(number) => self.consume(&self.keys.links[number]).await,
            Ask::Resolve(number) => self.resolve(&self.keys.sessions[number]).await,
        }
    }
}

/// A user as a row.
struct User(users::Model);

impl FromRow<'_, PgRow> for User {
    fn from_row(row: &PgRow) -> Result<Self, Error> {
        Ok(Self(users::Model {
            id: row.try_get("id")?,
            email: row.try_get("email")?,
            username: row.try_get("username")?,
            name: row.try_get("name")?,
            given_name: row.try_get("given_name")?,
            family_name: row.try_get("family_name")?,
            picture: row.try_get("picture")?,
            email_verified_at: row.try_get("email_verified_at")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            deleted_at: row.try_get("deleted_at")?,
            deletion_id: row.try_get("deletion_id")?,
        }))
    }
}

/// A client as a row.
struct Client(clients::Model);

impl FromRow<'_, PgRow> for Client {
    fn from_row(row: &PgRow) -> Result<Self, Error> {
        Ok(Self(clients::Model {
            application_id: row.try_get("application_id")?,
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            phone: row.try_get("phone")?,
            metadata: row.try_get("metadata")?,
            created_by: row.try_get("created_by")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            deleted_at: row.try_get("deleted_at")?,
            deletion_id: row.try_get("deletion_id")?,
        }))
    }
}

impl FromRow<'_, PgRow> for Access {
    fn from_row(row: &PgRow) -> Result<Self, Error> {
        Ok(Self {
            roles: row.try_get("roles")?,
            permissions: row.try_get("permissions")?,
        })
    }
}

/// A session as a row, with what hangs on it.
struct Found {
    secret_hash: Vec<u8>,
    carrier: Carrier,
}

impl FromRow<'_, PgRow> for Found {
    fn from_row(row: &PgRow) -> Result<Self, Error> {
        let application = application(row)?;
        let inside = application.is_some();
        Ok(Self {
            secret_hash: row.try_get("s_secret_hash")?,
            carrier: Carrier {
                session: Session {
                    id: row.try_get("s_id")?,
                    user_id: row.try_get("s_user_id")?,
                    application_id: application.as_ref().map(|application| application.id),
                    ip: row.try_get("s_ip")?,
                    user_agent: row.try_get("s_user_agent")?,
                    last_seen_at: row.try_get("s_last_seen_at")?,
                    expires_at: row.try_get("s_expires_at")?,
                    rotated_at: row.try_get("s_rotated_at")?,
                    created_at: row.try_get("s_created_at")?,
                },
                user: User::from_row(row)?.0,
                access: inside.then(|| Access::from_row(row)).transpose()?,
                rotation_due: inside && row.try_get("rotation_due")?,
                application,
            },
        })
    }
}

fn application(row: &PgRow) -> Result<Option<applications::Model>, Error> {
    let Some(id) = row.try_get("a_id")? else {
        return Ok(None);
    };
    Ok(Some(applications::Model {
        id,
        public_id: row.try_get("a_public_id")?,
        slug: row.try_get("a_slug")?,
        name: row.try_get("a_name")?,
        description: row.try_get("a_description")?,
        created_by: row.try_get("a_created_by")?,
        compute_id: row.try_get("a_compute_id")?,
        created_at: row.try_get("a_created_at")?,
        updated_at: row.try_get("a_updated_at")?,
        deleted_at: row.try_get("a_deleted_at")?,
        deletion_id: row.try_get("a_deletion_id")?,
    }))
}
