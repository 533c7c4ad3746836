//! The floor: what it costs that a tenant's transaction is shut in by the database itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use migration::testing::Proxy;
use service::{Config, Db, Floor, Tenant};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::arguments::Arguments;
use crate::common::server::Server;
use crate::common::{Kind, Outcome, bar, float, id, median};
use crate::report::{FloorCost, Way as Measured};
use crate::spread::Spread;

/// Asked in one round.
const ASKED: usize = 500;
/// Asked before round trips are counted: statements are prepared then.
const BEFORE: usize = 20;
/// Asked while they are counted.
const COUNTED: usize = 100;
/// Pools check connections after they were given back.
const AFTER: Duration = Duration::from_millis(50);

/// One client of one application, as the hand-written statement reads it.
const CLIENT: &str = "SELECT application_id, id, name, email, phone, metadata, created_by, created_at, updated_at, \
    deleted_at, deletion_id FROM clients WHERE application_id = $1 AND id = $2 AND deleted_at IS NULL";
/// The role that the policies are for.
const ROLE: &str = "SELECT quote_ident(role.rolname) FROM pg_policy AS policy \
    JOIN pg_roles AS role ON role.oid = ANY (policy.polroles) \
    WHERE policy.polrelid = 'application_memberships'::regclass AND policy.polname = 'runtime' LIMIT 1";

/// A way to read one client.
#[derive(Clone, Copy)]
enum Way {
    Alone,
    Tenant,
    HandAlone,
    HandTransaction,
    HandFloor,
}

impl Way {
    const ALL: [Self; 5] = [
        Self::Alone,
        Self::Tenant,
        Self::HandAlone,
        Self::HandTransaction,
        Self::HandFloor,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::Alone => "ours, the statement alone",
            Self::Tenant => "ours, tenant.transaction(the statement)",
            Self::HandAlone => "tokio-postgres, the statement alone",
            Self::HandTransaction => "tokio-postgres, BEGIN, the statement, COMMIT",
            Self::HandFloor => "tokio-postgres, the same with the floor's settings",
        }
    }
}

/// Connections of both to one server.
struct Ways {
    tenant: Tenant,
    client: Client,
    statement: Statement,
    /// `BEGIN`, and the settings of the floor.
    begin: String,
    application: Uuid,
    row: Uuid,
}

impl Ways {
    async fn connect(url: &str, role: &str) -> Outcome<Self> {
        let db = Db::connect(Config::new(url)).await?;
        if db.floor().await? != Floor::Role {
            return Err("the database has no role for the floor".into());
        }
        let application = id(Kind::Application, 7);
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            tenant: db.tenant(id(Kind::User, 7), application).await?,
            statement: client.prepare(CLIENT).await?,
            client,
            begin: format!(
                "BEGIN; SET LOCAL app.application_id = '{application}'; SET LOCAL search_path = public, pg_temp; \
                 SET LOCAL ROLE {role}"
            ),
            application,
            row: id(Kind::Client, 1_007),
        })
    }

    async fn read(&self, way: Way) -> Outcome<()> {
        let begin = match way {
            Way::Alone => {
                let found = self.tenant.clients().get(self.row).await?;
                found.ok_or("there is no such client")?;
                return Ok(());
            }
            Way::Tenant => {
                let row = self.row;
                let found = self
                    .tenant
                    .transaction(async |tenant| tenant.clients().get(row).await);
                found.await?.ok_or("there is no such client")?;
                return Ok(());
            }
            Way::HandAlone => None,
            Way::HandTransaction => Some("BEGIN"),
            Way::HandFloor => Some(self.begin.as_str()),
        };
        if let Some(begin) = begin {
            self.client.batch_execute(begin).await?;
        }
        let keys: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&self.application, &self.row];
        let row = self.client.query_one(&self.statement, &keys).await?;
        std::hint::black_box(row.get::<_, String>(2));
        if begin.is_some() {
            self.client.batch_execute("COMMIT").await?;
        }
        Ok(())
    }
}

pub(crate) async fn run(arguments: &Arguments, server: &Server) -> Outcome<FloorCost> {
    let role: String = server.admin.query_one(ROLE, &[]).await?.get(0);
    let trips = count(server.url(), &role).await?;
    let ways = Arc::new(Ways::connect(server.url(), &role).await?);
    let steps = bar("the floor", arguments.rounds + 1);
    let mut spreads = vec![Vec::new(); Way::ALL.len()];
    // The first round warms up.
    for round in 0..=arguments.rounds {
        for turn in 0..Way::ALL.len() {
            let place = (turn + round) % Way::ALL.len();
            let mut nanoseconds = Vec::with_capacity(ASKED);
            for _ in 0..ASKED {
                let begun = Instant::now();
                ways.read(Way::ALL[place]).await?;
                nanoseconds.push(u64::try_from(begun.elapsed().as_nanos())?);
            }
            if round > 0 {
                spreads[place].push(Spread::of(nanoseconds));
            }
        }
        steps.inc(1);
    }
    steps.finish_and_clear();
    let each = Way::ALL.into_iter().zip(&spreads).zip(trips);
    let ways: Vec<_> = each
        .map(|((way, spreads), round_trips)| Measured {
            title: way.title().into(),
            round_trips,
            p50: median(spreads.iter().map(|spread| spread.p50)).unwrap_or_default(),
            p99: median(spreads.iter().map(|spread| spread.p99)).unwrap_or_default(),
        })
        .collect();
    let ratio = |place: usize| {
        let both = spreads[Way::Tenant as usize].iter().zip(&spreads[place]);
        median(both.map(|(ours, other)| ours.p50 / other.p50)).unwrap_or_default()
    };
    Ok(FloorCost {
        more_round_trips: ways[Way::Tenant as usize].round_trips
            - ways[Way::Alone as usize].round_trips,
        to_alone: ratio(Way::Alone as usize),
        to_hand: ratio(Way::HandTransaction as usize),
        to_hand_floor: ratio(Way::HandFloor as usize),
        ways,
    })
}

/// The round trips of each way.
async fn count(url: &str, role: &str) -> Outcome<Vec<f64>> {
    let proxy = Proxy::start(url).await;
    let ways = Ways::connect(proxy.url(), role).await?;
    let mut counted = Vec::new();
    for way in Way::ALL {
        let mut before = 0;
        for number in 0..BEFORE + COUNTED {
            if number == BEFORE {
                tokio::time::sleep(AFTER).await;
                before = proxy.round_trips();
            }
            ways.read(way).await?;
        }
        tokio::time::sleep(AFTER).await;
        let trips = usize::try_from(proxy.round_trips() - before)?;
        counted.push(float(trips) / float(COUNTED));
    }
    Ok(counted)
}
