//! `SeaORM`'s `ConnectionTrait` on [`Db`].

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement,
};
use tokio::sync::{MutexGuard, RwLockReadGuard};

use super::{Db, Link};

/// What a statement runs on.
enum Line<'a> {
    /// A connection of the pool, and the writer's place where the statement writes to `SQLite`.
    Pool(&'a DatabaseConnection, Option<MutexGuard<'a, ()>>),
    Transaction(RwLockReadGuard<'a, Option<DatabaseTransaction>>),
}

macro_rules! run {
    ($db:expr, $sql:expr, $method:ident($($arg:expr),*)) => {
        match $db.line($sql).await? {
            Line::Pool(pool, _writer) => pool.$method($($arg),*).await,
            Line::Transaction(open) => match &*open {
                Some(transaction) => transaction.$method($($arg),*).await,
                None => Err(ended()),
            },
        }
    };
}

impl Db {
    async fn line(&self, sql: &str) -> Result<Line<'_>, DbErr> {
        match &self.link {
            Link::Pool(pool) => {
                let writer = match &self.shared.writer {
                    Some(_) if !reads_only(sql) => self.shared.writer().await?,
                    _ => None,
                };
                Ok(Line::Pool(pool, writer))
            }
            Link::Transaction(open) => Ok(Line::Transaction(open.session().await)),
        }
    }

    pub(super) fn observe(&self, sql: &str) {
        if self.shared.observer.is_some() {
            self.observe_statement(&Statement::from_string(self.shared.backend, sql));
        }
    }

    fn observe_statement(&self, statement: &Statement) {
        if let Some(observer) = &self.shared.observer {
            observer(statement);
        }
    }
}

/// On `SQLite` alone, where it decides about the writer's queue: a wrong "no" costs a little waiting.
fn reads_only(sql: &str) -> bool {
    let verb = sql.trim_start().get(..6).unwrap_or_default();
    verb.eq_ignore_ascii_case("select")
}

pub(super) fn ended() -> DbErr {
    DbErr::Custom(
        "the transaction has ended: what was made inside it cannot be used after it".into(),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the connection itself: what comes here has passed the door, or is the application's own"
)]
#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.shared.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.observe_statement(&statement);
        run!(self, &statement.sql, execute_raw(statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.observe(sql);
        run!(self, sql, execute_unprepared(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.observe_statement(&statement);
        run!(self, &statement.sql, query_one_raw(statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.observe_statement(&statement);
        run!(self, &statement.sql, query_all_raw(statement))
    }

    fn support_returning(&self) -> bool {
        true
    }
}
