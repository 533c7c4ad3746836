//! A newcomer: the user and the membership at once.

use std::sync::LazyLock;

use entity::{application_memberships, applications, roles, users};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DbBackend, DbErr, QueryResult, Value};
use uuid::Uuid;

use super::{Member, grant, member};
use crate::audit::{Event, Telling, tell};
use crate::error::{Error, Result};
use crate::scope::decode::{Decoded, value};
use crate::scope::{Find, OWNER, Outside, Permission, Tenant, columns, insert};
use crate::users::{self as people, NewUser};
use crate::value::RoleKey;

/// Under a live application, with live roles, each of which the acting user may give: else nobody is made. What the newcomer
/// stands under is locked first, as all do: application, then roles.
///
/// `$1` application, `$2` to `$8` the user, `$9` now, `$10` who gives the roles; `$11` their keys, joined by commas, and `$12`
/// how many those are; `$13` what the acting user may do, joined by commas.
const WITH: &str = "WITH place AS (SELECT a.id FROM applications a WHERE a.id = $1 AND a.deleted_at IS NULL FOR KEY SHARE), \
    wanted AS (SELECT r.* FROM roles r WHERE r.application_id = $1 AND r.key = ANY (string_to_array($11, ',')) \
    AND r.deleted_at IS NULL AND EXISTS (SELECT 1 FROM place) ORDER BY r.id FOR KEY SHARE), \
    allowed AS (SELECT 1 FROM place WHERE (SELECT count(*) FROM wanted) = $12 AND ($13 = '*' OR NOT EXISTS \
    (SELECT 1 FROM wanted JOIN role_permissions p ON p.application_id = $1 AND p.role_id = wanted.id WHERE NOT EXISTS \
    (SELECT 1 FROM unnest(string_to_array($13, ',')) AS held WHERE held = '*' OR \
    split_part(held, '.', 1) IN ('*', split_part(p.permission, '.', 1)) \
    AND split_part(held, '.', 2) IN ('*', split_part(p.permission, '.', 2)))))), \
    made AS (INSERT INTO users (id, email, username, name, given_name, family_name, picture, created_at, updated_at) \
    SELECT $2, $3, $4, $5, $6, $7, $8, $9, $9 FROM allowed RETURNING *), \
    joined AS (INSERT INTO application_memberships (application_id, user_id, created_at, updated_at) \
    SELECT $1, made.id, $9, $9 FROM made RETURNING *), \
    given AS (INSERT INTO membership_roles (application_id, user_id, role_id, granted_by, created_at, updated_at) \
    SELECT $1, joined.user_id, wanted.id, $10, $9, $9 FROM joined, wanted RETURNING role_id)";

/// A row for each role; one where there is none.
static REST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} FROM made JOIN joined ON true LEFT JOIN wanted ON true",
        returned()
    )
});

/// The same on `SQLite`, where a statement changes one table: several in one go, in a transaction.
static IN_TURN: LazyLock<String> = LazyLock::new(|| {
    let among = |list| format!("json_each('[\"' || replace({list}, ',', '\",\"') || '\"]')");
    let (keys, held) = (among("$11"), among("$13"));
    let wanted = format!(
        "SELECT * FROM roles WHERE application_id = $1 AND key IN (SELECT value FROM {keys}) AND deleted_at IS NULL"
    );
    format!(
        "INSERT INTO users (id, email, username, name, given_name, family_name, picture, created_at, updated_at) \
         SELECT $2, $3, $4, $5, $6, $7, $8, $9, $9 \
         WHERE EXISTS (SELECT 1 FROM applications a WHERE a.id = $1 AND a.deleted_at IS NULL) \
         AND (SELECT count(*) FROM ({wanted})) = $12 AND ($13 = '*' OR NOT EXISTS \
         (SELECT 1 FROM ({wanted}) wanted JOIN role_permissions p ON p.application_id = $1 AND p.role_id = wanted.id \
         WHERE NOT EXISTS (SELECT 1 FROM {held} AS held WHERE held.value = '*' OR \
         substr(held.value, 1, instr(held.value, '.') - 1) \
         IN ('*', substr(p.permission, 1, instr(p.permission || '.', '.') - 1)) \
         AND substr(held.value, instr(held.value, '.') + 1) \
         IN ('*', substr(p.permission, instr(p.permission || '.', '.') + 1))))); \
         INSERT INTO application_memberships (application_id, user_id, created_at, updated_at) \
         SELECT $1, made.id, $9, $9 FROM users made WHERE made.id = $2; \
         INSERT INTO membership_roles (application_id, user_id, role_id, granted_by, created_at, updated_at) \
         SELECT $1, made.id, wanted.id, $10, $9, $9 FROM users made, ({wanted}) wanted WHERE made.id = $2;"
    )
});

