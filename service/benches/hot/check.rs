//! That all stacks say the same, and that no token is used twice: before anything is measured.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use crate::keys::Draw;
use crate::operation::{Answer, Ask, Operation, Outcome};
use crate::rounds::{FEW_LINKS, Ground};
use crate::stacks::{Any, CONNECTIONS, Name};

/// Asked of each stack.
const ASKED: usize = 40;
/// Links that all workers try to use at once.
const LINKS: usize = 100;

/// What differs between stacks; nothing where all say the same.
pub(crate) async fn same(
    stacks: &[(Name, Any)],
    operations: &[Operation],
    ground: &mut impl Ground,
) -> Outcome<Vec<String>> {
    let mut differences = Vec::new();
    for operation in operations {
        let mut first = BTreeMap::new();
        for (place, (name, stack)) in stacks.iter().enumerate() {
            if !name.does(*operation) {
                continue;
            }
            if *operation == Operation::Consume {
                ground.lay(*name, FEW_LINKS).await?;
            }
            let mut draw = Draw::new(7);
            for number in 0..ASKED {
                let own = 100 + (*operation as u64) * 10 + place as u64;
                let ask = draw.ask(*operation, own, number).ok_or("too few links")?;
                let said = stack.answer(ask.clone()).await?.content();
                let expected = first.entry(number).or_insert_with(|| said.clone());
                if *expected != said {
                    differences.push(format!(
                        "{}: {} says of {ask:?}\n  {said}\nand another\n  {expected}",
                        operation.title(),
                        name.title()
                    ));
                }
            }
        }
    }
    Ok(differences)
}

/// How often links were used that all workers tried to use at once, and how often they can be: once each, but for those of
/// deleted users.
pub(crate) async fn once(stack: &Any) -> Outcome<(usize, usize)> {
    let mut used = 0;
    for number in 0..LINKS {
        let mut all = JoinSet::new();
        for worker in 0..CONNECTIONS as usize {
            let stack = stack.clone();
            all.spawn(async move { stack.answer_as(worker, Ask::Consume(number)).await });
        }
        while let Some(answer) = all.join_next().await {
            used += usize::from(!matches!(answer??, Answer::Nothing));
        }
    }
    // The first thousand users are all there.
    Ok((used, LINKS))
}
