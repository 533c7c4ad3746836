//! Whether the database keeps tenants apart, and whether it can of this login.

use sea_orm::DbErr;
use service::{Config, Db, Error, Floor};

use super::report::Report;
use super::{ask, has_roles};
use crate::context::Global;
use crate::failure::Failure;

const ROLES: &str = "run `cargo run -p migration -- roles`, which says what is missing";

/// Who we are, and whether row-level security binds us.
const LOGIN: &str = "SELECT session_user::text AS login, login.rolsuper OR login.rolbypassrls AS unbound, \
    (SELECT pg_has_role(login.oid, relation.relowner, 'USAGE') FROM pg_catalog.pg_class AS relation \
    WHERE relation.oid = to_regclass('users')) AS owner \
    FROM pg_catalog.pg_roles AS login WHERE login.rolname = session_user";

pub(super) async fn floor(db: &Db, report: &mut Report) -> Result<(), Failure> {
    if !has_roles(db) {
        return report.ok(
            "isolation",
            "the types keep tenants apart; SQLite has no row-level security",
        );
    }
    match db.floor().await? {
        Floor::Role => report.ok(
            "isolation",
            "row-level security, and the runtime role to switch to",
        ),
        Floor::Setting if db.is_on_citus() => report.ok(
            "isolation",
            "row-level security on every node, for every role: none is switched to",
        ),
        Floor::Setting => report.warning(
            "isolation",
            "row-level security, and no runtime role that this login may switch to",
            ROLES,
        ),
        Floor::None => report.failed(
            "isolation",
            "no row-level security on the tables",
            "apply the migrations",
        ),
    }
}

pub(super) async fn login(db: &Db, report: &mut Report) -> Result<(), Failure> {
    if !has_roles(db) {
        return Ok(());
    }
    let Some((login, unbound, owner)) = who(db).await.map_err(Error::from)? else {
        return report.skipped("login", "the server does not say who this is");
    };
    let advice = "serve as a login of its own, a member of the service role alone (`cargo run -p migration -- roles` names it)";
    match (unbound, owner) {
        (true, _) => report.warning(
            "login",
            format!("`{login}` is a superuser or goes past row-level security (BYPASSRLS)"),
            advice,
        ),
        (false, Some(true)) => report.warning(
            "login",
            format!("`{login}` owns the tables, and could change or drop them"),
            advice,
        ),
        (false, Some(false)) => report.ok(
            "login",
            format!("`{login}` is bound by row-level security, and owns no table"),
        ),
        (false, None) => report.skipped(
            "login",
            format!("`{login}`, and there are no tables to own"),
        ),
    }
}

async fn who(db: &Db) -> Result<Option<(String, bool, Option<bool>)>, DbErr> {
    let Some(row) = ask(db, LOGIN).await? else {
        return Ok(None);
    };
    let login = row.try_get("", "login")?;
    Ok(Some((
        login,
        row.try_get("", "unbound")?,
        row.try_get("", "owner")?,
    )))
}

/// The login of SQL that nobody vouches for: connecting with it finds out whether it is fit for that.
pub(super) async fn wall(global: &Global, db: &Db, report: &mut Report) -> Result<(), Failure> {
    if global.setting("DATABASE_URL_RUNTIME").is_none() {
        if has_roles(db) {
            report.skipped(
                "wall",
                "DATABASE_URL_RUNTIME is not set: nothing can run as `walled`",
            )?;
        }
        return Ok(());
    }
    let config = Config::from_vars(|name| global.setting(name))?;
    match Db::connect(config).await {
        Ok(walled) => {
            let _ = walled.close().await;
            report.ok(
                "wall",
                "the login of DATABASE_URL_RUNTIME is a member of the guest role, and of no other",
            )
        }
        Err(error) => report.failed("wall", error.to_string().replace('\n', " "), ""),
    }
}
