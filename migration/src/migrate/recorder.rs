//! Writes down what a migration says, without a database: for the preview and for checksums.
use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_orm::{
    MockDatabase, MockDatabaseConnection, MockDatabaseTrait, MockExecResult, Transaction,
};
use sea_orm_migration::sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr,
    ExecResult, QueryResult, Statement, TransactionTrait, Value,
};
use sea_orm_migration::{MigrationTrait, SchemaManager};

use super::event::Direction;
use super::said::{Said, is_question, probe, text};
use crate::citus::{Engine, QUESTION};

/// What a recorder passes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listener {
    pub(super) backend: DbBackend,
    pub(super) engine: Engine,
}

impl From<DbBackend> for Listener {
    fn from(backend: DbBackend) -> Self {
        Self {
            backend,
            engine: Engine::One,
        }
    }
}

/// All that one migration says, in order.
#[derive(Debug, Default)]
pub(super) struct Recording {
    pub(super) said: Vec<Said>,
    /// Why it did not come to its end; `None`: it did.
    pub(super) broken: Option<DbErr>,
}

/// Runs a migration against an empty database that there is not.
pub(super) async fn record(
    migration: &dyn MigrationTrait,
    listener: impl Into<Listener>,
) -> Recording {
    run(migration, Direction::Up, listener.into(), None).await.0
}

/// Runs a migration, or takes it back, against nothing, but that `db` answers what it asks.
pub(super) async fn record_with_answers(
    migration: &dyn MigrationTrait,
    direction: Direction,
    db: &DatabaseConnection,
) -> Result<Recording, DbErr> {
    let listener = Listener {
        backend: db.get_database_backend(),
        engine: Engine::of(db).await?,
    };
    // A recorder cannot wait for a database: it is started again for each question, and told what is known by then.
    let mut questions: Vec<Statement> = Vec::new();
    loop {
        let mut answers = VecDeque::new();
        for question in &questions {
            // What it asks about may be made by a migration before it, which has not run.
            let rows = ask(db, question).await;
            answers.push_back(rows.or_else(|_| nothing(question))?);
        }
        match run(migration, direction, listener, Some(answers)).await {
            (_, Some(open)) => questions.push(open),
            (recording, None) => return Ok(recording),
        }
    }
}

/// In a transaction that is taken back, whatever becomes of us: a question changes nothing, and no setting stays behind on
/// a connection that others will have.
async fn ask(db: &DatabaseConnection, question: &Statement) -> Result<Vec<QueryResult>, DbErr> {
    let transaction = match db.get_database_backend() {
        DbBackend::Postgres => {
            db.begin_with_config(None, Some(AccessMode::ReadOnly))
                .await?
        }
        _ => db.begin().await?,
    };
    let rows = transaction.query_all_raw(question.clone()).await;
    transaction.rollback().await?;
    rows
}

async fn run(
    migration: &dyn MigrationTrait,
    direction: Direction,
    listener: Listener,
    answers: Option<VecDeque<Vec<QueryResult>>>,
) -> (Recording, Option<Statement>) {
    let in_transaction = migration.use_transaction() != Some(false);
    let (db, tape) = start(listener, in_transaction, answers);
    let manager = SchemaManager::new(&db);
    let done = match direction {
        Direction::Up => migration.up(&manager).await,
        Direction::Down => migration.down(&manager).await,
    };
    let broken = done.err();
    let open = lock(&tape.0).open.take();
    let said = tape.take();
    (Recording { said, broken }, open)
}

/// Runs a migration as [`record`] does, but that `question`, which comes after the questions `before`, has one row for an
/// answer. `None`: it goes on to ask more.
pub(super) async fn record_with_one_answer(
    migration: &dyn MigrationTrait,
    listener: Listener,
    before: &[&str],
    question: &str,
) -> Result<Option<Recording>, DbErr> {
    let backend = listener.backend;
    let mut answers = VecDeque::new();
    for asked in before {
        answers.push_back(nothing(&Statement::from_string(backend, *asked))?);
    }
    let row = BTreeMap::from([("found", Value::Int(Some(1)))]);
    answers.push_back(
        MockDatabase::new(backend)
            .append_query_results([[row]])
            .query(0, Statement::from_string(backend, question))?,
    );
    let (recording, open) = run(migration, Direction::Up, listener, Some(answers)).await;
    Ok(open.is_none().then_some(recording))
}

/// As [`record`], of taking the migration back.
#[cfg(test)]
pub(super) async fn record_down(
    migration: &dyn MigrationTrait,
    listener: impl Into<Listener>,
) -> Recording {
    run(migration, Direction::Down, listener.into(), None)
        .await
        .0
}

/// What is said on a connection that [`start`] gave.
pub(super) struct Tape(Arc<Mutex<State>>);

