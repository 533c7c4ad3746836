//! A large set: as many users as are asked for, in applications of all sizes, the same rows for the same numbers.
//!
//! It is written in pieces of some thousand rows, each a transaction that leaves nothing half-made: users first, then
//! applications with all that is in them. The first piece has an application that says what is being made; the last one
//! writes there that it is complete. What was stopped goes on with the pieces that are not there yet.

mod columns;
mod dice;
mod names;
mod plan;
mod rows;
mod write;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entity::{applications, users};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, Statement};
use service::{Db, Error, Result};
use tokio::task::JoinSet;

use super::progress::Progress;
pub(super) use plan::Numbers;
use plan::Plan;
use rows::{Maker, public_id};
use write::Rows;

/// About how many rows a transaction has.
const PIECE: u64 = 10_000;

/// What seeding did.
pub(super) enum Seeded {
    Now { rows: u64 },
    Already,
}

/// What is written at once.
#[derive(Clone)]
enum Piece {
    /// The first users, one of whom the record belongs to.
    First(Range<u64>),
    Users(Range<u64>),
    Applications(Range<u64>),
}

/// Makes the set, or the rest of it, on `jobs` connections.
pub(super) async fn seed(db: &Db, numbers: Numbers, jobs: usize) -> Result<Seeded> {
    let begun = match record(db).await? {
        Some(said) if said == finished(numbers) => return Ok(Seeded::Already),
        Some(said) if said == unfinished(numbers) => true,
        Some(said) => return Err(another(&said)),
        None => false,
    };
    let plan = tokio::task::spawn_blocking(move || Plan::new(numbers));
    let plan = plan
        .await
        .map_err(|_| Error::invalid("seed", "cannot be planned"))?;
    let progress = Arc::new(Progress::start(plan.rows()));
    let pieces = plan.pieces(usize::try_from(PIECE).unwrap_or(usize::MAX));
    let work = Work {
        db: db.clone(),
        maker: Arc::new(Maker::new(plan)),
        progress: Arc::clone(&progress),
        begun,
    };
    let first = PIECE.min(numbers.users);
    work.write(&Piece::First(0..first)).await?;
    let rest = (first..numbers.users)
        .step_by(usize::try_from(PIECE).unwrap_or(usize::MAX))
        .map(|from| Piece::Users(from..(from + PIECE).min(numbers.users)));
    // No application before all of its members.
    work.all(rest.collect(), jobs).await?;
    work.all(pieces.into_iter().map(Piece::Applications).collect(), jobs)
        .await?;
    conclude(db, numbers).await?;
    Ok(Seeded::Now {
        rows: progress.finish(),
    })
}

#[derive(Clone)]
struct Work {
    db: Db,
    maker: Arc<Maker>,
    progress: Arc<Progress>,
    /// Whether some pieces may be there.
    begun: bool,
}

impl Work {
    async fn all(&self, pieces: Vec<Piece>, jobs: usize) -> Result<()> {
        let jobs = match self.db.backend() {
            // One writes at a time.
            DbBackend::Sqlite => 1,
            _ => jobs,
        };
        let (pieces, next) = (Arc::new(pieces), Arc::new(AtomicUsize::new(0)));
        // What is dropped stops: an error of one ends all.
        let mut workers = JoinSet::new();
        for _ in 0..jobs {
            let (work, pieces, next) = (self.clone(), Arc::clone(&pieces), Arc::clone(&next));
            workers.spawn(async move {
                while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work.write(piece).await?;
                }
                Ok(())
            });
        }
        while let Some(ended) = workers.join_next().await {
            ended.unwrap_or_else(|_| Err(Error::invalid("seed", "was interrupted")))?;
        }
        Ok(())
    }

    async fn write(&self, piece: &Piece) -> Result<()> {
        if self.begun && self.is_there(piece).await? {
            self.progress
                .add(self.rows(piece).iter().map(Rows::len).sum());
            return Ok(());
        }
        let tables = self.rows(piece);
        let written = tables.iter().map(Rows::len).sum();
        let done = self
            .db
            .transaction(async move |db| {
                write::prepare(db).await?;
                for rows in tables {
                    rows.write(db).await?;
                }
                Ok::<_, Error>(())
            })
            .await;
        match done {
            // Whoever was killed had sent the end of the transaction, and it came to pass meanwhile.
            Err(Error::Conflict { .. }) if self.is_there(piece).await? => {}
            done => done?,
        }
        self.progress.add(written);
        Ok(())
    }

    fn rows(&self, piece: &Piece) -> Vec<Rows> {
        let maker = &self.maker;
        match piece {
            Piece::First(numbers) => {
                let record = unfinished(maker.plan.numbers);
                let mut tables = vec![maker.users(numbers.clone())];
                tables.extend(maker.applications(0..1, &record));
                tables
            }
            Piece::Users(numbers) => vec![maker.users(numbers.clone())],
            Piece::Applications(numbers) => maker.applications(numbers.clone(), "").into(),
        }
    }

    /// A piece is there whole or not at all: so its first row tells.
    async fn is_there(&self, piece: &Piece) -> Result<bool> {
        match piece {
            Piece::First(numbers) | Piece::Users(numbers) => {
                let id = self.maker.user_id(numbers.start);
                let this = users::Column::Id.eq(id);
                let find = self.db.find::<users::Entity>();
                find.with_deleted().filter(this).exists().await
            }
            Piece::Applications(numbers) => {
                let id = self.maker.place(numbers.start).id;
                let this = applications::Column::Id.eq(id);
                let find = self.db.find::<applications::Entity>();
                find.with_deleted().filter(this).exists().await
            }
        }
    }
}

/// What the record says, if there is one.
async fn record(db: &Db) -> Result<Option<String>> {
    let record = db
        .find::<applications::Entity>()
        .with_deleted()
        .filter(applications::Column::PublicId.eq(public_id(0)))
        .one()
        .await?;
    Ok(record.map(|record| record.description.unwrap_or_default()))
}

async fn conclude(db: &Db, numbers: Numbers) -> Result<()> {
    // Nothing moves `updated_at`: it would be another each time.
    let sql = "UPDATE applications SET description = $1, updated_at = $2 WHERE public_id = $3";
    let values = [
        finished(numbers).into(),
        rows::concluded().into(),
        public_id(0).into(),
    ];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    #[expect(
        clippy::disallowed_methods,
        reason = "the one row that says what was seeded, found by an id that is unique for ever"
    )]
    db.execute_raw(statement).await?;
    Ok(())
}

fn command(numbers: Numbers) -> String {
    let Numbers {
        users,
        applications,
        clients_per_application,
        seed,
    } = numbers;
    format!(
        "aura seed --users {users} --applications {applications} --clients-per-application {clients_per_application} \
         --seed {seed}"
    )
}

fn unfinished(numbers: Numbers) -> String {
    format!("UNFINISHED, run it again: {}", command(numbers))
}

fn finished(numbers: Numbers) -> String {
    format!("Made by {}", command(numbers))
}

fn another(said: &str) -> Error {
    // Whoever administers the database can have written anything there.
    let said: String = said.escape_debug().take(200).collect();
    Error::invalid(
        "seed",
        format!(
            "has other numbers than the set that is there ({said}): a database has one, so use an empty one \
             (`migration -- fresh`)"
        ),
    )
}
