//! Made-up data do not belong where people's own are.

use migration::connect::production;

use crate::context::Context;
use crate::failure::Failure;

/// Lets the seed go on where it was confirmed, or where nothing speaks against it.
///
/// # Errors
///
/// Says what does.
pub(super) fn pass(context: &Context, yes: bool) -> Result<(), Failure> {
    let why = match production() {
        Some(name) => format!("and {name} says that this is production"),
        None if !context.is_local => "which is on another machine".to_owned(),
        None => return Ok(()),
    };
    if yes {
        return Ok(());
    }
    Err(Failure::NotConfirmed(format!(
        "seed would put made-up data into {}, {why}: say `--yes` if that is meant",
        context.place
    )))
}
