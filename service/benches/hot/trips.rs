//! Round trips of an operation: counted once, through a proxy, outside of what is measured.
//!
//! What a client sends until the server begins to answer is one round trip, however many messages it is made of: what is
//! pipelined counts once, and a ping that a pool makes counts as well.

use std::sync::Arc;
use std::time::Duration;

use migration::testing::Proxy;

use crate::keys::{Draw, Keys};
use crate::measure::float;
use crate::operation::{Operation, Outcome};
use crate::stacks::Name;

/// Asked before it is counted: statements are prepared then.
const BEFORE: usize = 50;
/// Asked while it is counted.
const COUNTED: usize = 100;
/// Pools check connections after they were given back.
const AFTER: Duration = Duration::from_millis(50);

/// Round trips of each of the operations that the stack does.
pub(crate) async fn count(
    name: Name,
    url: &str,
    operations: &[Operation],
    keys: &Arc<Keys>,
) -> Outcome<Vec<(Operation, f64)>> {
    let proxy = Proxy::start(url).await;
    let stack = name.connect(proxy.url(), keys).await?;
    let mut counted = Vec::new();
    for operation in operations.iter().copied().filter(|it| name.does(*it)) {
        let mut draw = Draw::new(0);
        let mut before = 0;
        for number in 0..BEFORE + COUNTED {
            if number == BEFORE {
                tokio::time::sleep(AFTER).await;
                before = proxy.round_trips();
            }
            // Each stack signs up people of its own: one database has them all.
            let number = number + (name as usize) * (BEFORE + COUNTED);
            let ask = draw
                .ask(operation, operation as u64, number)
                .ok_or("too few links")?;
            stack.answer(ask).await?;
        }
        tokio::time::sleep(AFTER).await;
        let trips = usize::try_from(proxy.round_trips() - before)?;
        counted.push((operation, float(trips) / float(COUNTED)));
    }
    Ok(counted)
}
