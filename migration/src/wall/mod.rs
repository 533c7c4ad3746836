//! The wall: what keeps tenants apart when the SQL itself is out to break through, such as that of a customer or of a model.
//!
//! It needs a login of its own that is a member of the guest role alone
//! ([`Role::Guest`](crate::isolation::Role::Guest)), so that there is nothing to reset to, and a tenant that is *signed*: the
//! setting `app.tenant` is
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
pub(crate) mod script;
mod upkeep;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

pub use functions::LIFETIME;
pub(crate) use guest::SECRETS;
use place::Place;
use script::{close, ensure, execute, script};
pub(crate) use upkeep::{again, missing};

/// The scripts that raise the wall, or bring it up to date: for a guest role or tables that came later. They do nothing where
/// this login may not make the schema.
pub(crate) fn raise() -> [String; 2] {
    let body = format!(
        "\
{ensure}
{functions}
{close}
  IF service IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %1$s TO %2$s; GRANT EXECUTE ON FUNCTION %1$s.sign(uuid, bigint) TO %2$s', wall, service);
  END IF;
  -- No USAGE: the policies call the function, and nobody else needs to.
  IF guest IS NOT NULL THEN
    EXECUTE format('GRANT EXECUTE ON FUNCTION %1$s.signed() TO %2$s; GRANT USAGE ON SCHEMA %3$s TO %2$s', wall, guest, tables);
  END IF;
  -- Functions of triggers are run whoever may call them.
  FOR statement IN
    SELECT format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', p.oid::regprocedure) FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = current_schema() AND p.proname LIKE 'aura\\_%' AND p.prorettype = 'trigger'::regtype
      AND pg_has_role(p.proowner, 'USAGE')
  LOOP
    EXECUTE statement;
  END LOOP;",
        ensure = ensure("wall", "What tenants are signed with: nobody may look in"),
        functions = execute(&functions::statements()),
        close = close("wall"),
    );
    [script("", &body), guest::put(None)]
}

/// The script that brings one table, such as one of an application's own, behind the wall. It does nothing where none
/// stands.
pub(crate) fn surround(table: &str) -> String {
    guest::put(Some(table))
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
