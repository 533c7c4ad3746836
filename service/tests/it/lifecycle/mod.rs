//! The end of life: purge, retention, export and erasure.

mod erasing;
mod exporting;
mod known;
mod leftovers;
mod mixture;
mod purging;
mod racing;
mod retention;
mod somebody;
mod strangers;

/// What a task of its own runs is `Send`.
#[test]
fn every_verb_can_be_spawned() {
    fn spawned(_: impl Send) {}
    let _ = |db: service::Db, id: uuid::Uuid, at: chrono::DateTime<chrono::Utc>| {
        spawned({
            let db = db.clone();
            async move { db.lifecycle().purge(at, 1, |_| ()).await }
        });
        spawned({
            let db = db.clone();
            async move { db.lifecycle().apply_retention(1, |_| ()).await }
        });
        spawned({
            let db = db.clone();
            async move { db.lifecycle().export_user(id, &mut Vec::new()).await }
        });
        spawned(async move { db.lifecycle().erase_user(id).await });
    };
}
