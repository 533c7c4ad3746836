//! A migration history, its type forgotten, so that a thread that knows no type can run it.
use std::{any::type_name, pin::Pin};

use sea_orm_migration::{MigratorTrait, sea_orm::DatabaseConnection};

use crate::migrate;

type Run = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// What migrates a template, and the name that it is remembered by.
#[derive(Clone, Copy)]
pub(super) struct History {
    pub(super) name: &'static str,
    migrate: fn(DatabaseConnection) -> Run,
}

impl History {
    /// The history of `M`.
    pub(super) fn of<M: MigratorTrait>() -> Self {
        Self {
            name: type_name::<M>(),
            migrate: apply::<M>,
        }
    }

    /// Applies every migration, then closes `connection`.
    pub(super) async fn apply(self, connection: DatabaseConnection) -> Result<(), String> {
        (self.migrate)(connection)
            .await
            .map_err(|error| format!("{} does not apply: {error}", self.name))
    }
}

/// The one place where the bench meets the migrator.
fn apply<M: MigratorTrait>(connection: DatabaseConnection) -> Run {
    Box::pin(async move {
        migrate::up::<M>(&connection, &migrate::Options::default(), &mut |_| {})
            .await
            .map_err(|error| error.to_string())?;
        connection.close().await.map_err(|error| error.to_string())
    })
}
