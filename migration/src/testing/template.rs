//! Templates on a server: a database per migration history, migrated once, copied for every test.
//!
//! A template is named after what made it (this program's file, the history, the server's URL), so that a rebuilt program never
//! meets an old schema, and so that processes of one program share it. It is built as `…_new` and renamed when it is whole: one
//! that a killed process left unfinished is never taken for a template. Its users hold a shared advisory lock on it.
use std::{
    env, fs,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    admin::{Admin, Owner},
    db::{Backend, open},
    folder,
    history::History,
    session::key,
};

/// The template of `history` on this server, built if it is not there yet.
pub(super) async fn prepare(admin: &mut Admin, history: History) -> Result<Owner, String> {
    let digits = digits(admin, history)?;
    let name = format!("aura_template_{digits}");
    let (using, building) = (key(&digits), key(&digits).wrapping_add(1));

    // Derived, so that every process of the program knows it without a place to leave it: as secret as the administrator's.
    let seed = format!(
        "SELECT encode(sha256(convert_to('{name} {}', 'UTF8')), 'hex')",
        admin.url.as_str().replace('\'', "''")
    );
    let password = admin.list(&seed).await?.pop().unwrap_or_default();
    let owner = Owner {
        name: name.clone(),
        password,
    };

    admin
        .execute(&format!("SELECT pg_advisory_lock({building})"))
        .await?;
    let built = build(admin, history, &owner).await;
    if built.is_ok() {
        admin
            .execute(&format!("SELECT pg_advisory_lock_shared({using})"))
            .await?;
    }
    admin.unlock(building).await?;
    built.map(|()| owner)
}

async fn build(admin: &mut Admin, history: History, owner: &Owner) -> Result<(), String> {
    let Owner { name, password } = owner;
    if !admin
        .list(&format!(
            "SELECT datname::text FROM pg_database WHERE datname = '{name}'"
        ))
        .await?
        .is_empty()
    {
        return Ok(());
    }
    let unfinished = format!("{name}_new");
    admin.drop_database(&unfinished).await?;
    if admin
        .list(&format!(
            "SELECT rolname::text FROM pg_roles WHERE rolname = '{name}'"
        ))
        .await?
        .is_empty()
    {
        admin.create_owner(name, password.clone()).await?;
    }
    admin
        .create_database(&unfinished, name, "template0")
        .await?;
    admin.join(&unfinished).await?;
    let url = admin.url_of(&unfinished, Some(owner));
    let connection = open(Backend::Postgres, url.as_str())
        .await
        .map_err(|error| error.to_string())?;
    if let Err(problem) = history.apply(connection).await {
        admin.drop_database(&unfinished).await?;
        // The problem is what its user has to know; the roles go with the next sweep at the latest.
        let _ = admin.drop_roles(name).await;
        return Err(problem);
    }
    admin
        .execute(&format!("COMMENT ON DATABASE {unfinished} IS '{}'", now()))
        .await?;
    admin.close(&unfinished).await?;
    admin
        .everywhere(&format!("ALTER DATABASE {unfinished} RENAME TO {name}"))
        .await
}

fn digits(admin: &Admin, history: History) -> Result<String, String> {
    let program = env::current_exe().and_then(|path| fs::metadata(&path).map(|file| (path, file)));
    let (path, file) =
        program.map_err(|error| format!("this program cannot be looked at: {error}"))?;
    let built = file
        .modified()
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(format!(
        "{:016x}",
        folder::digest((
            &path,
            built,
            file.len(),
            history.name,
            admin.url.as_str(),
            admin.version
        ))
    ))
}

/// Seconds since 1970: what a template's comment says about when it was made.
pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
