//! `Db` against `SeaORM` on sqlx's pool and against tokio-postgres with statements prepared by hand: one row by its key,
//! and a page of 50, by one worker and by sixteen on as many connections. They take turns, round after round; what is
//! printed is the median of the rounds, and its ratio to tokio-postgres in the same run.
//!
//! `cargo bench -p service --bench pool`
#![expect(
    clippy::disallowed_methods,
    reason = "what is measured is the connection, with entities as SeaORM has them"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::{applications, clients, users};
use migration::testing::{Backend, TestDb};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, Statement,
};
use service::{Config, Db};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(400);
const CONNECTIONS: u32 = 16;
const PAGE: u64 = 50;

const BY_KEY: &str = "SELECT id, email, name FROM users WHERE id = $1";
const A_PAGE: &str =
    "SELECT id, name, email FROM clients WHERE application_id = $1 ORDER BY id LIMIT 50";

#[derive(Clone, Copy, PartialEq)]
enum Task {
    Key,
    Page,
}

#[derive(Clone, Copy)]
enum Way {
    TokioPostgres,
    Db,
    DbReadyMade,
    SeaOrm,
}

const WAYS: [(Way, &str); 4] = [
    (Way::TokioPostgres, "tokio-postgres"),
    (Way::Db, "Db, entities"),
    (Way::DbReadyMade, "Db, ready-made SQL"),
    (Way::SeaOrm, "SeaORM, sqlx's pool"),
];

struct Stage {
    db: Db,
    seaorm: DatabaseConnection,
    clients: Vec<Client>,
    user: Uuid,
    application: Uuid,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let test = TestDb::new(Backend::Postgres).await;
        let stage = Arc::new(stage(&test).await);
        println!("{ROUNDS} rounds; per second, median and 99th percentile in µs, per second as part of tokio-postgres");
        for (task, what) in [(Task::Key, "one row by its key"), (Task::Page, "a page of 50")] {
            for workers in [1, 16] {
                println!("\n{what}, {workers} at once");
                measure(&stage, task, workers).await;
            }
        }
    });
}

async fn stage(test: &TestDb) -> Stage {
    let db = Db::connect(Config::new(test.url()).max_connections(CONNECTIONS)).await;
    let db = db.expect("connects");
    let mut options = ConnectOptions::new(test.url());
    options.max_connections(CONNECTIONS).sqlx_logging(false);
    let seaorm = Database::connect(options).await.expect("connects");
    let mut all = Vec::new();
    for _ in 0..CONNECTIONS {
        let connected = tokio_postgres::connect(test.url(), NoTls).await;
        let (client, connection) = connected.expect("connects");
        tokio::spawn(connection);
        all.push(client);
    }
    let (user, application) = (db.new_id(), db.new_id());
    let row = users::ActiveModel {
        id: Set(user),
        email: Set("ada@x.test".into()),
        ..Default::default()
    };
    row.insert(&db).await.expect("a user");
    let row = applications::ActiveModel {
        id: Set(application),
        public_id: Set("application1".into()),
        slug: Set("application-1".into()),
        name: Set("Application".into()),
        ..Default::default()
    };
    row.insert(&db).await.expect("an application");
    let rows = (0..1000).map(|number| clients::ActiveModel {
        application_id: Set(application),
        id: Set(db.new_id()),
        name: Set(format!("Client {number}")),
        email: Set(Some(format!("client{number}@x.test"))),
        ..Default::default()
    });
    let filled = clients::Entity::insert_many(rows).exec(&db).await;
    filled.expect("clients");
    Stage {
        db,
        seaorm,
        clients: all,
        user,
        application,
    }
}

/// All ways, in turns.
async fn measure(stage: &Arc<Stage>, task: Task, workers: usize) {
    let mut rounds: [Vec<Round>; WAYS.len()] = Default::default();
    for round in 0..=ROUNDS {
        for (index, (way, _)) in WAYS.iter().enumerate() {
            let done = run(stage, *way, task, workers).await;
            // The first is to warm up.
            if round > 0 {
                rounds[index].push(done);
            }
        }
    }
    let best = median(rounds[0].iter().map(|round| round.rate));
    for (rounds, (_, name)) in rounds.iter().zip(WAYS) {
        let rate = median(rounds.iter().map(|round| round.rate));
        println!(
            "  {name:<20} {rate:>8.0} /s   p50 {:>6.0}   p99 {:>6.0}   {:.2}",
            median(rounds.iter().map(|round| round.p50)),
            median(rounds.iter().map(|round| round.p99)),
            rate / best
        );
    }
}

struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
}

async fn run(stage: &Arc<Stage>, way: Way, task: Task, workers: usize) -> Round {
    let start = Instant::now();
    let mut all = JoinSet::new();
    for worker in 0..workers {
        let stage = Arc::clone(stage);
        all.spawn(async move {
            let mut times = Vec::new();
            // The driver keeps no statements: by hand, once per connection and round.
            let client = &stage.clients[worker];
            let sql = if task == Task::Key { BY_KEY } else { A_PAGE };
            let prepared = client.prepare(sql).await.expect("prepares");
            while start.elapsed() < ROUND {
                let begun = Instant::now();
                let rows = match way {
                    Way::TokioPostgres => by_hand(&stage, client, &prepared, task).await,
                    Way::Db => entities(&stage, &stage.db, task).await,
                    Way::DbReadyMade => ready_made(&stage, sql, task).await,
                    Way::SeaOrm => entities(&stage, &stage.seaorm, task).await,
                };
                times.push(begun.elapsed());
                assert_eq!(rows, if task == Task::Key { 1 } else { 50 });
            }
            times
        });
    }
    let mut times = all.join_all().await.concat();
    let elapsed = start.elapsed();
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e6;
    let done = u32::try_from(times.len()).unwrap_or(u32::MAX);
    Round {
        rate: f64::from(done) / elapsed.as_secs_f64(),
        p50: at(50),
        p99: at(99),
    }
}

async fn by_hand(
    stage: &Stage,
    client: &Client,
    prepared: &tokio_postgres::Statement,
    task: Task,
) -> usize {
    let id = if task == Task::Key {
        stage.user
    } else {
        stage.application
    };
    let rows = client.query(prepared, &[&Key(id)]).await.expect("rows");
    rows.iter()
        .map(|row| {
            let strings = (row.get::<_, Option<&str>>(1), row.get::<_, Option<&str>>(2));
            usize::from(strings.0.is_some())
        })
        .sum()
}

async fn entities(stage: &Stage, db: &impl ConnectionTrait, task: Task) -> usize {
    match task {
        Task::Key => {
            let user = users::Entity::find_by_id(stage.user).one(db).await;
            usize::from(user.expect("answers").is_some())
        }
        Task::Page => {
            let page = clients::Entity::find()
                .filter(clients::Column::ApplicationId.eq(stage.application))
                .order_by_asc(clients::Column::Id)
                .limit(PAGE);
            page.all(db).await.expect("answers").len()
        }
    }
}

async fn ready_made(stage: &Stage, sql: &str, task: Task) -> usize {
    let id = if task == Task::Key {
        stage.user
    } else {
        stage.application
    };
    let statement = Statement::from_sql_and_values(stage.db.backend(), sql, [id.into()]);
    let rows = stage.db.query_all_raw(statement).await.expect("answers");
    rows.iter()
        .map(|row| {
            let first: Option<String> = row.try_get_by_index(1).expect("text");
            let second: Option<String> = row.try_get_by_index(2).expect("text");
            drop(second);
            usize::from(first.is_some())
        })
        .sum()
}

/// A uuid as the protocol's binary form has it.
#[derive(Debug)]
struct Key(Uuid);

impl tokio_postgres::types::ToSql for Key {
    fn to_sql(
        &self,
        _: &tokio_postgres::types::Type,
        out: &mut tokio_postgres::types::private::BytesMut,
    ) -> Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(tokio_postgres::types::IsNull::No)
    }

    fn accepts(kind: &tokio_postgres::types::Type) -> bool {
        *kind == tokio_postgres::types::Type::UUID
    }

    tokio_postgres::types::to_sql_checked!();
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
