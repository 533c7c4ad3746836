//! What runs under callgrind: an operation some times without being counted, then while it is.

use tokio::runtime::Runtime;

use crate::Outcome;
use crate::fill::{BEFORE, COUNTED, Filled};
use crate::hand::Hand;
use crate::operation::{Operation, Ours};

/// Everything that is asked.
struct All {
    filled: Filled,
    ours: Ours,
    plain: Ours,
    hand: Hand,
}

/// Reads what was filled from standard input, and runs the operation that the last argument names.
pub(crate) fn run() -> Outcome<()> {
    let filled: Filled = serde_json::from_reader(std::io::stdin().lock())?;
    // One thread: nothing depends on who was awake first.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let all = runtime.block_on(async {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(All {
            ours: Ours::connect(&filled, true).await?,
            plain: Ours::connect(&filled, false).await?,
            hand: Hand::connect(&filled.url).await?,
            filled,
        })
    })?;
    let asked = std::env::args().next_back().unwrap_or_default();
    let mut operations = Operation::ALL.into_iter();
    let operation = operations.find(|it| it.title() == asked);
    let operation = operation.ok_or("what is to be counted?")?;
    runtime.block_on(repeat(&all, operation, 0, BEFORE))?;
    this_is_counted(&runtime, &all, operation)
}

/// Callgrind counts while this is on the stack: `callgrind::FUNCTION` is its name. No closure in it, as that would have the name too.
#[inline(never)]
fn this_is_counted(runtime: &Runtime, all: &All, operation: Operation) -> Outcome<()> {
    runtime.block_on(repeat(all, operation, BEFORE, BEFORE + COUNTED))
}

async fn repeat(all: &All, operation: Operation, from: usize, to: usize) -> Outcome<()> {
    let All {
        filled,
        ours,
        plain,
        hand,
    } = all;
    for number in from..to {
        match operation {
            Operation::UserByEmail => ours.user(number).await?,
            Operation::UserByHand => hand.user(filled, number).await?,
            Operation::Tenant => ours.tenant(filled).await?,
            Operation::Page => ours.page().await?,
            Operation::PageByHand => hand.page(filled).await?,
            Operation::Resolve => ours.resolve(&filled.session).await?,
            Operation::SignUp => ours.sign_up(number).await?,
            Operation::SignUpWithoutAudit => plain.sign_up(number).await?,
            Operation::Consume => ours.consume(&filled.links[number]).await?,
            Operation::ConsumeWithoutAudit => {
                let link = &filled.links[BEFORE + COUNTED + number];
                plain.consume(link).await?;
            }
        }
    }
    Ok(())
}
