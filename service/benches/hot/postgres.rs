//! The part on `PostgreSQL`.

use std::sync::Arc;

use tokio_postgres::Client;

use crate::arguments::Arguments;
use crate::citus::Citus;
use crate::common::bar;
use crate::fill::{fill, lay_links};
use crate::keys::Keys;
use crate::operation::{Operation, Outcome};
use crate::report::{Measured, Part, Report};
use crate::rounds::{FEW_LINKS, Ground, Plan, compare, measure};
use crate::server::Server;
use crate::stacks::{Name, node};
use crate::trips;

/// Workers where commits wait for the disk.
const AT_DISK: usize = 16;

/// The plain server, and the cluster where ours is measured on one too.
struct Servers {
    plain: Server,
    citus: Option<Citus>,
}

impl Servers {
    fn citus(&self, name: Name) -> Option<&Citus> {
        self.citus.as_ref().filter(|_| name == Name::OursOnCitus)
    }

    /// The database of a stack, as its owner.
    fn url(&self, name: Name) -> &str {
        self.citus(name).map_or(self.plain.url(), Citus::url)
    }

    /// The same, as a superuser.
    fn admin(&self, name: Name) -> &Client {
        self.citus(name)
            .map_or(&self.plain.admin, |citus| &citus.admin)
    }
}

impl Ground for Servers {
    fn server(&self, name: Name) -> Option<&Server> {
        self.citus(name).is_none().then_some(&self.plain)
    }

    async fn wait_for_disk(&mut self, wait: bool) -> Outcome<()> {
        self.plain.set_commit(wait).await
    }

    async fn lay(&mut self, name: Name, links: usize) -> Outcome<()> {
        Ok(lay_links(self.admin(name), links).await?)
    }

    async fn used(&mut self, name: Name) -> Outcome<usize> {
        let used = "SELECT count(*) FROM verification_tokens WHERE consumed_at IS NOT NULL";
        let used: i64 = self.admin(name).query_one(used, &[]).await?.get(0);
        Ok(usize::try_from(used)?)
    }
}

/// Measures all that is asked for.
pub(crate) async fn run(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    // First, so that whoever has no Node hears of it at once.
    if Name::PEERS
        .iter()
        .any(|peer| arguments.stacks.contains(peer))
    {
        node::install()?;
    }
    let plain = Server::start("1GB").await?;
    fill(&plain.admin).await?;
    report.postgres.clone_from(&plain.version);
    report.settings.clone_from(&plain.settings);
    let citus = if arguments.stacks.contains(&Name::OursOnCitus) {
        Some(Citus::start().await?)
    } else {
        None
    };
    if let Some(citus) = &citus {
        report.citus.clone_from(&citus.about);
    }
    let mut servers = Servers { plain, citus };
    servers.wait_for_disk(false).await?;
    let keys = Arc::new(Keys::new());
    let names = arguments.stacks.iter().copied();
    let names: Vec<_> = names.filter(|name| *name != Name::Rusqlite).collect();
    let mut stacks = Vec::new();
    let steps = bar("connecting", names.len());
    for name in &names {
        steps.set_message(name.title());
        stacks.push((*name, name.connect(servers.url(*name), &keys).await?));
        steps.inc(1);
    }
    steps.finish_and_clear();
    compare(&arguments.operations, &mut servers, &stacks).await?;
    let trips = count_trips(&arguments.operations, &mut servers, &names, &keys).await?;
    let mut measured = measure(arguments, &plans(arguments), &mut servers, &stacks).await?;
    for cell in &mut measured {
        let found = trips.iter().find(|trips| trips.is_of(cell));
        cell.round_trips = found.map(|trips| trips.each);
    }
    report.add(&measured);
    Ok(())
}

/// The round trips of an operation through a stack.
struct Trips {
    stack: &'static str,
    operation: Operation,
    each: f64,
}

impl Trips {
    fn is_of(&self, cell: &Measured) -> bool {
        self.stack == cell.stack && self.operation == cell.operation
    }
}

async fn count_trips(
    operations: &[Operation],
    servers: &mut Servers,
    names: &[Name],
    keys: &Arc<Keys>,
) -> Outcome<Vec<Trips>> {
    let mut all = Vec::new();
    let steps = bar("counting round trips", names.len());
    for name in names {
        steps.set_message(name.title());
        servers.lay(*name, FEW_LINKS).await?;
        let counted = trips::count(*name, servers.url(*name), operations, keys).await?;
        all.extend(counted.into_iter().map(|(operation, each)| Trips {
            stack: name.title(),
            operation,
            each,
        }));
        steps.inc(1);
    }
    steps.finish_and_clear();
    Ok(all)
}

fn plans(arguments: &Arguments) -> Vec<Plan> {
    let mut plans = Vec::new();
    for operation in &arguments.operations {
        for workers in &arguments.workers {
            plans.push(Plan {
                part: Part::Postgres,
                operation: *operation,
                workers: *workers,
            });
        }
    }
    let writing = arguments.operations.iter().filter(|it| it.writes());
    plans.extend(writing.map(|operation| Plan {
        part: Part::PostgresDisk,
        operation: *operation,
        workers: AT_DISK,
    }));
    plans
}
