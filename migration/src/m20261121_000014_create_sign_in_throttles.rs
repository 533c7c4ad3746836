//! Throttles of signing in: guessing a password becomes slow, for the one who guesses.

use sea_orm_migration::prelude::{
    DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait,
};

use crate::schema::{Column, Table};

/// Makes `sign_in_throttles`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sign_in_throttles().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sign_in_throttles().drop(manager).await
    }
}

/// Of no application: whoever signs in has yet to open one. And of no user: addresses that nobody has are counted too, or
/// the counting would tell which ones somebody has.
///
/// `id` is made of what is counted, so that the row is found by its key. It has no default: whoever inserts says which, as
/// a row under a random one would count for nobody.
fn sign_in_throttles() -> Table {
    Table::new(
        "sign_in_throttles",
        "Attempts to sign in with a password, counted to slow down guessing",
    )
    .column(Column::uuid(
        "id",
        "A UUID, version 8: made of the SHA-256 of what is counted, so that no address stands here",
    ))
    .column(
        Column::text(
            "kind",
            "What is counted: attempts on an account, from a source, on an account from a source",
        )
        .one_of(&["account", "source", "account_source"]),
    )
    .column(
        Column::bigint(
            "failures",
            "Attempts that have not succeeded, since it was last forgotten",
        )
        .check("\"failures\" >= 0", "\"failures\" >= 0"),
    )
    .column(
        Column::timestamp(
            "blocked_until",
            "No attempt is looked at before; NULL: none is held up",
        )
        .null(),
    )
    .column(
        Column::timestamp(
            "trusted_until",
            "Until then the source is known to belong to the account: it signed in from there",
        )
        .null(),
    )
    .column(Column::timestamp(
        "expires_at",
        "From this instant on the row is forgotten",
    ))
    .timestamps()
    .key(&["id"])
    .check("trust", "trusted_until IS NULL OR kind = 'account_source'")
    .index(&["expires_at"])
}