/// As [`REST`], of what [`IN_TURN`] made.
static MADE_IN_TURN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} FROM users made JOIN application_memberships joined ON joined.application_id = $1 AND joined.user_id = made.id \
         LEFT JOIN membership_roles given ON given.application_id = $1 AND given.user_id = made.id \
         LEFT JOIN roles wanted ON wanted.application_id = $1 AND wanted.id = given.role_id WHERE made.id = $2",
        returned()
    )
});

fn returned() -> String {
    let user = columns::<users::Entity>("made");
    let membership = columns::<application_memberships::Entity>("joined");
    let role = columns::<roles::Entity>("wanted");
    format!("SELECT {user}{membership}{}", role.trim_end_matches(", "))
}

/// What is asked for.
struct Newcomer<'a> {
    row: users::ActiveModel,
    /// Each once.
    keys: Vec<&'a str>,
    /// That the user was made, and became a member.
    events: Vec<Event>,
}

pub(super) async fn sign_up(tenant: &Tenant, new: NewUser, keys: &[&str]) -> Result<Member> {
    let db = tenant.db().beyond();
    if db.is_on_citus() {
        return tenant
            .transaction_beyond(async |tenant| on_citus(tenant, newcomer(tenant, new, keys)).await)
            .await;
    }
    if db.backend() != DbBackend::Postgres || db.in_transaction() {
        return tenant
            .transaction_beyond(async |tenant| at_once(tenant, newcomer(tenant, new, keys)).await)
            .await;
    }
    let tenant = tenant.within(&db);
    at_once(&tenant, newcomer(&tenant, new, keys)).await
}

fn newcomer<'a>(tenant: &Tenant, new: NewUser, keys: &[&'a str]) -> Newcomer<'a> {
    let db = tenant.db();
    let mut each: Vec<&str> = Vec::new();
    for key in keys {
        if !each.contains(key) {
            each.push(key);
        }
    }
    let (id, now) = (db.new_id(), db.clock().now().fixed_offset());
    let row = users::ActiveModel {
        id: Set(id),
        created_at: Set(now),
        updated_at: Set(now),
        ..people::row(new)
    };
    let outside = Outside { db: db.clone() };
    let made = Event::on::<users::Entity>(&outside, "user.create", id)
        .making::<users::Entity>(&row)
        .beyond();
    let joined = Event::on::<application_memberships::Entity>(tenant.scope(), "membership.add", id)
        .with("roles", each.clone());
    Newcomer {
        row,
        keys: each,
        events: vec![made, joined],
    }
}

/// One round trip.
async fn at_once(tenant: &Tenant, newcomer: Newcomer<'_>) -> Result<Member> {
    let Newcomer { row, keys, events } = newcomer;
    let well_formed = keys.iter().all(|key| key.parse::<RoleKey>().is_ok());
    let gives_ownership = keys.contains(&OWNER) && !tenant.has_role(OWNER);
    if !well_formed || gives_ownership {
        return Err(why(tenant, &keys).await);
    }
    let (with, rest) = match tenant.db().backend() {
        DbBackend::Postgres => (WITH, &REST),
        _ => (IN_TURN.as_str(), &MADE_IN_TURN),
    };
    let statement = Telling {
        with,
        of: "joined",
        rest,
    };
    let values = values(tenant, row, &keys);
    let rows = tell(tenant.db(), statement, values, events).await?;
    match rows.first() {
        Some(first) => Ok(read(first, &rows)?),
        None => Err(why(tenant, &keys).await),
    }
}

