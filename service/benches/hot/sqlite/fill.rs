//! The same rows as on `PostgreSQL`, in a file.

use rusqlite::{Connection, Error, Transaction, params};
use service::STANDARD_ROLES;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::common::bar;
use crate::keys::{
    APPLICATIONS, CLIENTS, Kind, LINKS, PLACES, SESSIONS, USERS, application_of, id, owner_of,
    secret,
};

const EARLY: &str = "2026-01-01T00:00:00+00:00";
const LATER: &str = "2026-06-01T00:00:00+00:00";
const DELETED: &str = "2026-03-01T00:00:00+00:00";
const LATE: &str = "2100-01-01T00:00:00+00:00";

/// A table, and what fills it.
type Step = (&'static str, fn(&Transaction<'_>) -> Result<(), Error>);

/// Fills a migrated file: without looking at foreign keys, all at once.
pub(crate) fn fill(connection: &mut Connection) -> Result<(), Error> {
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let steps: [Step; 6] = [
        ("users", users),
        ("applications", applications),
        ("memberships", memberships),
        ("clients", clients),
        ("sessions", sessions),
        ("magic links", links),
    ];
    let bar = bar("filling", steps.len());
    for (what, step) in steps {
        bar.set_message(what);
        let transaction = connection.transaction()?;
        step(&transaction)?;
        transaction.commit()?;
        bar.inc(1);
    }
    // Under a limit, as `PRAGMA optimize` does it: without one, samples of all indexes are kept (STAT4), and a statement is then
    // planned anew for each value that is bound to it.
    connection
        .execute_batch("PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")?;
    bar.finish_and_clear();
    Ok(())
}

/// Lays the magic links anew, unused: those of numbers below `links`.
pub(crate) fn lay_links(connection: &Connection, links: usize) -> Result<(), Error> {
    connection.execute_batch(&format!(
        "DELETE FROM verification_tokens;
         INSERT INTO verification_tokens SELECT * FROM bench_links ORDER BY id LIMIT {links};
         PRAGMA wal_checkpoint(TRUNCATE)"
    ))
}

/// When something was deleted, and as part of what.
fn deleted(which: bool) -> (Option<&'static str>, Option<Uuid>) {
    (which.then_some(DELETED), which.then(|| Uuid::from_u128(9)))
}

fn users(transaction: &Transaction<'_>) -> Result<(), Error> {
    let mut insert = transaction.prepare(
        "INSERT INTO users (id, email, username, name, given_name, family_name, picture, email_verified_at, created_at,
         updated_at, deleted_at, deletion_id) VALUES (?1, ?2, ?3, ?4, 'User', ?5, ?6, ?7, ?8, ?8, ?9, ?10)",
    )?;
    for n in 0..USERS {
        let (deleted_at, deletion_id) = deleted(n % 50 == 0 && n >= 1000);
        insert.execute(params![
            id(Kind::User, n).as_bytes(),
            format!("user{n}@example.com"),
            (n % 4 == 0).then(|| format!("user-{n}")),
            format!("User Number {n}"),
            format!("Number {n}"),
            (n % 3 == 0).then(|| format!("https://pictures.example.com/{:032x}.png", n * 7919)),
            LATER,
            EARLY,
            deleted_at,
            deletion_id.as_ref().map(Uuid::as_bytes),
        ])?;
    }
    Ok(())
}