impl Tape {
    pub(super) fn take(&self) -> Vec<Said> {
        mem::take(&mut lock(&self.0).said)
    }
}

/// A connection to nothing, and what is said on it.
pub(super) fn start(
    listener: impl Into<Listener>,
    in_transaction: bool,
    answers: Option<VecDeque<Vec<QueryResult>>>,
) -> (DatabaseConnection, Tape) {
    let state = Arc::new(Mutex::new(State {
        said: Vec::new(),
        depth: 0,
        answers,
        open: None,
    }));
    let Listener { backend, engine } = listener.into();
    let recorder = Recorder {
        backend,
        engine,
        in_transaction,
        state: Arc::clone(&state),
    };
    let mock = Arc::new(MockDatabaseConnection::new(recorder));
    let db = DatabaseConnectionType::MockDatabaseConnection(mock).into();
    (db, Tape(state))
}

#[derive(Debug)]
struct Recorder {
    backend: DbBackend,
    engine: Engine,
    /// Whether the migration runs in a transaction that it did not begin.
    in_transaction: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    said: Vec<Said>,
    /// How many transactions the migration itself has open.
    depth: usize,
    /// To the questions in their order; `None`: there is no database to ask.
    answers: Option<VecDeque<Vec<QueryResult>>>,
    /// The question that had no answer yet.
    open: Option<Statement>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder {
    fn say(&self, said: Said) {
        lock(&self.state).said.push(said);
    }

    /// The words for a transaction of the migration's own: a savepoint inside of another.
    fn transaction(&self, outer: &str, inner: &str, depth: usize) {
        let savepoint = self.in_transaction || depth > 0;
        let sql = if savepoint {
            format!("{inner} aura_{depth}")
        } else {
            outer.to_owned()
        };
        self.say(Said::Statement(sql));
    }

    fn end(&self, outer: &str, inner: &str) {
        let depth = {
            let mut state = lock(&self.state);
            state.depth = state.depth.saturating_sub(1);
            state.depth
        };
        self.transaction(outer, inner, depth);
    }
}

impl MockDatabaseTrait for Recorder {
    fn execute(&mut self, _: usize, statement: Statement) -> Result<ExecResult, DbErr> {
        let sql = text(&statement);
        if !sql.trim().is_empty() {
            self.say(Said::Statement(sql));
        }
        // Only a mock of theirs can make such a result.
        MockDatabase::new(self.backend)
            .append_exec_results([MockExecResult::default()])
            .execute(0, statement)
    }

    fn query(&mut self, _: usize, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if statement.sql == QUESTION {
            return what_it_is(self.engine, statement);
        }
        let sql = text(&statement);
        if !is_question(&sql) {
            self.say(Said::Statement(sql));
            return Ok(Vec::new());
        }
        self.say(Said::Question(sql));
        let mut state = lock(&self.state);
        let Some(answers) = &mut state.answers else {
            return nothing(&statement);
        };
        if let Some(answer) = answers.pop_front() {
            return Ok(answer);
        }
        state.open.get_or_insert(statement);
        Err(DbErr::Custom("the question is still open".to_owned()))
    }

    fn begin(&mut self) {
        let depth = {
            let mut state = lock(&self.state);
            state.depth += 1;
            state.depth - 1
        };
        self.transaction("BEGIN", "SAVEPOINT", depth);
    }

    fn commit(&mut self) {
        self.end("COMMIT", "RELEASE SAVEPOINT");
    }

    fn rollback(&mut self) {
        self.end("ROLLBACK", "ROLLBACK TO SAVEPOINT");
    }

    fn drain_transaction_log(&mut self) -> Vec<Transaction> {
        Vec::new()
    }

    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    fn ping(&self) -> Result<(), DbErr> {
        Ok(())
    }
}

/// The answer to what a database is.
fn what_it_is(engine: Engine, question: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let rows: Vec<BTreeMap<&str, Value>> = match engine {
        Engine::One => Vec::new(),
        Engine::Citus | Engine::Likeness => vec![BTreeMap::from([(
            "scratch",
            Value::Bool(Some(engine == Engine::Likeness)),
        )])],
    };
    MockDatabase::new(question.db_backend)
        .append_query_results([rows])
        .query(0, question)
}

/// The answer of a database with nothing in it.
fn nothing(question: &Statement) -> Result<Vec<QueryResult>, DbErr> {
    let probe = probe(&question.sql);
    let rows: Vec<BTreeMap<&str, Value>> = probe
        .map(|probe| BTreeMap::from([(probe, Value::Bool(Some(false)))]))
        .into_iter()
        .collect();
    MockDatabase::new(question.db_backend)
        .append_query_results([rows])
        .query(0, question.clone())
}
