//! Many who write at once.

use entity::clients;
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait, Set};
use service::Error;

use crate::world::{World, in_a_world};

async fn sixteen_writers_that_read_first_get_no_error(world: World) {
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let (db, application) = (world.db.clone(), world.a.id);
        writers.spawn(async move {
            for round in 0..10 {
                db.transaction(async |tx| {
                    let seen = clients::Entity::find().count(tx).await?;
                    let row = clients::ActiveModel {
                        application_id: Set(application),
                        id: Set(tx.new_id()),
                        name: Set(format!("{writer} {round} {seen}")),
                        ..Default::default()
                    };
                    row.insert(tx).await?;
                    Ok::<_, Error>(())
                })
                .await?;
            }
            Ok::<_, Error>(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.expect("no panic").expect("no error");
    }
    let all = clients::Entity::find()
        .count(&world.db)
        .await
        .expect("a count");
    assert_eq!(all, 8 + 160);
}

async fn ids_made_at_once_are_all_different(world: World) {
    let mut makers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let db = world.db.clone();
        makers.spawn(async move { (0..200).map(|_| db.new_id()).collect::<Vec<_>>() });
    }
    let mut all = makers.join_all().await.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 3200);
}

in_a_world!(
    sixteen_writers_that_read_first_get_no_error,
    ids_made_at_once_are_all_different,
);
