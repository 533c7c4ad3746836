//! The statements of this crate, told apart from those of its callers.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::Db;

/// A [`Db`] for statements that this crate made: they leave nothing behind on their connection.
///
/// What a caller runs on a [`Db`] in a transaction may (a setting, a prepared statement, a temporary table), and the
/// connection is made as new before anyone else gets it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own<'a>(pub(super) &'a Db);

impl Db {
    pub(crate) fn own(&self) -> Own<'_> {
        Own(self)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection itself: what comes here has passed the door"
)]
#[async_trait::async_trait]
impl ConnectionTrait for Own<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.0.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }

    fn support_returning(&self) -> bool {
        true
    }
}
