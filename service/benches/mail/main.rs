//! Reading and purging mail where there is little of it and where there is much: 10,000 emails and 1,000,000 on
//! `PostgreSQL`, spread over three applications and many mailboxes of 100 emails each; a tenth of all lies in a single one.
//! What each step takes, how much more it takes with a hundred times the mail, and what the database reads it by. Ends
//! with 1 where it reads a table whole, or what is to be read by an index alone is not.
//!
//! `cargo bench -p service --bench mail`
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark puts rows in place, and asks for plans, behind the door"
)]

mod fill;
mod plan;
mod purge;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::DateTime;
use migration::testing::{Backend, TestDb};
use sea_orm::Statement;
use service::{Config, Cursor, Db, Direction, EmailFilter, Result, Tenant};
use uuid::Uuid;

use fill::{Filled, fill};

const FEW: u32 = 10_000;
const MANY: u32 = 1_000_000;
/// Each step is done so often; what it takes is the median.
const TIMES: usize = 51;
const PAGE: u64 = 50;
/// Emails that one statement of the purge takes.
const BATCH: u64 = 500;

/// The last statement that was sent.
#[derive(Clone, Default)]
struct Last(Arc<Mutex<Option<Statement>>>);

impl Last {
    fn take(&self) -> Option<Statement> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What a step was like.
struct Step {
    name: &'static str,
    median: Duration,
    /// What it reads emails by.
    nodes: Vec<String>,
    ok: bool,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        // Without a server to start there is nothing to measure: the backend says so by panicking.
        if tokio::spawn(TestDb::new(Backend::Postgres)).await.is_err() {
            println!("no server to measure with");
            return ExitCode::SUCCESS;
        }
        let few = run(FEW).await.expect("all steps");
        let many = run(MANY).await.expect("all steps");
        ExitCode::from(u8::from(!report(&few, &many)))
    })
}

async fn run(emails: u32) -> Result<Vec<Step>> {
    let test = TestDb::new(Backend::Postgres).await;
    let last = Last::default();
    let seen = last.clone();
    let config = Config::new(test.url()).observe(move |statement| {
        *seen.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(statement.clone());
    });
    let db = Db::connect(config).await?;
    let start = Instant::now();
    let filled = fill(&test, &db, emails).await?;
    println!("{emails} emails, made in {:.0?}", start.elapsed());
    let mut bench = Bench {
        tenant: db.tenant(filled.owner, filled.application_id).await?,
        last,
        steps: Vec::new(),
        few: emails == FEW,
    };
    bench.lists(&filled).await?;
    bench.counts(&filled).await?;
    bench.searches(&filled, emails).await?;
    bench.purge().await?;
    let steps = bench.steps;
    db.close().await?;
    Ok(steps)
}

struct Bench {
    tenant: Tenant,
    last: Last,
    steps: Vec<Step>,
    few: bool,
}

