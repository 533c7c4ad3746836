//! Locks on rows that lie on every node of a distributed database.
//!
//! A statement that locks a row of such a table locks the table on Citus, for everybody in all applications. So it is a name
//! that is locked there and not the row: an advisory lock, kept by the coordinator until the transaction ends. It binds those
//! who ask for it, which all do who lock a row through the door, in the order in which they would lock the rows.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType};
use sea_orm::{ConnectionTrait, DbErr, Iterable, PrimaryKeyToColumn, QueryResult, Statement};
use sha2::{Digest, Sha256};

use super::nodes::may_be_kept;
use super::{Find, Scope, Scoped, Sees};
use crate::error::Result;

impl<E: Scoped, S: Scope> Find<E, S> {
    /// Whether the statement itself locks. What is going to be changed or deleted is locked in any case: rows that are being
    /// made under it wait for that.
    pub(super) fn may_lock(&self, lock: LockType) -> bool {
        matches!(lock, LockType::Update) || !self.has_turns()
    }

    fn has_turns(&self) -> bool {
        let owned = E::application_column().is_some();
        !may_be_kept(self.scope.db(), E::default().table_name(), owned)
    }
}

/// Waits until nobody else holds the rows that are to be locked; nothing where the statement does that.
pub(super) async fn wait_for_turn<E, S>(find: &Find<E, S>) -> Result<()>
where
    E: Scoped,
    S: Sees<E::Ownership>,
{
    if find.lock.is_none() || !find.has_turns() {
        return Ok(());
    }
    let which = Find {
        lock: None,
        scope: find.scope.clone(),
        life: find.life,
        caller: find.caller.clone(),
        select: find.select.clone(),
        fault: find.fault,
    };
    let mut which = which.statement()?;
    which.clear_selects();
    for key in E::PrimaryKey::iter() {
        let column = Expr::col((E::default(), key.into_column()));
        which.expr(column.cast_as(Alias::new("text")));
    }
    let db = find.scope.db();
    for row in db.own().query_all(&which).await? {
        let name = name::<E>(&row)?;
        let sql = "SELECT pg_advisory_xact_lock($1)";
        let statement = Statement::from_sql_and_values(db.backend(), sql, [name.into()]);
        #[expect(
            clippy::disallowed_methods,
            reason = "a lock by name: no table is read"
        )]
        db.own().execute_raw(statement).await?;
    }
    Ok(())
}

/// A number for the row: two rows that have one number wait for each other, which does no harm.
fn name<E: Scoped>(row: &QueryResult) -> Result<i64, DbErr> {
    let mut digest = Sha256::new();
    digest.update(E::default().table_name());
    for at in 0..E::PrimaryKey::iter().count() {
        let key: String = row.try_get_by_index(at)?;
        digest.update([0]);
        digest.update(key);
    }
    let digest = digest.finalize();
    Ok(i64::from_be_bytes(std::array::from_fn(|at| digest[at])))
}
