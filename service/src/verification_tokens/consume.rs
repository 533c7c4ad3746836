//! Looking at a token, and using it: once.

use chrono::{DateTime, FixedOffset};
use entity::{users, verification_tokens};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use super::{Purpose, sql};
use crate::audit::{Event, Telling, tell};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::Outside;
use crate::scope::decode::{Decoded, value};
use crate::secret::Token;
use crate::users::User;
use crate::value::Email;

/// A valid token, as looking at it or using it tells.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    /// Whose it is.
    pub user: User,
    /// The address that it was sent to.
    pub email: Email,
    /// From this instant on it is void.
    pub expires_at: DateTime<FixedOffset>,
    pub(super) id: Uuid,
}

/// What the token says. It reaches no database: what is none costs nobody anything.
pub(super) fn read(purpose: Purpose, token: &[u8]) -> Result<Token> {
    Token::parse(purpose.kind(), token).ok_or(Error::InvalidToken)
}

/// The token, if it is valid: right, unused, of this purpose and user, its user live and with the address that it was
/// issued for. One query; nothing is written and nothing is locked for a token that is not.
pub(super) async fn peek(
    db: &Db,
    purpose: Purpose,
    only: Option<Uuid>,
    token: &Token,
) -> Result<VerifiedToken> {
    let values = values(db, purpose, only, token).collect();
    let row = ask(db, &sql::LOOK, values).await?;
    let row = row.ok_or(Error::InvalidToken)?;
    let (_, seen) = read_row(&row)?;
    seen.ok_or(Error::InvalidToken)
}

/// As [`peek`], and uses it: of several who do so at once, one succeeds. One query, and its event.
pub(super) async fn consume(
    db: &Db,
    purpose: Purpose,
    only: Option<Uuid>,
    token: &Token,
) -> Result<VerifiedToken> {
    let (_, spent) = spend(db, purpose, only, token, false)
        .await?
        .ok_or(Error::InvalidToken)?;
    spent.ok_or(Error::InvalidToken)
}

/// As [`consume`], if the user has proved the address before. `None`: the token is valid, and was not used.
pub(super) async fn consume_if_proved(
    db: &Db,
    purpose: Purpose,
    only: Option<Uuid>,
    token: &Token,
) -> Result<Option<VerifiedToken>> {
    match spend(db, purpose, only, token, true).await? {
        Some((_, Some(spent))) => Ok(Some(spent)),
        Some((user, None)) if user.email_verified_at.is_none() => Ok(None),
        // Not every statement tells the one from the other.
        None => {
            peek(db, purpose, only, token).await?;
            Ok(None)
        }
        _ => Err(Error::InvalidToken),
    }
}

/// Uses the token; where `if_proved`, only if the address is. What there is of the user, if the token is valid, and of the
/// token, if it was used.
async fn spend(
    db: &Db,
    purpose: Purpose,
    only: Option<Uuid>,
    token: &Token,
    if_proved: bool,
) -> Result<Option<(User, Option<VerifiedToken>)>> {
    let values = |only| {
        let values = values(db, purpose, only, token).chain([if_proved.into()]);
        values.collect()
    };
    if !db.audits() || db.in_transaction() {
        let row = ask(db, sql::using_on(db), values(only)).await?;
        let Some(row) = row else { return Ok(None) };
        let (user, spent) = read_row(&row)?;
        if let Some(spent) = &spent {
            db.record(event(db, purpose, spent.id, user.id))?;
        }
        return Ok(Some((user, spent)));
    }
    // Whose it is stands in the event. What is no token opens no transaction, and on `SQLite` takes no turn to write.
    let seen = peek(db, purpose, only, token).await?;
    if if_proved && seen.user.email_verified_at.is_none() {
        return Ok(Some((seen.user, None)));
    }
    if !db.tells_along() {
        return db
            .transaction(async |db| Box::pin(spend(db, purpose, only, token, if_proved)).await)
            .await;
    }
    let event = event(db, purpose, seen.id, seen.user.id);
    let [with, rest] = &*sql::USE;
    let statement = Telling {
        with,
        of: "used",
        rest,
    };
    let rows = tell(db, statement, values(Some(seen.user.id)), vec![event]).await?;
    rows.first().map(read_row).transpose()
}

/// As [`consume`], and the user's address is proved from now on, if it was not before. One query, on `PostgreSQL`.
pub(super) async fn prove(
    db: &Db,
    purpose: Purpose,
    only: Option<Uuid>,
    token: &Token,
) -> Result<User> {
    let values = values(db, purpose, only, token).collect();
    let row = ask(db, &sql::PROVE, values).await?;
    let row = row.ok_or(Error::InvalidToken)?;
    let (user, spent) = read_row(&row)?;
    let spent = spent.ok_or(Error::InvalidToken)?;
    db.record(event(db, purpose, spent.id, user.id))?;
    if value(&row, TOKEN + 3)? {
        db.record(proved(db, user.id))?;
    }
    Ok(user)
}

/// The event of an address that was proved.
pub(super) fn proved(db: &Db, user_id: Uuid) -> Event {
    let outside = Outside { db: db.clone() };
    Event::on::<users::Entity>(&outside, "user.verify_email", user_id).by(db, user_id)
}

fn event(db: &Db, purpose: Purpose, id: Uuid, user_id: Uuid) -> Event {
    let outside = Outside { db: db.clone() };
    Event::on::<verification_tokens::Entity>(&outside, "verification_token.consume", id)
        .with("purpose", purpose.as_str())
        .with("user_id", user_id.to_string())
        .by(db, user_id)
}

/// The parameters that all of [`sql`] begin with.
fn values(
    db: &Db,
    purpose: Purpose,
    only: Option<Uuid>,
    token: &Token,
) -> impl Iterator<Item = Value> {
    let hash: Vec<u8> = token.hash.clone().into();
    let now = db.clock().now();
    let values: [Value; 5] = [
        token.id.into(),
        hash.into(),
        purpose.as_str().into(),
        now.into(),
        only.into(),
    ];
    values.into_iter()
}

async fn ask(db: &Db, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>> {
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    #[expect(
        clippy::disallowed_methods,
        reason = "the door: ready-made SQL with its walls in it"
    )]
    let row = db.own().query_one_raw(statement).await?;
    Ok(row)
}

/// Where the columns of the token begin: id, address, end; and whether the address is newly proved.
const TOKEN: usize = users::Model::COLUMNS;

/// The user, and the token if it was used.
fn read_row(row: &QueryResult) -> Result<(User, Option<VerifiedToken>)> {
    let user = users::Model::decode(row, 0)?;
    let Some(id) = value(row, TOKEN)? else {
        return Ok((user, None));
    };
    let email: String = value(row, TOKEN + 1)?;
    let spent = VerifiedToken {
        user: user.clone(),
        email: email.parse()?,
        expires_at: value(row, TOKEN + 2)?,
        id,
    };
    Ok((user, Some(spent)))
}
