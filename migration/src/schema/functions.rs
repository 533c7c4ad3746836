//! The functions that triggers call on `PostgreSQL`; `SQLite`'s triggers carry their bodies, and Citus has none.

use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::citus::Engine;

/// Sets `updated_at` where the writer did not.
pub const TOUCH_UPDATED_AT: &str = "aura_touch_updated_at";
/// Refuses the statement.
pub const REFUSE_CHANGE: &str = "aura_refuse_change";
/// Lets an event of the audit go once its chain begins after it.
pub const KEEP_UNTIL_RETIRED: &str = "aura_keep_until_retired";

/// Makes the functions that most tables need.
///
/// # Errors
///
/// What the database refuses.
pub async fn create(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // `clock_timestamp()` and not `now()`, which stands still within a transaction. A fixed search path: nothing that a
    // caller puts in front of it is called instead.
    let touch = format!(
        "CREATE FUNCTION {TOUCH_UPDATED_AT}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$\n\
         BEGIN\n\
         \x20 IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN\n\
         \x20   NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');\n\
         \x20 END IF;\n\
         \x20 RETURN NEW;\n\
         END $$"
    );
    let refuse = format!(
        "CREATE FUNCTION {REFUSE_CHANGE}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$\n\
         BEGIN\n\
         \x20 RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n\
         END $$"
    );
    let comments = [
        (
            TOUCH_UPDATED_AT,
            "Moves updated_at on an update that does not set it",
        ),
        (REFUSE_CHANGE, "Keeps an append-only table so"),
    ];
    execute(manager, &touch).await?;
    execute(manager, &refuse).await?;
    for (function, comment) in comments {
        execute(
            manager,
            &format!("COMMENT ON FUNCTION {function}() IS '{comment}'"),
        )
        .await?;
    }
    Ok(())
}

/// Drops the functions.
///
/// # Errors
///
/// What the database refuses: a trigger still calls one, for example.
pub async fn drop(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for function in [REFUSE_CHANGE, TOUCH_UPDATED_AT] {
        execute(manager, &format!("DROP FUNCTION {function}()")).await?;
    }
    Ok(())
}

/// Makes the function that `audit_events` needs.
///
/// # Errors
///
/// What the database refuses.
pub async fn create_for_audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // The schema is that of the table: the search path of whoever deletes decides nothing.
    let keep = format!(
        "CREATE FUNCTION {KEEP_UNTIL_RETIRED}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$\n\
         DECLARE\n\
         \x20 retired boolean;\n\
         BEGIN\n\
         \x20 EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.audit_chains WHERE application_id = $1 AND lane = $2 \
         AND first_sequence > $3)', TG_TABLE_SCHEMA)\n\
         \x20   INTO retired USING OLD.application_id, OLD.lane, OLD.sequence;\n\
         \x20 IF NOT retired THEN\n\
         \x20   RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n\
         \x20 END IF;\n\
         \x20 RETURN OLD;\n\
         END $$"
    );
    execute(manager, &keep).await?;
    let comment = format!(
        "COMMENT ON FUNCTION {KEEP_UNTIL_RETIRED}() IS 'Keeps an audit event until its chain begins after it'"
    );
    execute(manager, &comment).await
}

/// Drops what [`create_for_audit`] made.
///
/// # Errors
///
/// What the database refuses: a trigger still calls it, for example.
pub async fn drop_for_audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    execute(manager, &format!("DROP FUNCTION {KEEP_UNTIL_RETIRED}()")).await
}

async fn execute(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if manager.get_database_backend() == DbBackend::Postgres && !Engine::of(db).await?.is_citus() {
        db.execute_unprepared(sql).await?;
    }
    Ok(())
}
