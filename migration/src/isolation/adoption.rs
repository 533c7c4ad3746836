//! Roles that are there already under the names that ours would have: with the role everybody is taken in who is a member.
//!
//! A database of the same name that was dropped leaves such roles behind, and anybody who may make roles can make them. So
//! what the tables do not know yet is taken only without members, or where the prefix was said: then they are meant.

use std::fmt::Write as _;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr};

use super::names::ROLES;
use super::roles::query;

/// A role that is not known to be ours, and who would come in with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stranger {
    pub(crate) role: String,
    pub(crate) members: Vec<String>,
}

/// The migration that takes the roles.
pub(crate) const TAKES_ROLES: &str = "m20261121_000019_isolate";

/// The roles that would be taken with members that nobody here made members. Empty where the prefix was said, and where the
/// tables know their roles.
///
/// Neither the login at work is a stranger, nor a role of ours that another one is granted to, nor whom no policy holds
/// anyway. Since 16 an ordinary login is a member of each role that it makes: another's is one.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn strangers<C: ConnectionTrait>(db: &C) -> Result<Vec<Stranger>, DbErr> {
    let sql = strangers_query();
    let mut strangers: Vec<Stranger> = Vec::new();
    for row in query(db, &sql, []).await? {
        let (role, member): (String, String) =
            (row.try_get("", "name")?, row.try_get("", "member")?);
        match strangers.last_mut() {
            Some(last) if last.role == role => last.members.push(member),
            _ => strangers.push(Stranger {
                role,
                members: vec![member],
            }),
        }
    }
    Ok(strangers)
}

/// The query for them, `name` and `member`, for scripts too: one finds out what it is called when it is run.
pub(crate) fn strangers_query() -> String {
    format!(
        "WITH role AS ({ROLES}), fit AS (SELECT name, oid, kind, place FROM role WHERE oid IS NOT NULL AND NOT unfit)
         SELECT r.name, m.rolname::text AS member FROM fit AS r
         JOIN pg_catalog.pg_auth_members AS a ON a.roleid = r.oid JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
         WHERE {NOT_SAID} AND NOT m.rolsuper AND m.rolname NOT IN (current_user, session_user)
           AND NOT EXISTS (SELECT FROM fit AS f WHERE f.oid = m.oid)
           AND NOT EXISTS (SELECT FROM fit AS f JOIN pg_catalog.pg_policy AS y ON y.polname = f.kind AND f.oid = ANY (y.polroles)
             JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
             WHERE s.nspname = current_schema() AND c.relname = 'users')
         GROUP BY r.place, r.name, m.rolname ORDER BY r.place, m.rolname"
    )
}

/// The prefix that was said on the connection.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn said<C: ConnectionTrait>(db: &C) -> Result<Option<String>, DbErr> {
    let sql = format!(
        "SELECT current_setting('aura.role_prefix', true) AS prefix WHERE {NOT_SAID} IS NOT TRUE"
    );
    let rows = query(db, &sql, []).await?;
    rows.first()
        .map(|row| row.try_get("", "prefix"))
        .transpose()
}

/// The statement that says it, as `--role-prefix` does.
pub(crate) fn say(prefix: &str) -> String {
    let prefix = super::quote::text(prefix);
    format!(
        "SELECT set_config('aura.role_prefix', {prefix}, false), set_config('{IS_DEFAULT}', '', false)"
    )
}

/// `shop_service (web, worker), shop_reader (studio)`.
pub(crate) fn listed(strangers: &[Stranger]) -> String {
    let mut list = String::new();
    for Stranger { role, members } in strangers {
        let comma = if list.is_empty() { "" } else { ", " };
        // A string takes everything.
        let _ = write!(list, "{comma}{role} ({})", members.join(", "));
    }
    list
}

/// What the names of these roles begin with, where there is one.
pub(crate) fn prefix(strangers: &[Stranger]) -> Option<&str> {
    strangers
        .first()?
        .role
        .rsplit_once('_')
        .map(|(prefix, _)| prefix)
}

/// Whether nobody has said what the names begin with.
const NOT_SAID: &str = "(coalesce(current_setting('aura.role_prefix', true), '') = '' \
     OR current_setting('aura.role_prefix_is_default', true) = 'on')";

/// The setting that says that [`PREFIX_SETTING`](super::PREFIX_SETTING) is what it is by itself.
pub(crate) const IS_DEFAULT: &str = "aura.role_prefix_is_default";

/// The statement that gives a session the prefix of a schema that is not `public`, unless it has one: `<database>_<schema>`,
/// so that two schemas of one database do not share their roles. Of a long one as much as fits, and after it what tells it
/// from others. What the tables know goes before it. `schema` is SQL.
pub(crate) fn default_prefix(schema: &str) -> String {
    format!(
        "SELECT set_config('aura.role_prefix', p.prefix, false), set_config('{IS_DEFAULT}', 'on', false) FROM (
           SELECT CASE WHEN octet_length(d.name) <= 55 THEN d.name ELSE (
             SELECT left(d.name, l.length) FROM generate_series(length(d.name), 1, -1) AS l (length)
             WHERE octet_length(left(d.name, l.length)) <= 46 LIMIT 1
           ) || '_' || left(encode(sha256(convert_to(d.name, 'UTF8')), 'hex'), 8) END AS prefix
           FROM (SELECT CASE WHEN current_database() LIKE 'pg\\_%' THEN 'aura_' ELSE '' END
             || current_database() || '_' || {schema} AS name) AS d) AS p
         WHERE {schema} <> 'public' AND coalesce(current_setting('aura.role_prefix', true), '') = ''"
    )
}

/// Gives the session of `db` the prefix of its schema, unless it has one.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn settle<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    query(db, &default_prefix("current_schema()"), [])
        .await
        .map(drop)
}

/// Has the roles that the tables know stay theirs when the tables are made anew, members and all, unless another prefix was
/// said.
///
/// # Errors
///
/// What the database refuses.
pub(crate) async fn hold<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT set_config('aura.role_prefix', left(o.rolname, -8), false), set_config('{IS_DEFAULT}', '', false)
         FROM pg_catalog.pg_policy AS y JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid
         JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
         JOIN pg_catalog.pg_roles AS o ON o.oid = ANY (y.polroles) AND o.rolname LIKE '%\\_service'
         WHERE s.nspname = current_schema() AND c.relname = 'users' AND y.polname = 'service' AND {NOT_SAID}"
    );
    query(db, &sql, []).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::{Stranger, listed, prefix};

    #[test]
    fn roles_are_listed_with_their_members() {
        let stranger = |role: &str, members: &[&str]| Stranger {
            role: role.to_owned(),
            members: members.iter().map(ToString::to_string).collect(),
        };
        let strangers = [
            stranger("my_shop_service", &["web", "worker"]),
            stranger("my_shop_reader", &["studio"]),
        ];
        assert_eq!(
            listed(&strangers),
            "my_shop_service (web, worker), my_shop_reader (studio)"
        );
        assert_eq!(prefix(&strangers), Some("my_shop"));
        assert_eq!(prefix(&[]), None);
    }
}
