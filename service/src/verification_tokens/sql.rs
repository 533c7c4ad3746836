//! The statements that look at a token and use it, made once: each is one round trip, and changes nothing where the token is
//! not valid.
//!
//! `$1` is its id, `$2` its hash, `$3` the purpose, `$4` now, `$5` the only user whose it may be (NULL: anybody's).

use std::fmt::Write as _;
use std::sync::LazyLock;

use entity::users;
use sea_orm::{DbBackend, IdenStatic, Iterable};

use crate::db::Db;
use crate::scope::columns;

/// The token `t` is right, unused and lasts. What is compared is a hash: how long that takes tells nothing of the secret.
const VALID: &str = "t.id = $1 AND t.secret_hash = $2 AND t.purpose = $3 AND t.consumed_at IS NULL \
    AND t.revoked_at IS NULL AND t.expires_at > $4 AND ($5 IS NULL OR t.user_id = $5)";

/// Its user `u` is live and has the address that it was issued for. (Citus garbles `CASE x WHEN y` on its way to a node.)
const STILL: &str = "u.id = t.user_id AND u.deleted_at IS NULL AND u.email = \
    CASE WHEN t.purpose = 'email_change' THEN t.payload ->> 'from' ELSE t.email END";

/// The columns of the token that are told; NULL where it was not used.
const TOLD: &str = "used.id, used.email, used.expires_at";

/// The token and its user, on both databases.
pub(super) static LOOK: LazyLock<String> = LazyLock::new(|| {
    let user = columns::<users::Entity>("u");
    format!(
        "SELECT {user}t.id, t.email, t.expires_at FROM verification_tokens t JOIN users u ON {STILL} WHERE {VALID}"
    )
});

/// In an open transaction the user's row is locked before the token's, as all do who lock both: what is done to the user after
/// that waits for nobody who waits for the token. Where nothing is done after that, nothing has to be locked: what deletes a
/// user, or gives the user another address, ends the user's tokens in the same transaction. Whoever waited for another finds
/// here that the token has been used or ended meanwhile.
fn using(lock: &str, more: &str) -> String {
    format!(
        "WITH live AS (SELECT u.* FROM verification_tokens t JOIN users u ON {STILL} WHERE {VALID}{lock}), \
         used AS (UPDATE verification_tokens t SET consumed_at = $4, updated_at = $4 FROM live \
         WHERE t.id = $1 AND t.user_id = live.id AND t.consumed_at IS NULL AND t.revoked_at IS NULL{more} \
         RETURNING t.id, t.email, t.expires_at)"
    )
}

const LOCKED: &str = " FOR NO KEY UPDATE OF u";

/// Uses the token, by itself; where `$6` is true, only if its user's address is proved. The first part does it, the second
/// gives the user if the token is valid, and the token too if it was used.
pub(super) static USE: LazyLock<[String; 2]> = LazyLock::new(|| spending(""));

fn spending(lock: &str) -> [String; 2] {
    let user = columns::<users::Entity>("live");
    [
        using(lock, " AND (live.email_verified_at IS NOT NULL OR NOT $6)"),
        format!("SELECT {user}{TOLD} FROM live LEFT JOIN used ON true"),
    ]
}

/// Uses the token, and its user's address is proved from now on where it was not before (`newly`).
pub(super) static PROVE: LazyLock<String> = LazyLock::new(|| {
    let user = columns::<users::Entity>("u");
    format!(
        "{}, proved AS (UPDATE users u SET email_verified_at = $4, updated_at = $4 FROM used, live \
         WHERE u.id = live.id AND u.email_verified_at IS NULL RETURNING u.*) \
         SELECT {user}{TOLD}, u.newly FROM used JOIN (SELECT proved.*, true AS newly FROM proved \
         UNION ALL SELECT live.*, false FROM live WHERE NOT EXISTS (SELECT 1 FROM proved)) u ON true",
        using(LOCKED, "")
    )
});

/// As [`USE`], and gives nothing where the token was not used.
static BY_ITSELF: LazyLock<String> = LazyLock::new(|| {
    let user = columns::<users::Entity>("u");
    format!(
        "UPDATE verification_tokens t SET consumed_at = $4, updated_at = $4 FROM users u WHERE {VALID} AND {STILL} \
         AND (u.email_verified_at IS NOT NULL OR NOT $6) RETURNING {user}t.id, t.email, t.expires_at"
    )
});

static IN_TRANSACTION: LazyLock<String> = LazyLock::new(|| spending(LOCKED).join(" "));

/// As [`USE`], and gives nothing where the token was not used. What changes a row can return that row's columns alone on
/// `SQLite`: those of the user are looked up one by one, by its key. There is one writer at a time, and nothing to lock.
static SQLITE: LazyLock<String> = LazyLock::new(|| {
    let mut sql = format!(
        "UPDATE verification_tokens AS t SET consumed_at = $4, updated_at = $4 WHERE {VALID} \
         AND EXISTS (SELECT 1 FROM users u WHERE {STILL} AND (u.email_verified_at IS NOT NULL OR NOT $6)) RETURNING "
    );
    for column in users::Column::iter() {
        let column = column.as_str();
        // Writing to a string cannot fail.
        let _ = write!(
            sql,
            "(SELECT u.{column} FROM users u WHERE u.id = user_id), "
        );
    }
    sql + "id, email, expires_at"
});

/// [`USE`], as the backend takes it.
pub(super) fn using_on(db: &Db) -> &'static str {
    match db.backend() {
        DbBackend::Sqlite => &SQLITE,
        _ if db.in_transaction() => &IN_TRANSACTION,
        _ => &BY_ITSELF,
    }
}
