//! Who may search.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::quote;
use super::roles::{Role, Roles, query};

/// Lets the service and the runtime role call `search_emails`, where it is there and they are: whom it answers, and about
/// what, it decides itself.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn grant_search<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let roles = Roles::read(db).await?;
    let functions = query(
        db,
        "SELECT p.oid::regprocedure::text AS name FROM pg_catalog.pg_proc AS p \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
         WHERE n.nspname = current_schema() AND p.proname = 'search_emails'",
        [],
    )
    .await?;
    for function in functions {
        let function: String = function.try_get("", "name")?;
        for role in [Role::Service, Role::Runtime] {
            if let Some(role) = roles.present(role) {
                let role = quote::name(role);
                db.execute_unprepared(&format!("GRANT EXECUTE ON FUNCTION {function} TO {role}"))
                    .await?;
            }
        }
    }
    Ok(())
}
