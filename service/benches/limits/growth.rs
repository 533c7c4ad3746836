//! Growth: the same operations with few rows and with many, in turns, on two servers that differ in nothing else.

use crate::FEW;
use crate::arguments::Arguments;
use crate::common::{Outcome, bar, median};
use crate::fill::{LINKS, PEOPLE, SESSIONS};
use crate::operation::Operation;
use crate::report::{Grown, Report, Round};
use crate::side::Side;

/// Measures all, a table after the other, so that the many rows of one make place for those of the next.
pub(crate) async fn run(arguments: &Arguments, report: &mut Report) -> Outcome<()> {
    let mut small = Side::start(FEW).await?;
    let mut large = Side::start(arguments.rows).await?;
    report.postgres.clone_from(&large.server.version);
    report.settings.clone_from(&large.server.settings);
    let grown = &mut report.growth;
    for operation in [Operation::UserByEmail, Operation::Tenant] {
        grown.push(measure(operation, &small, &large, arguments.rounds).await?);
    }
    for (operation, table) in [(Operation::Resolve, SESSIONS), (Operation::Consume, LINKS)] {
        for side in [&small, &large] {
            side.fill(&table).await?;
        }
        grown.push(measure(operation, &small, &large, arguments.rounds).await?);
        let table = [table];
        for side in [&small, &large] {
            side.empty(&table).await?;
        }
    }
    grown.push(measure(Operation::SignUp, &small, &large, arguments.rounds).await?);
    for side in [&mut small, &mut large] {
        side.empty(&PEOPLE).await?;
        side.fill_clients().await?;
    }
    grown.push(measure(Operation::Page, &small, &large, arguments.rounds).await?);
    Ok(())
}

async fn measure(
    operation: Operation,
    small: &Side,
    large: &Side,
    rounds: usize,
) -> Outcome<Grown> {
    let steps = bar("growth", rounds);
    steps.set_message(operation.title());
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // Another one first each time.
        if round % 2 == 0 {
            few.push(small.round(operation, round).await?);
            many.push(large.round(operation, round).await?);
        } else {
            many.push(large.round(operation, round).await?);
            few.push(small.round(operation, round).await?);
        }
        steps.inc(1);
    }
    steps.finish_and_clear();
    let of = |rounds: &[Round], value: fn(&Round) -> Option<f64>| {
        median(rounds.iter().filter_map(value))
    };
    let ratio = |value: fn(&Round) -> Option<f64>| {
        let both = few.iter().zip(&many);
        median(both.filter_map(|(few, many)| Some(value(many)? / value(few)?)))
    };
    Ok(Grown {
        operation: operation.title().into(),
        rows: [small.rows, large.rows],
        p50: [
            of(&few, |round| Some(round.p50)).unwrap_or_default(),
            of(&many, |round| Some(round.p50)).unwrap_or_default(),
        ],
        p50_ratio: ratio(|round| Some(round.p50)).unwrap_or_default(),
        server_cpu: [
            of(&few, |round| round.server_cpu),
            of(&many, |round| round.server_cpu),
        ],
        server_cpu_ratio: ratio(|round| round.server_cpu),
        few,
        many,
    })
}
