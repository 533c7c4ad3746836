//! `SeaORM`: its connection as it comes, entities and relations as its users write them.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, SubsecRound, Utc};
use entity::{
    application_memberships, applications, clients, membership_roles, role_permissions, roles,
    sessions, users, verification_tokens,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectOptions, Database, DatabaseConnection, DbErr,
    EntityTrait, JoinType, LoaderTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Set,
    TransactionTrait,
};
use service::Session;
use service::secret::{Token, TokenKind};
use uuid::Uuid;

use super::hand::{IDLE, places};
use super::{CONNECTIONS, sql};
use crate::keys::{Keys, Kind, PAGE, id};
use crate::operation::{Access, Answer, Ask, Carrier, Outcome, Page, SignedUp, Stack};

#[derive(Clone)]
pub(crate) struct PlainSeaOrm {
    keys: Arc<Keys>,
    db: DatabaseConnection,
}

impl PlainSeaOrm {
    pub(crate) async fn connect(url: &str, keys: Arc<Keys>) -> Outcome<Self> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(CONNECTIONS);
        Ok(Self::on(Database::connect(options).await?, keys))
    }

    /// On a connection that is there.
    pub(crate) fn on(db: DatabaseConnection, keys: Arc<Keys>) -> Self {
        Self { keys, db }
    }

    async fn user(&self, email: &str) -> Result<Answer, DbErr> {
        let user = users::Entity::find()
            .filter(users::Column::Email.eq(email))
            .filter(users::Column::DeletedAt.is_null())
            .one(&self.db)
            .await?;
        Ok(user.map_or(Answer::Nothing, Answer::User))
    }

    async fn tenant(&self, user: Uuid, application: Uuid) -> Result<Answer, DbErr> {
        let membership = application_memberships::Entity::find_by_id((application, user))
            .inner_join(users::Entity)
            .inner_join(applications::Entity)
            .filter(application_memberships::Column::DeletedAt.is_null())
            .filter(users::Column::DeletedAt.is_null())
            .filter(applications::Column::DeletedAt.is_null())
            .one(&self.db)
            .await?;
        if membership.is_none() {
            return Ok(Answer::Nothing);
        }
        let (access, _) = self.access(user, application, None).await?;
        Ok(Answer::Access(access))
    }

    /// The roles and what they allow, and whether one was given after `since`.
    async fn access(
        &self,
        user: Uuid,
        application: Uuid,
        since: Option<DateTime<FixedOffset>>,
    ) -> Result<(Access, bool), DbErr> {
        let given = membership_roles::Entity::find()
            .filter(membership_roles::Column::ApplicationId.eq(application))
            .filter(membership_roles::Column::UserId.eq(user))
            .find_also_related(roles::Entity)
            .filter(roles::Column::DeletedAt.is_null())
            .order_by_asc(roles::Column::Key)
            .all(&self.db)
            .await?;
        let late = given
            .iter()
            .any(|(given, _)| since.is_some_and(|since| given.created_at > since));
        let roles: Vec<_> = given.into_iter().filter_map(|(_, role)| role).collect();
        let allowed = roles.load_many(role_permissions::Entity, &self.db).await?;
        let mut permissions: Vec<_> = allowed
            .into_iter()
            .flatten()
            .map(|allowed| allowed.permission)
            .collect();
        permissions.sort_unstable();
        permissions.dedup();
        let access = Access {
            roles: roles.into_iter().map(|role| role.key).collect(),
            permissions,
        };
        Ok((access, late))
    }

    async fn page(&self, application: usize) -> Result<Answer, DbErr> {
        let mut clients = clients::Entity::find()
            .filter(clients::Column::ApplicationId.eq(id(Kind::Application, application)))
            .filter(clients::Column::DeletedAt.is_null())
            .filter(clients::Column::Id.gt(Keys::after(application)))
            .order_by_asc(clients::Column::Id)
            .limit(PAGE as u64 + 1)
            .all(&self.db)
            .await?;
        let more = clients.len() > PAGE;
        clients.truncate(PAGE);
        Ok(Answer::Page(Page { clients, more }))
    }

    async fn sign_up(&self, email: String, application: usize) -> Outcome<Answer> {
        let (application, admin) = places(application);
        let (id, now) = (Uuid::now_v7(), now());
        let transaction = self.db.begin().await?;
        let user = users::ActiveModel {
            id: Set(id),
            email: Set(email),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        let user = user.insert(&transaction).await?;
        let role = roles::Entity::find()
            .inner_join(applications::Entity)
            .filter(applications::Column::DeletedAt.is_null())
            .filter(roles::Column::ApplicationId.eq(application))
            .filter(roles::Column::Key.eq(sql::ROLE))
            .filter(roles::Column::DeletedAt.is_null())
            .one(&transaction)
            .await?
            .ok_or("no such application or role")?;
        let membership = application_memberships::ActiveModel {
            application_id: Set(application),
            user_id: Set(id),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        membership.insert(&transaction).await?;
        let given = membership_roles::ActiveModel {
            application_id: Set(application),
            user_id: Set(id),
            role_id: Set(role.id),
            granted_by: Set(Some(admin)),
            created_at: Set(now),
            updated_at: Set(now),
        };
        given.insert(&transaction).await?;
        transaction.commit().await?;
        Ok(Answer::SignedUp(SignedUp {
            user,
            roles: vec![role.key],
        }))
    }

    async fn consume(&self, token: &str) -> Result<Answer, DbErr> {
        let Some(token) = Token::parse(TokenKind::MagicLink, token) else {
            return Ok(Answer::Nothing);
        };
        let now = now();
        let found = verification_tokens::Entity::find_by_id(token.id)
            .filter(verification_tokens::Column::Purpose.eq("magic_link"))
            .filter(verification_tokens::Column::ConsumedAt.is_null())
            .filter(verification_tokens::Column::RevokedAt.is_null())
            .filter(verification_tokens::Column::ExpiresAt.gt(now))
            .find_also_related(users::Entity)
            .filter(users::Column::DeletedAt.is_null())
            .one(&self.db)
            .await?;
        let Some((row, Some(user))) = found else {
            return Ok(Answer::Nothing);
        };
        let valid = token.hash.matches(&row.secret_hash)
            && row.email.as_ref() == Some(&user.email)
            && user.email_verified_at.is_some();
        if !valid {
            return Ok(Answer::Nothing);
        }
        let consumed = verification_tokens::ActiveModel {
            consumed_at: Set(Some(now)),
            updated_at: Set(now),
            ..Default::default()
        };
        let done = verification_tokens::Entity::update_many()
            .set(consumed)
            .filter(verification_tokens::Column::Id.eq(row.id))
            .filter(verification_tokens::Column::ConsumedAt.is_null())
            .filter(verification_tokens::Column::RevokedAt.is_null())
            .exec(&self.db)
            .await?;
        Ok(if done.rows_affected == 1 {
            Answer::User(user)
        } else {
            Answer::Nothing
        })
    }

    async fn resolve(&self, token: &str) -> Result<Answer, DbErr> {
        let Some(token) = Token::parse(TokenKind::Session, token) else {
            return Ok(Answer::Nothing);
        };
        let now = now();
        let found = sessions::Entity::find_by_id(token.id)
            .filter(sessions::Column::RevokedAt.is_null())
            .filter(sessions::Column::ExpiresAt.gt(now))
            .filter(sessions::Column::LastSeenAt.gt(now - IDLE))
            .find_also_related(users::Entity)
            .filter(users::Column::DeletedAt.is_null())
            .one(&self.db)
            .await?;
        let Some((row, Some(user))) = found else {
            return Ok(Answer::Nothing);
        };
        if !token.hash.matches(&row.secret_hash) {
            return Ok(Answer::Nothing);
        }
        let application = self.entered(&row).await?;
        let (access, rotation_due) = match &application {
            Some(application) => {
                let since = row.rotated_at.unwrap_or(row.created_at);
                let (access, late) = self.access(user.id, application.id, Some(since)).await?;
                (Some(access), late)
            }
            None => (None, false),
        };
        Ok(Answer::Carrier(Carrier {
            session: Session {
                id: row.id,
                user_id: row.user_id,
                application_id: application.as_ref().map(|application| application.id),
                ip: row.ip,
                user_agent: row.user_agent,
                last_seen_at: row.last_seen_at,
                expires_at: row.expires_at,
                rotated_at: row.rotated_at,
                created_at: row.created_at,
            },
            user,
            application,
            access,
            rotation_due,
        }))
    }

    /// The session's application, where its user is a member.
    async fn entered(
        &self,
        session: &sessions::Model,
    ) -> Result<Option<applications::Model>, DbErr> {
        let Some(application) = session.application_id else {
            return Ok(None);
        };
        applications::Entity::find_by_id(application)
            .join(
                JoinType::InnerJoin,
                application_memberships::Relation::Applications.def().rev(),
            )
            .filter(applications::Column::DeletedAt.is_null())
            .filter(application_memberships::Column::UserId.eq(session.user_id))
            .filter(application_memberships::Column::DeletedAt.is_null())
            .one(&self.db)
            .await
    }
}

/// In microseconds: `SQLite` would keep more, and the schema refuses that.
fn now() -> DateTime<FixedOffset> {
    Utc::now().trunc_subsecs(6).fixed_offset()
}

impl Stack for PlainSeaOrm {
    async fn answer(&self, _worker: usize, ask: Ask) -> Outcome<Answer> {
        Ok(match ask {
            Ask::UserByEmail(number) => self.user(self.keys.emails[number].as_str()).await?,
            Ask::Tenant { user, application } => self.tenant(user, application).await?,
            Ask::Page(application) => self.page(application).await?,
            Ask::SignUp {
                email, application, ..
            } => self.sign_up(email, application).await?,
            Ask::Consume(number) => self.consume(&self.keys.links[number]).await?,
            Ask::Resolve(number) => self.resolve(&self.keys.sessions[number]).await?,
        })
    }
}
