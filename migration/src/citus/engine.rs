//! What a migration speaks to.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

/// What a migration speaks to, as far as it says something else there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// One machine: `SQLite`, or `PostgreSQL` without Citus.
    One,
    /// Citus.
    Citus,
    /// Citus, where migrations run for comparison alone: what they make stays on the coordinator, since nobody is to wait
    /// for shards that are never used. Where a table would lie, [`layout`](super::layout) knows.
    Likeness,
}

impl Engine {
    /// Asks the database, and where it is Citus has the rest of the transaction go from one shard to the next: also for who
    /// runs a migration by other means than this crate's. A recorder answers too, and does not write the question down:
    /// what a migration says to one machine is what its checksum is of.
    ///
    /// # Errors
    ///
    /// What the database refuses.
    pub(crate) async fn of<C: ConnectionTrait>(db: &C) -> Result<Self, DbErr> {
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(Self::One);
        }
        let row = db
            .query_one_raw(Statement::from_string(DbBackend::Postgres, QUESTION))
            .await?;
        let scratch: Option<bool> = row.map(|row| row.try_get("", "scratch")).transpose()?;
        Ok(match scratch {
            None => Self::One,
            Some(false) => Self::Citus,
            Some(true) => Self::Likeness,
        })
    }

    /// Whether what is said is what is said on Citus.
    pub(crate) fn is_citus(self) -> bool {
        self != Self::One
    }
}

/// What is asked. One row, `scratch`, on Citus; else none.
pub(crate) const QUESTION: &str = "SELECT coalesce(current_setting('aura.scratch', true), '') = 'on' AS scratch, \
     set_config('citus.multi_shard_modify_mode', 'sequential', true) \
     FROM pg_catalog.pg_extension WHERE extname = 'citus'";

/// The statement that has the rest of a transaction go from one shard to the next, where there is Citus: in one that has
/// changed a table that lies everywhere it refuses to change others on several connections at once.
pub(crate) const IN_TURN: &str = "SELECT set_config('citus.multi_shard_modify_mode', 'sequential', true) \
     FROM pg_catalog.pg_extension WHERE extname = 'citus'";

#[cfg(test)]
mod tests {
    #[test]
    fn the_question_knows_the_setting() {
        assert!(super::QUESTION.contains(&format!("'{}'", crate::schema::SCRATCH)));
    }
}
