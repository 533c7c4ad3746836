//! The statements of this crate, told apart from those of its callers.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::Db;

/// Whose statement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// This crate's: it leaves nothing behind on its connection.
    Crate,
    /// A caller's: it may (a setting, a prepared statement), and the connection is made as new after its transaction.
    Caller,
}

/// A [`Db`] for statements that this crate made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own<'a>(&'a Db);

impl Db {
    pub(crate) fn own(&self) -> Own<'_> {
        Own(self)
    }

    fn observe_own(&self, sql: &str) {
        if let Some(observer) = &self.shared.own_observer
            && self.backend() == DbBackend::Postgres
        {
            observer(sql, self.is_on_citus());
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Own<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.0.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.observe_own(&statement.sql);
        self.0.execute(By::Crate, statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.observe_own(sql);
        self.0.unprepared(By::Crate, sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.observe_own(&statement.sql);
        self.0.one(By::Crate, statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.observe_own(&statement.sql);
        self.0.all(By::Crate, statement).await
    }

    fn support_returning(&self) -> bool {
        true
    }
}
