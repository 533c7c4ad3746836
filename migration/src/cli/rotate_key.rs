//! The command `rotate-key`.

use sea_orm_migration::sea_orm::DatabaseConnection;

use super::output::Output;
use crate::connect::DatabaseUrl;
use crate::error::Error;
use crate::wall;

/// Replaces the key that tenants are signed with.
pub(super) async fn run(
    db: &DatabaseConnection,
    at_once: bool,
    url: &DatabaseUrl,
    output: &mut Output,
) -> Result<(), Error> {
    if !wall::rotate_key(db, at_once).await? {
        return Err(Error::NoWall);
    }
    let former = if at_once {
        "every signature with a former one is void".to_owned()
    } else {
        format!("the former one verifies for {} more", wall::LIFETIME)
    };
    output.line(&format!("{url}: there is a new key; {former}"));
    Ok(())
}
