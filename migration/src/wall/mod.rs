//! The wall: what keeps tenants apart when the SQL itself is out to break through, such as that of a customer or of a model.
//!
//! It needs a login of its own that is a member of the guest role alone ([`Role::Guest`]), so that there is nothing to reset
//! to, and a tenant that is *signed*: the setting `app.tenant` is
//!
//! ```text
//! <application id>.<seconds since 1970 when it expires>.<HMAC-SHA256 of what stands before, in hexadecimal>
//! ```
//!
//! `signed()` verifies it in the policies of each table. `sign(application id, seconds since 1970)` makes it, and is granted
//! to the service alone. Both are in a schema of their own beside the tables, where nobody can make anything: `aura_wall` for
//! `public`, `<schema>_wall` for another. The key is in a table there that nobody is granted.
//!
//! The guest reads and writes clients, mailboxes and mail, and the application's own tables; reads who is a member and what
//! the roles are; and neither writes what gives access nor reads a secret.

mod functions;
mod guest;
pub(crate) mod place;
mod upkeep;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::isolation::{Role, Roles, quote};
pub use functions::LIFETIME;
pub(crate) use guest::SECRETS;
use place::Place;
pub(crate) use upkeep::{again, missing};

/// Raises the wall, or brings it up to date: for a guest role or tables that came later. Returns whether it stands: where it
/// does not, this login may not make the schema.
///
/// # Errors
///
/// What the database refuses; a schema of the wall's name that belongs to somebody else.
pub(crate) async fn raise<C: ConnectionTrait>(db: &C) -> Result<bool, DbErr> {
    let (place, roles) = (Place::of(db).await?, Roles::read(db).await?);
    let comment = "What tenants are signed with: nobody may look in";
    if !place::ensure(db, &place.wall, comment).await? {
        return Ok(false);
    }
    db.execute_unprepared(&functions::statements(&place.wall))
        .await?;
    place::close(db, &place.wall).await?;
    let wall = &place.wall;
    if let Some(service) = roles.present(Role::Service).map(quote::name) {
        db.execute_unprepared(&format!(
            "GRANT USAGE ON SCHEMA {wall} TO {service}; GRANT EXECUTE ON FUNCTION {wall}.sign(uuid, bigint) TO {service}"
        ))
        .await?;
    }
    if let Some(guest) = roles.present(Role::Guest).map(quote::name) {
        // No USAGE: the policies call the function, and nobody else needs to.
        db.execute_unprepared(&format!(
            "GRANT EXECUTE ON FUNCTION {wall}.signed() TO {guest}; GRANT USAGE ON SCHEMA {} TO {guest}",
            place.tables
        ))
        .await?;
    }
    guest::apply(db, &place, &roles, None).await?;
    Ok(true)
}

/// Brings one table, such as one of an application's own, behind the wall. Does nothing where none stands.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn surround<C: ConnectionTrait>(db: &C, table: &str) -> Result<(), DbErr> {
    let place = Place::of(db).await?;
    if !place::exists(db, &place.wall).await? {
        return Ok(());
    }
    guest::apply(db, &place, &Roles::read(db).await?, Some(table)).await
}

/// Takes it down, the key with it. The roles stay.
///
/// # Errors
///
/// What the database refuses: something of others in the schema, for example.
pub(crate) async fn raze<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let (place, roles) = (Place::of(db).await?, Roles::read(db).await?);
    guest::remove(db, &roles).await?;
    if let Some(guest) = roles.present(Role::Guest).map(quote::name) {
        db.execute_unprepared(&format!(
            "REVOKE USAGE ON SCHEMA {} FROM {guest}",
            place.tables
        ))
        .await?;
    }
    let wall = &place.wall;
    if place::exists(db, wall).await? {
        db.execute_unprepared(&format!(
            "DROP FUNCTION {wall}.signed(), {wall}.sign(uuid, bigint), {wall}.rotate_key(boolean), {wall}.add_key(), \
             {wall}.block(bytea, integer); DROP TABLE {wall}.keys; DROP SCHEMA {wall}"
        ))
        .await?;
    }
    Ok(())
}

/// Makes a new key, which signs from now on. The one before it goes on verifying for [`LIFETIME`], which no signature
/// outlives; `at_once` makes it void now, and every signature with it: for a key that somebody may have seen.
///
/// Returns `false` where no wall stands, as on `SQLite`.
///
/// # Errors
///
/// A login that is not the owner's; what else the database refuses.
pub async fn rotate_key<C: ConnectionTrait>(db: &C, at_once: bool) -> Result<bool, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let place = Place::of(db).await?;
    if !place::exists(db, &place.wall).await? {
        return Ok(false);
    }
    let rotate = format!("SELECT {}.rotate_key({at_once})", place.wall);
    db.execute_unprepared(&rotate).await?;
    Ok(true)
}
