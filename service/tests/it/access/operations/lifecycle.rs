//! At the end of life.

use super::{Operation, operations};
use crate::access::cell::{Cell, Refusal, counted, ok};

pub(super) fn operations() -> Vec<Operation> {
    operations! { Everything:
        "Lifecycle::purge" of Nothing: |cell| {
            let purged = cell.db.lifecycle().purge(made(cell), 100, |_| ()).await;
            counted(purged.map(|purged| purged.total()))
        },
        "Lifecycle::apply_retention" of Nothing: |cell| {
            let purged = cell.db.lifecycle().apply_retention(100, |_| ()).await;
            counted(purged.map(|purged| purged.total()))
        },
        "Lifecycle::export_user" on "user": |cell| {
            let mut out = Vec::new();
            ok(cell.db.lifecycle().export_user(cell.user(), &mut out).await)
        },
        "Lifecycle::erase_user" on "user": |cell| {
            let erased = cell.db.lifecycle().erase_user(cell.user()).await;
            erased.map(|erased| format!("{erased:?}").to_lowercase()).map_err(Refusal::from)
        },
    }
}

/// When the stage was made: its ids tell.
fn made(cell: &Cell<'_>) -> chrono::DateTime<chrono::Utc> {
    let made = cell.stage.unknown.get_timestamp().expect("of version 7");
    let (seconds, nanos) = made.to_unix();
    let seconds = i64::try_from(seconds).expect("in range");
    chrono::DateTime::from_timestamp(seconds, nanos).expect("in range")
}
