//! tokio-postgres: a connection of its own for each worker, every statement prepared beforehand.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use entity::applications;
use service::Session;
use service::secret::{Token, TokenKind};
use tokio_postgres::{Client, NoTls, Row, Statement};
use uuid::Uuid;

use super::{CONNECTIONS, sql};
use crate::common::models::{client, user};
use crate::keys::{Keys, Kind, PAGE, id, owner_of};
use crate::operation::{Access, Answer, Ask, Carrier, Outcome, Page, SignedUp, Stack};

/// How long a session lasts without being used, as the service has it by default.
pub(crate) const IDLE: TimeDelta = TimeDelta::days(7);

#[derive(Clone)]
pub(crate) struct Hand {
    keys: Arc<Keys>,
    lines: Arc<[Line]>,
}

/// A connection with its statements.
struct Line {
    client: Client,
    user: Statement,
    access: Statement,
    page: Statement,
    new_user: Statement,
    new_membership: Statement,
    new_role: Statement,
    sign_up: Statement,
    consume: Statement,
    session: Statement,
}

impl Hand {
    pub(crate) async fn connect(url: &str, keys: Arc<Keys>) -> Outcome<Self> {
        let mut lines = Vec::new();
        for _ in 0..CONNECTIONS {
            lines.push(Line::open(url).await?);
        }
        Ok(Self {
            keys,
            lines: lines.into(),
        })
    }
}

impl Line {
    async fn open(url: &str) -> Outcome<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            user: client.prepare(sql::USER).await?,
            access: client.prepare(sql::ACCESS).await?,
            page: client.prepare(sql::PAGE).await?,
            new_user: client.prepare(sql::NEW_USER).await?,
            new_membership: client.prepare(sql::NEW_MEMBERSHIP).await?,
            new_role: client.prepare(sql::NEW_ROLE).await?,
            sign_up: client.prepare(sql::SIGN_UP).await?,
            consume: client.prepare(sql::CONSUME).await?,
            session: client.prepare(sql::SESSION).await?,
            client,
        })
    }

    /// Whatever fails here ends the benchmark, so nothing is rolled back.
    async fn sign_up(&self, email: &str, application: usize) -> Outcome<SignedUp> {
        let (id, now) = (Uuid::now_v7(), Utc::now());
        let (application, admin) = places(application);
        self.client.batch_execute("BEGIN").await?;
        let row = self
            .client
            .query_one(&self.new_user, &[&id, &email, &now])
            .await?;
        let joined = self
            .client
            .execute(&self.new_membership, &[&application, &id, &now])
            .await?;
        let given = self
            .client
            .execute(
                &self.new_role,
                &[&application, &id, &sql::ROLE, &admin, &now],
            )
            .await?;
        if (joined, given) != (1, 1) {
            return Err("no such application or role".into());
        }
        self.client.batch_execute("COMMIT").await?;
        Ok(SignedUp {
            user: user(&row, 0),
            roles: vec![sql::ROLE.to_owned()],
        })
    }

    async fn sign_up_in_one(&self, email: &str, application: usize) -> Outcome<SignedUp> {
        let (id, now) = (Uuid::now_v7(), Utc::now());
        let (application, admin) = places(application);
        let row = self
            .client
            .query_one(
                &self.sign_up,
                &[&id, &email, &now, &application, &sql::ROLE, &admin],
            )
            .await?;
        Ok(SignedUp {
            user: user(&row, 0),
            roles: vec![sql::ROLE.to_owned()],
        })
    }

    async fn resolve(&self, token: &str) -> Outcome<Answer> {
        let Some(token) = Token::parse(TokenKind::Session, token) else {
            return Ok(Answer::Nothing);
        };
        let now = Utc::now();
        let row = self
            .client
            .query_opt(&self.session, &[&token.id, &now, &(now - IDLE)])
            .await?;
        Ok(match row {
            Some(row) if token.hash.matches(row.get(1)) => Answer::Carrier(carrier(&row)),
            _ => Answer::Nothing,
        })
    }

    async fn consume(&self, token: &str) -> Outcome<Answer> {
        let Some(token) = Token::parse(TokenKind::MagicLink, token) else {
            return Ok(Answer::Nothing);
        };
        let hash = Vec::from(token.hash);
        let row = self
            .client
            .query_opt(&self.consume, &[&token.id, &hash, &Utc::now()])
            .await?;
        Ok(row.map_or(Answer::Nothing, |row| Answer::User(user(&row, 0))))
    }

    async fn page(&self, application: usize) -> Outcome<Answer> {
        let after = Keys::after(application);
        let application = id(Kind::Application, application);
        let rows = self
            .client
            .query(&self.page, &[&application, &after])
            .await?;
        let clients = rows.iter().take(PAGE).map(client).collect();
        Ok(Answer::Page(Page {
            clients,
            more: rows.len() > PAGE,
        }))
    }
}

