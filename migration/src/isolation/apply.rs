//! Putting policies and grants on tables, and taking them off.

use std::collections::BTreeMap;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::policy::{self, Policy};
use super::roles::{Role, Roles, query};
use super::shape::Shape;
use super::{create, public, quote, search};

/// Makes the roles that are missing, as far as this login may, and gives every table that has the floor the policies and
/// grants that it lacks, an application's own tables among them: for roles that came after the tables. Does nothing on
/// `SQLite`. Runs inside a transaction.
///
/// A role that has any right on a table keeps exactly those: what somebody took from it on purpose is not given back.
///
/// # Errors
///
/// What the database refuses.
pub async fn apply<C: ConnectionTrait>(db: &C) -> Result<Roles, DbErr> {
    let tables = floored(db).await?;
    let tables: Vec<_> = tables.iter().map(String::as_str).collect();
    put_all(db, &tables).await
}

/// Makes the roles and puts policies and grants on `tables`.
pub(crate) async fn put_all<C: ConnectionTrait>(db: &C, tables: &[&str]) -> Result<Roles, DbErr> {
    let roles = create::create(db).await?;
    enter(db, &roles).await?;
    for table in tables {
        put(db, table, &roles).await?;
    }
    search::grant_search(db).await?;
    public::close(db).await?;
    Ok(roles)
}

/// Takes from `tables` what [`put_all`] gave them. The roles stay: other databases may have them too, and logins are members.
pub(crate) async fn lift_all<C: ConnectionTrait>(db: &C, tables: &[&str]) -> Result<(), DbErr> {
    let roles = Roles::read(db).await?;
    for table in tables {
        lift(db, table, &roles).await?;
    }
    let schema = schema(db).await?;
    for role in [Role::Service, Role::Runtime] {
        if let Some(name) = roles.present(role) {
            let name = quote::name(name);
            db.execute_unprepared(&format!("REVOKE USAGE ON SCHEMA {schema} FROM {name}"))
                .await?;
        }
    }
    Ok(())
}

/// The tables of the schema that have the floor.
async fn floored<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    query(
        db,
        "SELECT c.relname::text AS name FROM pg_catalog.pg_policy AS p \
         JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND p.polname = 'floor' ORDER BY c.relname",
        [],
    )
    .await?
    .iter()
    .map(|row| row.try_get("", "name"))
    .collect()
}

/// Lets the roles into the schema.
async fn enter<C: ConnectionTrait>(db: &C, roles: &Roles) -> Result<(), DbErr> {
    let schema = schema(db).await?;
    for role in [Role::Service, Role::Runtime] {
        if let Some(name) = roles.present(role) {
            let grant = format!("GRANT USAGE ON SCHEMA {schema} TO {}", quote::name(name));
            create::attempt(db, &grant).await?;
        }
    }
    Ok(())
}

async fn schema<C: ConnectionTrait>(db: &C) -> Result<String, DbErr> {
    let rows = query(db, "SELECT current_schema()::text AS name", []).await?;
    let row = rows.first();
    let row = row.ok_or_else(|| DbErr::RecordNotFound("there is no current schema".to_owned()))?;
    Ok(quote::name(&row.try_get::<String>("", "name")?))
}

/// Gives one table its row-level security.
pub(super) async fn put<C: ConnectionTrait>(
    db: &C,
    table: &str,
    roles: &Roles,
) -> Result<(), DbErr> {
    debug_assert_eq!(db.get_database_backend(), DbBackend::Postgres);
    let shape = Shape::of(table);
    let quoted = quote::name(table);
    force(db, table).await?;
    let there = policies(db, table).await?;
    for policy in policy::of(table, shape) {
        let Some(create) = policy.create(table, roles) else {
            continue;
        };
        let wanted = wanted(&policy, roles);
        match there.get(policy.name) {
            Some(role) if *role == wanted => continue,
            Some(_) => {
                let drop = format!("DROP POLICY {} ON {quoted}", policy.name);
                db.execute_unprepared(&drop).await?;
            }
            None => {}
        }
        db.execute_unprepared(&create).await?;
    }
    for role in Role::ALL {
        if let (Some(name), Some(rights)) = (roles.present(role), shape.grant(role))
            && !granted(db, table, name).await?
        {
            let grant = format!("GRANT {rights} ON {quoted} TO {}", quote::name(name));
            db.execute_unprepared(&grant).await?;
        }
    }
    Ok(())
}

/// Takes it from the table.
pub(super) async fn lift<C: ConnectionTrait>(
    db: &C,
    table: &str,
    roles: &Roles,
) -> Result<(), DbErr> {
    let quoted = quote::name(table);
    for name in policy::NAMES {
        db.execute_unprepared(&format!("DROP POLICY IF EXISTS {name} ON {quoted}"))
            .await?;
    }
    for role in Role::ALL {
        if let Some(name) = roles.present(role) {
            let name = quote::name(name);
            db.execute_unprepared(&format!("REVOKE ALL ON {quoted} FROM {name}"))
                .await?;
        }
    }
    db.execute_unprepared(&format!(
        "ALTER TABLE {quoted} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
    ))
    .await
    .map(drop)
}

/// Enables and forces row-level security, unless it is: the statement locks the whole table.
async fn force<C: ConnectionTrait>(db: &C, table: &str) -> Result<(), DbErr> {
    let forced = query(
        db,
        "SELECT relrowsecurity AND relforcerowsecurity AS forced FROM pg_catalog.pg_class WHERE oid = $1::text::regclass",
        [quote::name(table).into()],
    )
    .await?;
    if let Some(row) = forced.first()
        && row.try_get("", "forced")?
    {
        return Ok(());
    }
    db.execute_unprepared(&format!(
        "ALTER TABLE {} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        quote::name(table)
    ))
    .await
    .map(drop)
}

/// The policies of a table: for which role each is, empty for everybody.
async fn policies<C: ConnectionTrait>(
    db: &C,
    table: &str,
) -> Result<BTreeMap<String, String>, DbErr> {
    query(
        db,
        "SELECT p.polname::text AS policy, coalesce((SELECT string_agg(r.rolname, ', ') FROM pg_catalog.pg_roles AS r \
         WHERE r.oid = ANY (p.polroles)), '') AS role \
         FROM pg_catalog.pg_policy AS p WHERE p.polrelid = $1::text::regclass",
        [quote::name(table).into()],
    )
    .await?
    .iter()
    .map(|row| Ok((row.try_get("", "policy")?, row.try_get("", "role")?)))
    .collect()
}

fn wanted(policy: &Policy, roles: &Roles) -> String {
    policy
        .to
        .and_then(|role| roles.present(role))
        .unwrap_or_default()
        .to_owned()
}

/// Whether the role has been granted anything on the table or on a column of it.
async fn granted<C: ConnectionTrait>(db: &C, table: &str, role: &str) -> Result<bool, DbErr> {
    let found = query(
        db,
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS c, aclexplode(c.relacl) AS a \
         WHERE c.oid = $1::text::regclass AND a.grantee = r.oid) \
         OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS t, aclexplode(t.attacl) AS a \
         WHERE t.attrelid = $1::text::regclass AND a.grantee = r.oid) AS granted \
         FROM pg_catalog.pg_roles AS r WHERE r.rolname = $2",
        [quote::name(table).into(), role.into()],
    )
    .await?;
    found
        .first()
        .map_or(Ok(false), |row| row.try_get("", "granted"))
}
