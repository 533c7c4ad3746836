//! Questions whose answers show at once when they were given to somebody else.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};

use migration::testing::{OwnServer, ServerSetup};
use sea_orm::sqlx::{AssertSqlSafe, Connection as _, PgConnection, query_scalar, raw_sql};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use service::Db;

/// Statements that differ in nothing but the answer: types and number of parameters are the same.
const SHAPES: [&str; 4] = [
    "SELECT $1::bigint + 1 AS answer",
    "SELECT $1::bigint * 3 AS answer",
    "SELECT -$1::bigint AS answer",
    "SELECT $1::bigint - 1000000 AS answer",
];

/// Asks one of four questions with `n`.
///
/// # Panics
///
/// When the answer is to another question.
pub(super) async fn ask(on: &impl ConnectionTrait, n: i64) -> Result<(), DbErr> {
    assert!(is_right(on, n).await?, "the answer to another question");
    Ok(())
}

/// Asks one of four questions with `n`: whether the answer is to this one.
pub(super) async fn is_right(on: &impl ConnectionTrait, n: i64) -> Result<bool, DbErr> {
    let shape = usize::try_from(n.rem_euclid(4)).expect("one of four");
    let expected = [n + 1, n * 3, -n, n - 1_000_000][shape];
    Ok(answer(on, SHAPES[shape], n).await? == expected)
}

/// Asks a question that nobody asked before: it is prepared, wherever it comes to.
///
/// # Panics
///
/// When the answer is to another question.
pub(super) async fn ask_something_new(on: &impl ConnectionTrait, n: i64) -> Result<(), DbErr> {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let number = ASKED.fetch_add(1, Ordering::Relaxed).cast_signed();
    let sql = format!("SELECT $1::bigint + {number} AS answer");
    assert_eq!(answer(on, &sql, n).await?, n + number, "{sql} with {n}");
    Ok(())
}

async fn answer(on: &impl ConnectionTrait, sql: &str, n: i64) -> Result<i64, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [n.into()]);
    let row = on.query_one_raw(statement).await?;
    row.expect("a row").try_get("", "answer")
}

/// A server of the test's own, and a table in which what is added up is always 0.
pub(super) async fn ledger(setup: ServerSetup<'_>) -> OwnServer {
    let server = OwnServer::start(setup).await;
    let mut owner = PgConnection::connect(server.url()).await.expect("connects");
    let table = "CREATE TABLE ledger (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, booking bigint NOT NULL, amount bigint NOT NULL)";
    raw_sql(table).execute(&mut owner).await.expect("a table");
    owner.close().await.expect("closes");
    server
}

/// Books `n`, in two statements of one transaction.
pub(super) async fn book(db: &Db, n: i64) -> service::Result<()> {
    db.transaction(async |tx| {
        enter(tx, n, n).await?;
        enter(tx, n, -n).await?;
        Ok(())
    })
    .await
}

/// One half of a booking.
pub(super) async fn enter(tx: &Db, booking: i64, amount: i64) -> Result<(), DbErr> {
    let sql = "INSERT INTO ledger (booking, amount) VALUES ($1, $2)";
    let values = [booking.into(), amount.into()];
    tx.execute_raw(Statement::from_sql_and_values(
        DbBackend::Postgres,
        sql,
        values,
    ))
    .await
    .map(drop)
}

/// Looks at a server from outside, as its superuser.
pub(super) struct Watch(PgConnection);

impl Watch {
    pub(super) async fn new(server: &OwnServer) -> Self {
        Self(
            PgConnection::connect(server.admin_url())
                .await
                .expect("connects"),
        )
    }

    /// Has the server refuse whatever is beyond `most` sessions of the ordinary login; it says so in its log.
    pub(super) async fn limit(&mut self, most: u32) {
        let sql = format!("ALTER ROLE aura CONNECTION LIMIT {most}");
        raw_sql(AssertSqlSafe(sql))
            .execute(&mut self.0)
            .await
            .expect("a limit");
    }

    pub(super) async fn number(&mut self, sql: &str) -> i64 {
        query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&mut self.0)
            .await
            .expect("a number")
    }

    /// Sessions of the ordinary login.
    pub(super) async fn sessions(&mut self) -> i64 {
        self.number("SELECT count(*) FROM pg_stat_activity WHERE usename = 'aura' AND backend_type = 'client backend'")
            .await
    }

    /// Ends all sessions of the ordinary login; returns how many.
    pub(super) async fn terminate(&mut self) -> i64 {
        self.number("SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'aura' AND backend_type = 'client backend'")
            .await
    }

    /// Ends one session of the ordinary login, whichever.
    pub(super) async fn terminate_one(&mut self) -> i64 {
        self.number(
            "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM \
             (SELECT pid FROM pg_stat_activity WHERE usename = 'aura' AND backend_type = 'client backend' ORDER BY random() LIMIT 1) AS one",
        )
        .await
    }
}

/// Whether all bookings are whole: how many of those with these numbers there are.
///
/// # Panics
///
/// When half of one is there.
pub(super) async fn whole_bookings(server: &OwnServer, numbers: RangeInclusive<i64>) -> i64 {
    // As the superuser: the ordinary login's sessions are counted.
    let url = server.admin_url().replace("/postgres?", "/aura?");
    let mut admin = PgConnection::connect(&url).await.expect("connects");
    let halves: i64 = query_scalar(
        "SELECT count(*) FROM (SELECT booking FROM ledger GROUP BY booking HAVING sum(amount) <> 0 OR count(*) % 2 <> 0) AS halves",
    )
    .fetch_one(&mut admin)
    .await
    .expect("a number");
    assert_eq!(halves, 0, "half a booking is there");
    let rows: i64 = query_scalar("SELECT count(*) FROM ledger WHERE booking BETWEEN $1 AND $2")
        .bind(numbers.start())
        .bind(numbers.end())
        .fetch_one(&mut admin)
        .await
        .expect("a number");
    admin.close().await.expect("closes");
    rows / 2
}
