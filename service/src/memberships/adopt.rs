//! A membership stands under a user and an application. Where both were deleted, it comes back when both are back.
//!
//! The deletion that took the membership may be that of the one; when that one is restored while the other is still
//! deleted, the membership passes to the deletion of the other.

use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::db::Db;
use crate::error::Result;
use crate::scope::{InTenant, Scope};

/// Of the application's memberships that `batch` took, those of deleted users pass to the deletions of the users.
pub(crate) async fn by_users(scope: &InTenant, batch: Uuid) -> Result<()> {
    // What stays deleted is dated by the deletion that now holds it.
    const SQL: &str = "UPDATE application_memberships SET \
        deleted_at = (SELECT u.deleted_at FROM users u WHERE u.id = application_memberships.user_id), \
        deletion_id = (SELECT u.deletion_id FROM users u WHERE u.id = application_memberships.user_id), \
        updated_at = $3 \
        WHERE application_id = $1 AND deletion_id = $2 AND deleted_at IS NOT NULL AND user_id IN \
        (SELECT u.id FROM users u WHERE u.deleted_at IS NOT NULL)";
    pass(scope.db(), SQL, scope.application_id, batch).await
}

/// Of the user's memberships that `batch` took, those in deleted applications pass to the deletions of the applications.
pub(crate) async fn by_applications(db: &Db, user_id: Uuid, batch: Uuid) -> Result<()> {
    const SQL: &str = "UPDATE application_memberships SET \
        deleted_at = (SELECT a.deleted_at FROM applications a WHERE a.id = application_memberships.application_id), \
        deletion_id = (SELECT a.deletion_id FROM applications a WHERE a.id = application_memberships.application_id), \
        updated_at = $3 \
        WHERE user_id = $1 AND deletion_id = $2 AND deleted_at IS NOT NULL AND application_id IN \
        (SELECT a.id FROM applications a WHERE a.deleted_at IS NOT NULL)";
    pass(db, SQL, user_id, batch).await
}

async fn pass(db: &Db, sql: &str, of: Uuid, batch: Uuid) -> Result<()> {
    let values = [of.into(), batch.into(), db.clock().now().into()];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    #[expect(
        clippy::disallowed_methods,
        reason = "ready-made SQL with its walls in it"
    )]
    db.own().execute_raw(statement).await?;
    Ok(())
}
