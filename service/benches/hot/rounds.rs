//! Rounds: all stacks take turns, another one first each time.

use crate::arguments::Arguments;
use crate::check;
use crate::common::bar;
use crate::keys::LINKS;
use crate::measure::{Task, Window};
use crate::operation::{Operation, Outcome};
use crate::report::{Measured, Part};
use crate::server::Server;
use crate::stacks::{Any, Name};

/// Windows before this number are those of the checks.
const FIRST_WINDOW: u64 = 1_000;
/// Links that are laid for the checks.
pub(crate) const FEW_LINKS: usize = 2_000;

/// The database that is measured on.
pub(crate) trait Ground {
    /// The server that a stack reaches; `None`: there is none, or it is not this machine's alone.
    fn server(&self, name: Name) -> Option<&Server>;

    /// Whether commits wait for the disk from now on; never on a cluster, which is somebody else's.
    async fn wait_for_disk(&mut self, wait: bool) -> Outcome<()>;

    /// Lays the magic links below that number anew, unused, where a stack finds them.
    async fn lay(&mut self, name: Name, links: usize) -> Outcome<()>;

    /// How many of them were used.
    async fn used(&mut self, name: Name) -> Outcome<usize>;
}

/// What is done in each round.
pub(crate) struct Plan {
    pub(crate) part: Part,
    pub(crate) operation: Operation,
    pub(crate) workers: usize,
}

/// That all say the same, and use no token twice.
pub(crate) async fn compare(
    operations: &[Operation],
    ground: &mut impl Ground,
    stacks: &[(Name, Any)],
) -> Outcome<()> {
    let differences = check::same(stacks, operations, ground).await?;
    if !differences.is_empty() {
        return Err(format!("the stacks differ: {}", differences.join("\n")).into());
    }
    if !operations.contains(&Operation::Consume) {
        return Ok(());
    }
    for (name, stack) in stacks {
        ground.lay(*name, FEW_LINKS).await?;
        let (used, can_be) = check::once(stack).await?;
        if used != can_be {
            let name = name.title();
            return Err(format!("{name}: {can_be} tokens were used {used} times").into());
        }
    }
    Ok(())
}

/// Measures every plan with every stack that does it.
pub(crate) async fn measure(
    arguments: &Arguments,
    plans: &[Plan],
    ground: &mut impl Ground,
    stacks: &[(Name, Any)],
) -> Outcome<Vec<Measured>> {
    let mut measured = Vec::new();
    for plan in plans {
        measured.extend(stacks.iter().map(|(name, _)| Measured {
            part: plan.part,
            operation: plan.operation,
            workers: plan.workers,
            stack: name.title(),
            round_trips: None,
            windows: Vec::new(),
        }));
    }
    let steps = bar("measuring", arguments.rounds * plans.len());
    let mut number = FIRST_WINDOW;
    let mut waits = false;
    for round in 0..arguments.rounds {
        for (place, plan) in plans.iter().enumerate() {
            steps.set_message(plan.operation.title());
            let wait = plan.part == Part::PostgresDisk;
            if wait != waits {
                ground.wait_for_disk(wait).await?;
                waits = wait;
            }
            for turn in 0..stacks.len() {
                let stack = (turn + round + place) % stacks.len();
                let (name, any) = &stacks[stack];
                if !name.does(plan.operation) || (wait && *name == Name::OursOnCitus) {
                    continue;
                }
                number += 1;
                let task = Task {
                    operation: plan.operation,
                    workers: plan.workers,
                    number,
                };
                let window = window(arguments, ground, *name, any, task).await?;
                measured[place * stacks.len() + stack].windows.push(window);
            }
            steps.inc(1);
        }
    }
    steps.finish_and_clear();
    Ok(measured)
}

/// Measures one; tokens are new in each, and counted after it.
pub(crate) async fn window(
    arguments: &Arguments,
    ground: &mut impl Ground,
    name: Name,
    stack: &Any,
    task: Task,
) -> Outcome<Window> {
    if task.operation != Operation::Consume {
        return stack
            .window(task, arguments.times, ground.server(name))
            .await;
    }
    ground.lay(name, LINKS).await?;
    let server = ground.server(name);
    let window = stack.window(task, arguments.times, server).await?;
    let used = ground.used(name).await?;
    if used != window.found {
        let name = name.title();
        return Err(format!("{name}: {used} tokens were used {} times", window.found).into());
    }
    Ok(window)
}