impl Stack for Hand {
    async fn answer(&self, worker: usize, ask: Ask) -> Outcome<Answer> {
        let line = &self.lines[worker];
        match ask {
            Ask::UserByEmail(number) => {
                let email = self.keys.emails[number].as_str();
                let row = line.client.query_opt(&line.user, &[&email]).await?;
                Ok(row.map_or(Answer::Nothing, |row| Answer::User(user(&row, 0))))
            }
            Ask::Tenant { user, application } => {
                let row = line
                    .client
                    .query_opt(&line.access, &[&application, &user])
                    .await?;
                Ok(row.map_or(Answer::Nothing, |row| Answer::Access(access(&row, 0))))
            }
            Ask::Page(application) => line.page(application).await,
            Ask::SignUp {
                email,
                application,
                in_one: false,
            } => line
                .sign_up(&email, application)
                .await
                .map(Answer::SignedUp),
            Ask::SignUp {
                email, application, ..
            } => {
                let made = line.sign_up_in_one(&email, application).await;
                made.map(Answer::SignedUp)
            }
            Ask::Consume(number) => line.consume(&self.keys.links[number]).await,
            Ask::Resolve(number) => line.resolve(&self.keys.sessions[number]).await,
        }
    }
}

/// An application, and who grants roles there.
pub(crate) fn places(application: usize) -> (Uuid, Uuid) {
    let owner = id(Kind::User, owner_of(application));
    (id(Kind::Application, application), owner)
}

fn access(row: &Row, first: usize) -> Access {
    Access {
        roles: row.get(first),
        permissions: row.get(first + 1),
    }
}

fn application(row: &Row, first: usize) -> Option<applications::Model> {
    Some(applications::Model {
        id: row.get::<_, Option<Uuid>>(first)?,
        public_id: row.get(first + 1),
        slug: row.get(first + 2),
        name: row.get(first + 3),
        description: row.get(first + 4),
        created_by: row.get(first + 5),
        compute_id: row.get(first + 6),
        created_at: row.get(first + 7),
        updated_at: row.get(first + 8),
        deleted_at: row.get(first + 9),
        deletion_id: row.get(first + 10),
    })
}

/// The columns of [`sql::SESSION`]: nine of the session, twelve of the user, eleven of the application, and what follows.
fn carrier(row: &Row) -> Carrier {
    let application = application(row, 21);
    Carrier {
        session: Session {
            id: row.get(0),
            user_id: row.get(2),
            application_id: application.as_ref().map(|application| application.id),
            ip: row.get(3),
            user_agent: row.get(4),
            last_seen_at: row.get(5),
            expires_at: row.get(6),
            rotated_at: row.get(7),
            created_at: row.get(8),
        },
        user: user(row, 9),
        access: application.is_some().then(|| access(row, 32)),
        rotation_due: application.is_some() && row.get(34),
        application,
    }
}
