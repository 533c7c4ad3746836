//! The seal on a table that is being worked on: its only policy, and in the comment on that what the table had before.
use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend};

use super::catalog::{Table, rows};
use crate::error::Error;
use crate::isolation::quote;

/// The policy that refuses everybody whom policies hold, the owner too. A restrictive one beside others would arrive at the
/// shards as one that lets through.
pub(super) const POLICY: &str = "aura_distribute";

/// The setting that the policy asks for. It is nowhere set, and the error that says so has its name: it is to be understood
/// by whoever reads it in the log of a service.
pub(super) const SETTING: &str = "aura.the_tables_are_being_distributed";

/// The statements that seal a table. A seal stops what is done by mistake: whoever sets the setting passes.
pub(super) fn close(table: &Table) -> Vec<String> {
    let name = quote::name(&table.name);
    vec![
        format!("CREATE POLICY {POLICY} ON {name} USING (current_setting('{SETTING}')::boolean)"),
        format!(
            "COMMENT ON POLICY {POLICY} ON {name} IS {}",
            quote::text(&table.memo)
        ),
        format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
    ]
}

/// The statements that break it, and that take from the owner what triggers refused to everybody.
pub(super) fn open(table: &Table) -> Vec<String> {
    let name = quote::name(&table.name);
    let mut statements = vec![format!("DROP POLICY {POLICY} ON {name}")];
    if !table.refused.is_empty() {
        let owner = quote::name(&table.owner);
        statements.push(format!(
            "REVOKE {} ON {name} FROM {owner}",
            table.refused.join(", ")
        ));
        // As when it is made there: foreign keys lock rows, for which the right to update a column is needed.
        if table.refused.iter().any(|right| right == "UPDATE") {
            let leads = quote::name(&table.leads);
            statements.push(format!("GRANT UPDATE ({leads}) ON {name} TO {owner}"));
        }
    }
    let (enabled, forced) = table.security;
    if !forced {
        statements.push(format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY"));
    }
    if !enabled {
        statements.push(format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"));
    }
    statements
}

/// Refuses to go on where a distribution was begun and not ended.
///
/// # Errors
///
/// [`Error::HalfDistributed`]; what the database refuses.
pub(crate) async fn refuse_sealed(db: &DatabaseConnection) -> Result<(), Error> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = format!(
        "SELECT 1 FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND p.polname = '{POLICY}' LIMIT 1"
    );
    if rows(db, &sql).await?.is_empty() {
        return Ok(());
    }
    Err(Error::HalfDistributed)
}