fn values(tenant: &Tenant, mut row: users::ActiveModel, keys: &[&str]) -> Vec<Value> {
    let held = if tenant.holds_all() {
        "*".to_owned()
    } else {
        let held: Vec<_> = tenant
            .permissions()
            .iter()
            .map(Permission::as_str)
            .collect();
        held.join(",")
    };
    let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    vec![
        tenant.application_id().into(),
        row.id.take().into(),
        row.email.take().into(),
        row.username.take().flatten().into(),
        row.name.take().flatten().into(),
        row.given_name.take().flatten().into(),
        row.family_name.take().flatten().into(),
        row.picture.take().flatten().into(),
        row.created_at.take().into(),
        tenant.user_id().into(),
        keys.join(",").into(),
        count.into(),
        held.into(),
    ]
}

fn read(first: &QueryResult, rows: &[QueryResult]) -> Result<Member, DbErr> {
    let of_membership = users::Model::COLUMNS;
    let of_role = of_membership + application_memberships::Model::COLUMNS;
    let mut roles = Vec::with_capacity(rows.len());
    for row in rows {
        if value::<Option<Uuid>>(row, of_role)?.is_some() {
            roles.push(roles::Model::decode(row, of_role)?);
        }
    }
    Ok(Member {
        membership: application_memberships::Model::decode(first, of_membership)?,
        user: users::Model::decode(first, 0)?,
        roles: member::in_order(roles),
    })
}

/// Why nobody was made.
async fn why(tenant: &Tenant, keys: &[&str]) -> Error {
    match grant::grantable(tenant, keys).await {
        Err(refused) => unless_gone(tenant, refused).await,
        // What was in the way is gone by now, or the application is.
        Ok(_) => unless_gone(tenant, Error::conflict("roles")).await,
    }
}

/// A deleted application comes before all else that is wrong: its roles are deleted too.
async fn unless_gone(tenant: &Tenant, refused: Error) -> Error {
    match is_live(tenant).await {
        Ok(true) => refused,
        Ok(false) => Error::NotFound,
        Err(error) => error,
    }
}

async fn is_live(tenant: &Tenant) -> Result<bool> {
    let outside = Outside {
        db: tenant.db().clone(),
    };
    Find::<applications::Entity, _>::new(outside)
        .filter(applications::Column::Id.eq(tenant.application_id()))
        .exists()
        .await
}

/// A statement for each table: in one, Citus locks the applications of everybody who signs up, crosswise.
async fn on_citus(tenant: &Tenant, newcomer: Newcomer<'_>) -> Result<Member> {
    let Newcomer { row, keys, events } = newcomer;
    // Else it is told first that somebody has the address.
    if !is_live(tenant).await? {
        return Err(Error::NotFound);
    }
    let scope = tenant.scope();
    let outside = Outside {
        db: tenant.db().clone(),
    };
    let user = insert::<users::Entity, _>(&outside, row).await?;
    let membership = application_memberships::ActiveModel {
        user_id: Set(user.id),
        ..Default::default()
    };
    let membership = insert::<application_memberships::Entity, _>(scope, membership).await?;
    // The application first, then its roles, as for whoever deletes it.
    let roles = grant::grantable(tenant, &keys).await?;
    grant::give(tenant, user.id, &roles).await?;
    for event in events {
        scope.db.record(event)?;
    }
    Ok(Member {
        membership,
        user,
        roles: member::in_order(roles),
    })
}