impl Bench {
    /// Does a step many times. What it sent last is explained.
    async fn step<T>(
        &mut self,
        name: &'static str,
        index_only: bool,
        work: impl AsyncFn(&Tenant) -> Result<T>,
    ) -> Result<T> {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let start = Instant::now();
            work(&self.tenant).await?;
            times.push(start.elapsed());
        }
        self.last.take();
        let done = work(&self.tenant).await?;
        let sent = self.last.take().expect("a statement");
        let nodes = plan::nodes(self.tenant.db(), &sent).await?;
        let ok = nodes.iter().all(|node| {
            let by_index = !node.starts_with("Seq Scan");
            // Of few rows the whole is as quick to look at.
            by_index && (!index_only || self.few || node.starts_with("Index Only Scan"))
        });
        times.sort();
        self.steps.push(Step {
            name,
            median: times[TIMES / 2],
            nodes,
            ok,
        });
        Ok(done)
    }

    async fn lists(&mut self, filled: &Filled) -> Result<()> {
        let large = EmailFilter::mailbox(filled.large);
        let ordinary = EmailFilter::mailbox(filled.ordinary[0]);
        self.step("a mailbox, first page", false, async |tenant| {
            tenant.emails().list(&ordinary, PAGE, None).await
        })
        .await?;
        self.step("the largest mailbox, first page", false, async |tenant| {
            tenant.emails().list(&large, PAGE, None).await
        })
        .await?;
        let half = half_way(&self.tenant, &large).await?;
        self.step("the largest mailbox, half way", false, async |tenant| {
            tenant.emails().list(&large, PAGE, half.as_ref()).await
        })
        .await?;
        // One in a hundred.
        let sent = EmailFilter {
            direction: Some(Direction::Sent),
            ..large.clone()
        };
        self.step(
            "the largest mailbox, what was sent",
            false,
            async |tenant| tenant.emails().list(&sent, PAGE, None).await,
        )
        .await?;
        self.step("the whole application, first page", false, async |tenant| {
            tenant
                .emails()
                .list(&EmailFilter::default(), PAGE, None)
                .await
        })
        .await?;
        let page = self.tenant.emails().list(&large, PAGE, None).await?;
        self.step("recipients of a page", false, async |tenant| {
            tenant.emails().with_recipients(page.clone()).await
        })
        .await?;
        Ok(())
    }

    async fn counts(&mut self, filled: &Filled) -> Result<()> {
        let ids: &[Uuid] = &filled.ordinary;
        self.step("counts of 20 mailboxes", true, async |tenant| {
            tenant.emails().count_by_mailbox(ids).await
        })
        .await?;
        // Of a tenth of the table the planner may as well read the pages: both cost the same.
        self.step("count of the largest mailbox", false, async |tenant| {
            let large = EmailFilter::mailbox(filled.large);
            tenant.emails().count(&large).await
        })
        .await?;
        Ok(())
    }

    async fn searches(&mut self, filled: &Filled, emails: u32) -> Result<()> {
        let all = EmailFilter::default();
        let large = EmailFilter::mailbox(filled.large);
        let ordinary = EmailFilter::mailbox(filled.ordinary[0]);
        let half = EmailFilter {
            until: DateTime::from_timestamp(1_767_225_600 + i64::from(emails / 2), 0),
            ..EmailFilter::default()
        };
        for (name, text, filter) in [
            ("search, a word of 25 emails", fill::RARE, &all),
            (
                "search, a word of 25 and one of all",
                fill::RARE_AND_ALL,
                &all,
            ),
            ("search, a word of 1 email in 100", fill::COMMON, &all),
            ("search, a word of all", fill::ALL, &all),
            ("search, a word of all, half way", fill::ALL, &half),
            ("search, a word of the oldest 1 in 20", fill::ONCE, &all),
            (
                "search, a word of other applications",
                fill::ELSEWHERE,
                &all,
            ),
            ("search, 25 emails, the largest mailbox", fill::RARE, &large),
            (
                "search, 1 in 100, the largest mailbox",
                fill::COMMON,
                &large,
            ),
            ("search, all, the largest mailbox", fill::ALL, &large),
            (
                "search, the oldest, the largest mailbox",
                fill::ONCE,
                &large,
            ),
            ("search, all, a mailbox", fill::ALL, &ordinary),
        ] {
            let text = text.parse()?;
            let found = self.step(name, false, async |tenant| {
                tenant.emails().search(&text, filter, PAGE, None).await
            });
            let found = found.await?.items.len();
            // What there is of the few is less than a page.
            if filter.mailbox_id.is_none() {
                assert_eq!(found, fill::found(text.as_str(), PAGE), "{name}");
            }
        }
        Ok(())
    }
}

/// Where half of the mailbox lies before.
async fn half_way(tenant: &Tenant, filter: &EmailFilter) -> Result<Option<Cursor>> {
    let pages = tenant.emails().count(filter).await? / 2 / 200;
    let mut cursor = None;
    for _ in 0..pages.max(1) {
        cursor = tenant
            .emails()
            .list(filter, 200, cursor.as_ref())
            .await?
            .next;
    }
    Ok(cursor)
}

fn report(few: &[Step], many: &[Step]) -> bool {
    let millis = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
    println!("{:40}{:>12}{:>12}{:>8}", "", "10,000", "1,000,000", "ratio");
    let mut fine = true;
    for (few, many) in few.iter().zip(many) {
        let ratio = many.median.as_secs_f64() / few.median.as_secs_f64();
        let ok = few.ok && many.ok;
        fine &= ok;
        println!(
            "{:40}{:>12}{:>12}{ratio:>8.1}  {}{}",
            many.name,
            millis(few.median),
            millis(many.median),
            many.nodes.join(", "),
            if ok { "" } else { "  BROKEN" }
        );
        if few.nodes != many.nodes {
            println!("{:72}  (with few: {})", "", few.nodes.join(", "));
        }
    }
    fine
}