fn applications(transaction: &Transaction<'_>) -> Result<(), Error> {
    let mut application = transaction.prepare(
        "INSERT INTO applications (id, public_id, slug, name, description, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )?;
    let mut role = transaction.prepare(
        "INSERT INTO roles (application_id, id, key, name, description, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )?;
    let mut allow = transaction.prepare(
        "INSERT INTO role_permissions (application_id, role_id, permission, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?4)",
    )?;
    for n in 0..APPLICATIONS {
        let this = id(Kind::Application, n);
        application.execute(params![
            this.as_bytes(),
            format!("application{n:06}"),
            format!("application-{n}"),
            format!("Application {n}"),
            format!("What application {n} is for"),
            id(Kind::User, owner_of(n)).as_bytes(),
            EARLY,
        ])?;
        for (number, standard) in STANDARD_ROLES.iter().enumerate() {
            let role_id = id(Kind::Role, n * 3 + number);
            role.execute(params![
                this.as_bytes(),
                role_id.as_bytes(),
                standard.key,
                standard.name,
                standard.description,
                EARLY,
            ])?;
            for permission in standard.permissions {
                allow.execute(params![
                    this.as_bytes(),
                    role_id.as_bytes(),
                    permission,
                    EARLY
                ])?;
            }
        }
    }
    Ok(())
}

fn memberships(transaction: &Transaction<'_>) -> Result<(), Error> {
    let mut membership = transaction.prepare(
        "INSERT INTO application_memberships (application_id, user_id, created_at, updated_at, deleted_at, deletion_id)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
    )?;
    let mut give = transaction.prepare(
        "INSERT INTO membership_roles (application_id, user_id, role_id, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?4)",
    )?;
    for user in 0..USERS {
        for place in 0..PLACES {
            let number = application_of(user, place);
            let (application, user_id) = (id(Kind::Application, number), id(Kind::User, user));
            let (deleted_at, deletion_id) = deleted((user + place) % 40 == 0 && user >= 1000);
            membership.execute(params![
                application.as_bytes(),
                user_id.as_bytes(),
                EARLY,
                deleted_at,
                deletion_id.as_ref().map(Uuid::as_bytes),
            ])?;
            let first = place == 0;
            for (role, given) in [
                (2, true),
                (1, first && user % 2 == 0),
                (0, first && user < APPLICATIONS),
            ] {
                if given {
                    give.execute(params![
                        application.as_bytes(),
                        user_id.as_bytes(),
                        id(Kind::Role, number * 3 + role).as_bytes(),
                        EARLY,
                    ])?;
                }
            }
        }
    }
    Ok(())
}

fn clients(transaction: &Transaction<'_>) -> Result<(), Error> {
    let mut insert = transaction.prepare(
        "INSERT INTO clients (application_id, id, name, email, phone, metadata, created_by, created_at, updated_at,
         deleted_at, deletion_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)",
    )?;
    for n in 0..CLIENTS {
        let (deleted_at, deletion_id) = deleted((n / APPLICATIONS).is_multiple_of(20));
        let score = n % 100;
        insert.execute(params![
            id(Kind::Application, n % APPLICATIONS).as_bytes(),
            id(Kind::Client, n).as_bytes(),
            format!("Client {n}"),
            format!("client{n}@customer.example"),
            (n % 3 == 0).then(|| format!("+372 5{n:07}")),
            format!(r#"{{"segment":"retail","score":{score},"tags":["a","b"]}}"#),
            (n % 2 == 0)
                .then(|| id(Kind::User, n % USERS))
                .as_ref()
                .map(Uuid::as_bytes),
            EARLY,
            deleted_at,
            deletion_id.as_ref().map(Uuid::as_bytes),
        ])?;
    }
    Ok(())
}

fn sessions(transaction: &Transaction<'_>) -> Result<(), Error> {
    let mut insert = transaction.prepare(
        "INSERT INTO sessions (id, secret_hash, user_id, application_id, last_seen_at, expires_at, revoked_at, ip,
         user_agent, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?9)",
    )?;
    for n in 0..SESSIONS {
        let user = n * 13 % USERS;
        insert.execute(params![
            id(Kind::Session, n).as_bytes(),
            Sha256::digest(secret(Kind::Session, n)).as_slice(),
            id(Kind::User, user).as_bytes(),
            id(Kind::Application, application_of(user, n % PLACES)).as_bytes(),
            LATE,
            (n % 25 == 0).then_some(LATER),
            format!("10.0.{}.{}", n / 256 % 256, n % 256),
            format!("Mozilla/5.0 (X11; Linux x86_64) Bench/{}", n % 100),
            LATER,
        ])?;
    }
    Ok(())
}

fn links(transaction: &Transaction<'_>) -> Result<(), Error> {
    transaction
        .execute_batch("CREATE TABLE bench_links AS SELECT * FROM verification_tokens LIMIT 0")?;
    let mut insert = transaction.prepare(
        "INSERT INTO bench_links (id, purpose, secret_hash, user_id, email, payload, expires_at, created_at, updated_at)
         VALUES (?1, 'magic_link', ?2, ?3, ?4, '{}', ?5, ?6, ?6)",
    )?;
    for n in 0..LINKS {
        insert.execute(params![
            id(Kind::Link, n).as_bytes(),
            Sha256::digest(secret(Kind::Link, n)).as_slice(),
            id(Kind::User, n).as_bytes(),
            format!("user{n}@example.com"),
            LATE,
            LATER,
        ])?;
    }
    Ok(())
}
