//! Takes the steps.
use std::time::{Duration, Instant};

use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
    TransactionTrait,
};

use super::Distributed;
use super::catalog::past_seals;
use super::obstacle::Obstacle;
use super::open;
use super::plan::Plan;
use super::step::{Action, Step};
use crate::error::Error;
use crate::isolation::quote;
use crate::migrate::{Event, Observer, Options, Pause};

/// Takes every step of the plan.
pub(super) async fn run(
    db: &DatabaseConnection,
    plan: &Plan,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Distributed, Error> {
    let mut done = Distributed::default();
    for (index, (step, actions)) in plan.steps.iter().enumerate() {
        let name = step.to_string();
        let started = Instant::now();
        observer(Event::Stepping {
            name: &name,
            position: index + 1,
            of: plan.steps.len(),
        });
        let rows = take(db, &name, actions, options, observer).await?;
        observer(Event::Stepped {
            rows,
            elapsed: started.elapsed(),
        });
        done.steps += 1;
        if matches!(step, Step::Move { .. }) {
            done.tables += 1;
            done.rows += rows.unwrap_or(0);
        }
    }
    Ok(done)
}

/// Takes one step as a whole. Where a lock is in the way it steps back and tries again.
async fn take(
    db: &DatabaseConnection,
    name: &str,
    actions: &[Action],
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Option<u64>, Error> {
    let started = Instant::now();
    let mut pause = Pause::new(Duration::from_millis(100), Duration::from_secs(5));
    loop {
        let left = options.lock_timeout.saturating_sub(started.elapsed());
        let limit = options.table_lock_timeout.min(left);
        let transaction = db.begin().await?;
        let error = match attempt(&transaction, actions, limit, options).await {
            Ok(rows) => match transaction.commit().await {
                Ok(()) => return Ok(rows),
                Err(error) => error.into(),
            },
            Err(error) => {
                // When this fails too, the connection is gone, and the transaction with it.
                let _ = transaction.rollback().await;
                error
            }
        };
        let pause = pause.next();
        if !error.is_lock() || started.elapsed() + pause >= options.lock_timeout {
            return Err(error);
        }
        observer(Event::Retrying { name, pause });
        tokio::time::sleep(pause).await;
    }
}

async fn attempt(
    transaction: &DatabaseTransaction,
    actions: &[Action],
    limit: Duration,
    options: &Options,
) -> Result<Option<u64>, Error> {
    let limit = limit.as_millis().max(1);
    // Rows take the time that they take, whatever the server grants to others.
    let statement = options
        .statement_timeout
        .map_or(0, |limit| limit.as_millis().max(1));
    for sql in [
        format!("SET LOCAL lock_timeout = {limit}"),
        format!("SET LOCAL statement_timeout = {statement}"),
        "SET LOCAL client_min_messages = warning".to_owned(),
    ] {
        transaction.execute_unprepared(&sql).await?;
    }
    let mut counted = None;
    for action in actions {
        match action {
            // One statement at a time: Citus hands what it is given on to the other nodes as a whole.
            Action::Say(sql) => {
                transaction.execute_unprepared(sql).await?;
            }
            Action::OnWorkers(sql) => on_workers(transaction, sql).await?,
            Action::Count(table) => {
                let rows = rows(transaction, table).await?;
                if let Some(before) = counted.replace(rows).filter(|before| *before != rows) {
                    return Err(Error::RowsDiffer {
                        table: table.clone(),
                        before,
                        after: rows,
                    });
                }
            }
            Action::Isolate { others } => open::isolate(transaction, others).await?,
        }
    }
    Ok(counted)
}

/// Runs it on each worker, and says what the first one says that refuses.
async fn on_workers<C: ConnectionTrait>(db: &C, sql: &str) -> Result<(), Error> {
    let sql = format!(
        "SELECT nodename || ':' || nodeport AS node, result FROM run_command_on_workers({}) WHERE NOT success",
        quote::text(sql)
    );
    let refused = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    let Some(row) = refused else {
        return Ok(());
    };
    let obstacle = Obstacle::NoRoles {
        node: row.try_get("", "node")?,
        reason: row.try_get("", "result")?,
    };
    Err(Error::CannotDistribute {
        obstacles: vec![obstacle],
    })
}

async fn rows<C: ConnectionTrait>(db: &C, table: &str) -> Result<u64, DbErr> {
    let sql = format!("SELECT count(*) FROM {table}");
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?;
    let rows: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(u64::try_from(rows.unwrap_or(0)).unwrap_or(0))
}

/// Counts the rows of each table that is still to be moved.
pub(super) async fn count(db: &DatabaseConnection, plan: &mut Plan) -> Result<(), Error> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let transaction = db.begin().await?;
    transaction
        .execute_unprepared("SET TRANSACTION READ ONLY")
        .await?;
    transaction.execute_unprepared(&past_seals()).await?;
    for table in plan.tables.iter_mut().filter(|table| !table.done) {
        table.rows = Some(rows(&transaction, &quote::name(&table.name)).await?);
    }
    transaction.commit().await?;
    Ok(())
}
