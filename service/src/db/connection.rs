//! `SeaORM`'s `ConnectionTrait` on [`Db`].

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::begin::Transaction;
use super::opening::Opening;
use super::own::By;
use super::pool::{Answer, Ask};
use super::{Db, On, control};

impl Db {
    async fn ask(&self, by: By, ask: Ask<'_>) -> Result<Answer, DbErr> {
        self.check(by, ask.sql())?;
        if self.is_to_be_shut() {
            return Box::pin(self.ask_inside(by, ask)).await;
        }
        match &self.on {
            On::Pool => self.shared.pool.ask(ask).await,
            On::Transaction(open) => open.ask(by, ask).await,
        }
    }

    /// In a transaction of its own, in which the database holds the tenant's wall.
    async fn ask_inside(&self, by: By, ask: Ask<'_>) -> Result<Answer, DbErr> {
        let transaction = Transaction::open(self, Opening::default()).await?;
        match transaction.ask_in(by, ask).await {
            Ok(answer) => transaction.end("COMMIT").await.map(|()| answer),
            Err(error) => {
                transaction.undo().await;
                Err(error)
            }
        }
    }

    /// That a caller's statement leaves the transaction that it runs in as it is.
    pub(super) fn check(&self, by: By, sql: &str) -> Result<(), DbErr> {
        if by == By::Crate || !(self.in_transaction() || self.is_to_be_shut()) {
            return Ok(());
        }
        match control::refused(sql) {
            None => Ok(()),
            Some(command) => Err(DbErr::Custom(format!(
                "{command} is not sent in a transaction of `Db`, which ends and sets it up itself: return `Ok` or `Err` from \
                 the work, and begin another one inside it with `transaction`"
            ))),
        }
    }

    pub(super) async fn execute(&self, by: By, statement: Statement) -> Result<ExecResult, DbErr> {
        self.observe_statement(&statement);
        match self.ask(by, Ask::Execute(&statement)).await? {
            Answer::Done(done) => Ok(done),
            _ => Err(unexpected()),
        }
    }

    pub(super) async fn unprepared(&self, by: By, sql: &str) -> Result<ExecResult, DbErr> {
        self.observe(sql);
        match self.ask(by, Ask::Unprepared(sql)).await? {
            Answer::Done(done) => Ok(done),
            _ => Err(unexpected()),
        }
    }

    pub(super) async fn one(
        &self,
        by: By,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.observe_statement(&statement);
        match self.ask(by, Ask::One(&statement)).await? {
            Answer::One(row) => Ok(row),
            _ => Err(unexpected()),
        }
    }

    pub(super) async fn all(
        &self,
        by: By,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.observe_statement(&statement);
        match self.ask(by, Ask::All(&statement)).await? {
            Answer::All(rows) => Ok(rows),
            _ => Err(unexpected()),
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
        self.execute(By::Caller, statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.unprepared(By::Caller, sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.one(By::Caller, statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.all(By::Caller, statement).await
    }

    fn support_returning(&self) -> bool {
        true
    }
}
