//! Clearing away what processes left on a server that ended without doing so.
use super::{admin::Admin, session::key, template::now};

/// Seconds for which an unused template is left for the next process of its program.
const KEPT: u64 = 600;

/// Drops the databases and roles of runs that no longer live, and templates that nobody uses any more.
pub(super) async fn dead_runs(admin: &mut Admin) -> Result<(), String> {
    let runs = "SELECT DISTINCT substr(name, 11, 16) FROM \
        (SELECT datname AS name FROM pg_database UNION ALL SELECT rolname FROM pg_roles) AS names \
        WHERE name ~ '^aura_test_[0-9a-f]{16}_'";
    for run in admin.list(runs).await? {
        // Our own lock would let us in a second time.
        if run == admin.run || !admin.try_lock(key(&run)).await? {
            continue;
        }
        let databases =
            format!("SELECT datname::text FROM pg_database WHERE datname ~ '^aura_test_{run}_'");
        for database in admin.list(&databases).await? {
            admin.drop_database(&database).await?;
        }
        // What cannot go yet goes next time.
        let _ = admin.drop_roles(&format!("aura_test_{run}")).await;
        admin.unlock(key(&run)).await?;
    }
    templates(admin).await
}

/// Drops templates that no process uses and that were not made just now.
async fn templates(admin: &mut Admin) -> Result<(), String> {
    let old = now().saturating_sub(KEPT);
    // The owner is made first and dropped last: there is no template without a role.
    let stale = format!(
        "SELECT name FROM (SELECT DISTINCT substr(rolname, 1, 30) AS name FROM pg_roles \
         WHERE rolname ~ '^aura_template_[0-9a-f]{{16}}(_|$)') AS names WHERE NOT EXISTS \
         (SELECT FROM pg_database WHERE datname = name \
         AND substring(shobj_description(oid, 'pg_database') FROM '^[0-9]+$')::bigint >= {old})"
    );
    for name in admin.list(&stale).await? {
        // Our own lock would let us in a second time.
        if admin.templates.values().any(|owner| owner.name == name) {
            continue;
        }
        let using = key(&name[name.len() - 16..]);
        let building = using.wrapping_add(1);
        if !admin.try_lock(building).await? {
            continue;
        }
        if admin.try_lock(using).await? {
            admin.drop_database(&format!("{name}_new")).await?;
            admin.drop_database(&name).await?;
            // Another process may still be sweeping databases that it owns: then the roles go next time.
            let _ = admin.drop_roles(&name).await;
            admin.unlock(using).await?;
        }
        admin.unlock(building).await?;
    }
    Ok(())
}
