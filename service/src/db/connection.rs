//! `SeaORM`'s `ConnectionTrait` on [`Db`].

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::pool::{Answer, Ask};
use super::{Db, On};

impl Db {
    async fn ask(&self, ask: Ask<'_>) -> Result<Answer, DbErr> {
        match &self.on {
            On::Pool => self.shared.pool.ask(ask).await,
            On::Transaction(open) => open.ask(ask).await,
        }
    }

    pub(super) fn observe(&self, sql: &str) {
        if self.shared.observer.is_some() {
            self.observe_statement(&Statement::from_string(self.shared.backend, sql));
        }
    }

    pub(super) fn observe_statement(&self, statement: &Statement) {
        if let Some(observer) = &self.shared.observer {
            observer(statement);
        }
    }
}

/// An answer of another kind than was asked for. The pool gives none.
fn unexpected() -> DbErr {
    DbErr::Custom("the connection answered something else".into())
}

#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.shared.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.observe_statement(&statement);
        match self.ask(Ask::Execute(&statement)).await? {
            Answer::Done(done) => Ok(done),
            _ => Err(unexpected()),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.observe(sql);
        match self.ask(Ask::Unprepared(sql)).await? {
            Answer::Done(done) => Ok(done),
            _ => Err(unexpected()),
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.observe_statement(&statement);
        match self.ask(Ask::One(&statement)).await? {
            Answer::One(row) => Ok(row),
            _ => Err(unexpected()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.observe_statement(&statement);
        match self.ask(Ask::All(&statement)).await? {
            Answer::All(rows) => Ok(rows),
            _ => Err(unexpected()),
        }
    }

    fn support_returning(&self) -> bool {
        true
    }
}
