//! `aura seed`: data to develop with.

mod guard;
mod large;
mod progress;
mod small;

use std::time::Instant;

use clap::builder::RangedU64ValueParser;
use serde_json::json;
use service::{Db, Error};

use crate::context::Context;
use crate::failure::Failure;

use large::{Numbers, Seeded};

/// How many users an application has, and clients, where nothing else is said.
const USERS_PER_APPLICATION: u64 = 100;
const CLIENTS_PER_APPLICATION: u64 = 20;

/// Without numbers a small, realistic set by the verbs that applications use; where it is there already nothing changes.
///
/// With numbers a large one, straight into the tables: the same numbers and the same seed give the same rows, ids and
/// instants included, on both databases. It is written in transactions of some ten thousand rows. Stopped half-way it
/// goes on when the same command is run again, and ends with the same rows; until it is complete the application
/// `seed-data` says UNFINISHED. Nobody gets a password, and no audit events are written: nobody did these things.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// So many users; default: 100 for each application
    #[arg(long, value_name = "N", value_parser = up_to(50_000_000))]
    users: Option<u64>,
    /// So many applications, of very different sizes; default: one for each 100 users
    #[arg(long, value_name = "N", value_parser = up_to(5_000_000))]
    applications: Option<u64>,
    /// So many clients on the average, more where there are more members; default: 20
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=100_000))]
    clients_per_application: Option<u64>,
    /// Another seed gives other rows; default: 1
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// How many connections write at once, on `PostgreSQL`; the rows are the same
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
    /// Also on another machine, or where the environment says that this is production
    #[arg(short, long)]
    yes: bool,
}

fn up_to(most: u64) -> RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=most)
}

impl Args {
    /// `None`: the small set.
    fn numbers(&self) -> Option<Numbers> {
        let given = [
            self.users,
            self.applications,
            self.clients_per_application,
            self.seed,
        ];
        given.iter().any(Option::is_some).then(|| {
            let users = self.users.unwrap_or_else(|| {
                self.applications
                    .map_or(1000, |applications| applications * USERS_PER_APPLICATION)
            });
            Numbers {
                users,
                applications: self
                    .applications
                    .unwrap_or((users / USERS_PER_APPLICATION).max(1)),
                clients_per_application: self
                    .clients_per_application
                    .unwrap_or(CLIENTS_PER_APPLICATION),
                seed: self.seed.unwrap_or(1),
            }
        })
    }
}

/// Seeds the database, and says what it did.
pub(crate) async fn run(args: Args, context: &Context) -> Result<(), Failure> {
    guard::pass(context, args.yes)?;
    let db = &context.db;
    let said = match args.numbers() {
        None => small::seed(db).await?.to_string(),
        Some(numbers) => many(db, numbers, args.jobs.into()).await?,
    };
    context.output.said(&json!({ "said": said }), &said)
}

async fn many(db: &Db, numbers: Numbers, jobs: usize) -> Result<String, Error> {
    let started = Instant::now();
    Ok(match large::seed(db, numbers, jobs).await? {
        Seeded::Already => "seeded already: nothing changed".to_owned(),
        Seeded::Now { rows } => {
            let took = started.elapsed();
            let rate = u128::from(rows) * 1000 / took.as_millis().max(1);
            format!(
                "seeded {} users in {} applications: {rows} rows in {:.1} s, {rate} rows/s; the application `seed-data` says how",
                numbers.users,
                numbers.applications,
                took.as_secs_f64()
            )
        }
    })
}
