//! The part on `PostgreSQL`.

use std::sync::Arc;

use crate::arguments::Arguments;
use crate::fill::{bar, lay_links};
use crate::keys::{Keys, LINKS};
use crate::measure::Task;
use crate::operation::{Operation, Outcome};
use crate::report::{Measured, Part, Report};
use crate::server::{SETTINGS, Server};
use crate::stacks::{Any, Name};
use crate::{check, trips};

/// Workers where commits wait for the disk.
const AT_DISK: usize = 16;
/// Links that are laid for the checks, and for the counting of round trips.
const FEW_LINKS: usize = 2_000;
/// Windows before this number are those of the checks.
const FIRST_WINDOW: u64 = 1_000;

/// What is done, one round of it after the other.
struct Plan {
    part: Part,
    operation: Operation,
    workers: usize,
}

/// Measures all that is asked for.
pub(crate) async fn run(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    let server = Server::start().await?;
    report.postgres.clone_from(&server.version);
    report.settings = SETTINGS.map(ToOwned::to_owned).into();
    server.wait_for_disk(false).await?;
    let keys = Arc::new(Keys::new());
    let mut stacks = Vec::new();
    let steps = bar("connecting", arguments.stacks.len());
    for name in &arguments.stacks {
        steps.set_message(name.title());
        stacks.push((*name, name.connect(server.url(), &keys).await?));
        steps.inc(1);
    }
    steps.finish_and_clear();
    compare(arguments, &server, &stacks).await?;
    let trips = count_trips(arguments, &server, &keys).await?;
    let windows = measure(arguments, &server, &stacks).await?;
    report.add(
        windows
            .into_iter()
            .map(|mut measured| {
                let found = trips.iter().find(|(stack, operation, _)| {
                    *stack == measured.stack && *operation == measured.operation
                });
                measured.round_trips = found.map(|(_, _, trips)| *trips);
                measured
            })
            .collect(),
    );
    Ok(())
}

/// That all say the same, and use no token twice.
async fn compare(arguments: &Arguments, server: &Server, stacks: &[(Name, Any)]) -> Outcome<()> {
    let lay = async || Ok(lay_links(&server.admin, FEW_LINKS).await?);
    let differences = check::same(stacks, &arguments.operations, lay).await?;
    if !differences.is_empty() {
        return Err(format!("the stacks differ: {}", differences.join("\n")).into());
    }
    if !arguments.operations.contains(&Operation::Consume) {
        return Ok(());
    }
    for (name, stack) in stacks {
        lay_links(&server.admin, FEW_LINKS).await?;
        let (used, can_be) = check::once(stack).await?;
        if used != can_be {
            return Err(format!("{}: {can_be} tokens were used {used} times", name.title()).into());
        }
    }
    Ok(())
}

async fn count_trips(
    arguments: &Arguments,
    server: &Server,
    keys: &Arc<Keys>,
) -> Outcome<Vec<(&'static str, Operation, f64)>> {
    lay_links(&server.admin, FEW_LINKS).await?;
    let mut counted = Vec::new();
    let steps = bar("counting round trips", arguments.stacks.len());
    for name in &arguments.stacks {
        steps.set_message(name.title());
        for (operation, trips) in
            trips::count(*name, server.url(), &arguments.operations, keys).await?
        {
            counted.push((name.title(), operation, trips));
        }
        steps.inc(1);
    }
    steps.finish_and_clear();
    Ok(counted)
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

/// All stacks take turns in each round, another one first each time.
async fn measure(
    arguments: &Arguments,
    server: &Server,
    stacks: &[(Name, Any)],
) -> Outcome<Vec<Measured>> {
    let plans = plans(arguments);
    let mut measured = Vec::new();
    for plan in &plans {
        for (name, _) in stacks {
            measured.push(Measured {
                part: plan.part,
                operation: plan.operation,
                workers: plan.workers,
                stack: name.title(),
                round_trips: None,
                windows: Vec::new(),
            });
        }
    }
    let steps = bar("measuring", arguments.rounds * plans.len());
    let mut number = FIRST_WINDOW;
    let mut waits = false;
    for round in 0..arguments.rounds {
        for (place, plan) in plans.iter().enumerate() {
            steps.set_message(plan.operation.title());
            let wait = plan.part == Part::PostgresDisk;
            if wait != waits {
                server.wait_for_disk(wait).await?;
                waits = wait;
            }
            for turn in 0..stacks.len() {
                let stack = (turn + round + place) % stacks.len();
                let (name, any) = &stacks[stack];
                if !name.does(plan.operation) {
                    continue;
                }
                number += 1;
                let task = Task {
                    operation: plan.operation,
                    workers: plan.workers,
                    number,
                };
                let window = window(arguments, server, *name, any, task).await?;
                measured[place * stacks.len() + stack].windows.push(window);
            }
            steps.inc(1);
        }
    }
    steps.finish_and_clear();
    Ok(measured)
}

async fn window(
    arguments: &Arguments,
    server: &Server,
    name: Name,
    stack: &Any,
    task: Task,
) -> Outcome<crate::measure::Window> {
    if task.operation != Operation::Consume {
        return stack.window(task, arguments.times, Some(server)).await;
    }
    lay_links(&server.admin, LINKS).await?;
    let window = stack.window(task, arguments.times, Some(server)).await?;
    let used = "SELECT count(*) FROM verification_tokens WHERE consumed_at IS NOT NULL";
    let used: i64 = server.admin.query_one(used, &[]).await?.get(0);
    if usize::try_from(used)? != window.found {
        let name = name.title();
        return Err(format!("{name}: {used} tokens were used {} times", window.found).into());
    }
    Ok(window)
}
