//! Proving to know a password.

use std::net::IpAddr;

use entity::{user_passwords, users};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Expr;
use uuid::Uuid;

use super::throttle::Attempt;
use super::{outside, policy, store};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::scope::Find;
use crate::secret::{Password, PlainToken, Verdict};
use crate::sessions::{NewSession, Opened, open, rotate};
use crate::users::User;
use crate::value::Email;

/// Who proved to know a password.
struct Proof {
    user: User,
    /// As it is stored.
    hash: String,
    /// It is to be replaced.
    outdated: bool,
}

pub(super) async fn authenticate(
    db: &Db,
    email: &Email,
    password: &Password,
    source: Option<IpAddr>,
) -> Result<User> {
    let who = users::Column::Email.eq(email.as_str());
    let proof = prove(db, email.as_str(), who, password, source).await?;
    if proof.outdated {
        upgrade(db, &proof, password).await;
    }
    Ok(proof.user)
}

pub(super) async fn sign_in(
    db: &Db,
    email: &Email,
    password: &Password,
    source: Option<IpAddr>,
    new: NewSession,
) -> Result<Opened> {
    let who = users::Column::Email.eq(email.as_str());
    let mut proof = prove(db, email.as_str(), who, password, source).await?;
    loop {
        let user_id = proof.user.id;
        let opened = db
            .transaction(async |db| {
                if store::keep(db, user_id, &proof.hash).await? {
                    let new = new.clone();
                    open::open(db, user_id, new).await.map(Some)
                } else {
                    Ok::<_, Error>(None)
                }
            })
            .await?;
        if let Some(opened) = opened {
            if proof.outdated {
                upgrade(db, &proof, password).await;
            }
            return Ok(opened);
        }
        // Another hash stands there by now. It may be of the same password, where a sign-in beside this one has replaced an
        // outdated one.
        let same = users::Column::Id.eq(user_id);
        let again = verify(db, same, password).await?;
        proof = again.ok_or(Error::InvalidCredentials)?;
    }
}

pub(super) async fn change(
    db: &Db,
    user_id: Uuid,
    current: &Password,
    new: &Password,
    keep_session: Option<Uuid>,
    source: Option<IpAddr>,
) -> Result<Option<PlainToken>> {
    let user = db.users().get(user_id).await?.ok_or(Error::NotFound)?;
    // Before the current one is proved: a refusal is no attempt.
    let min_length = db.policy().password_min_length;
    policy::check(new, min_length, &store::words(&user))?;
    let who = users::Column::Id.eq(user_id);
    let proof = prove(db, &user.email, who, current, source).await?;
    let hash = db.hasher().hash(new).await?;
    db.transaction(async |db| {
        // Only in the place of the one that was proved: whoever knows it has no say any more once another is set.
        store::replace(db, user_id, &proof.hash, hash, keep_session).await?;
        match keep_session {
            Some(id) => match rotate::by_id(db, id).await {
                Ok(token) => Ok(Some(token)),
                Err(Error::InvalidToken) => Err(Error::NotFound),
                Err(other) => Err(other),
            },
            None => Ok(None),
        }
    })
    .await
}

/// The live user of whom this is the password; counted as an attempt on the account with the address.
async fn prove(
    db: &Db,
    address: &str,
    who: Expr,
    password: &Password,
    source: Option<IpAddr>,
) -> Result<Proof> {
    let attempt = Attempt::count(db, address, source).await?;
    match verify(db, who, password).await {
        Ok(Some(proof)) => {
            attempt.succeeded(db).await?;
            Ok(proof)
        }
        Ok(None) => Err(Error::InvalidCredentials),
        Err(error) => {
            // It was not looked at.
            if attempt.take_back(db).await.is_err() {
                tracing::warn!(
                    "an attempt to sign in that failed for another reason stays counted"
                );
            }
            Err(error)
        }
    }
}

/// The same query and the same hashing whether there is such a user and password or not.
async fn verify(db: &Db, who: Expr, password: &Password) -> Result<Option<Proof>> {
    let found = stored(db, who).await?;
    let stored = found.as_ref().map(|(row, _)| row.password_hash.clone());
    let verdict = db.hasher().verify(password, stored).await?;
    Ok(found
        .filter(|_| verdict != Verdict::Wrong)
        .map(|(row, user)| Proof {
            user,
            hash: row.password_hash,
            outdated: verdict == Verdict::Outdated,
        }))
}

/// The live user with the password. On Citus users are on every node, and a password is on one that only the user's id tells.
async fn stored(db: &Db, who: Expr) -> Result<Option<(user_passwords::Model, User)>> {
    let passwords = Find::<user_passwords::Entity, _>::new(outside(db));
    if !db.is_on_citus() {
        return passwords.both::<users::Entity>().filter(who).one().await;
    }
    let users = Find::<users::Entity, _>::new(outside(db));
    let user = users.filter(who).one().await?;
    // One more query also for nobody: how long it takes tells nothing.
    let user_id = user.as_ref().map_or(Uuid::nil(), |user| user.id);
    let password = passwords
        .filter(user_passwords::Column::UserId.eq(user_id))
        .one()
        .await?;
    Ok(password.zip(user))
}

/// Replaces the hash, unless the password was changed meanwhile. Nobody is kept out where that fails.
async fn upgrade(db: &Db, proof: &Proof, password: &Password) {
    let upgraded = async {
        let hash = db.hasher().hash(password).await?;
        // Of its own, so that a refusal leaves the caller's transaction fit for use.
        db.transaction(async |db| {
            let scope = outside(db);
            let swapped = store::swap(&scope, proof.user.id, &proof.hash, hash).await?;
            if swapped {
                store::record(&scope, "password.rehash", proof.user.id)?;
            }
            Ok(swapped)
        })
        .await
    };
    match upgraded.await {
        Ok(_) => {}
        // What the database says may hold a value.
        Err(Error::Busy) => tracing::warn!("an outdated password hash stays: too many are waiting"),
        Err(_) => tracing::warn!("an outdated password hash stays: storing a new one failed"),
    }
}
