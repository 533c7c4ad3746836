//! Many at once: one wins, the others are told why.

use entity::users;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::{Change, Error, UserPatch};

use super::{create, is_conflict, new, stored};
use crate::people::{People, with_people};

with_people!(
    of_fifty_who_register_one_address_one_wins,
    of_many_who_take_one_username_one_wins,
    a_stale_update_is_a_conflict_and_changes_nothing,
);

async fn a_stale_update_is_a_conflict_and_changes_nothing(people: People) {
    let ada = create(&people.db, "ada@x.io").await;
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let db = people.db.clone();
            let patch = UserPatch {
                name: Change::Set(format!("Name {n}").parse().expect("a name")),
                if_updated_at: Some(ada.updated_at.to_utc()),
                ..UserPatch::default()
            };
            tokio::spawn(async move { db.users().update(ada.id, patch).await })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(user) => won.push(user),
            other => assert!(is_conflict(&other, "updated_at"), "{other:?}"),
        }
    }
    assert_eq!(won.len(), 1);
    let now = people.db.users().get(ada.id).await.expect("a look-up");
    assert_eq!(now, won.pop());
    for instant in [
        chrono::DateTime::<chrono::Utc>::MAX_UTC,
        chrono::DateTime::<chrono::Utc>::MIN_UTC,
    ] {
        let patch = UserPatch {
            if_updated_at: Some(instant),
            ..UserPatch::default()
        };
        let refused = people.db.users().update(ada.id, patch).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "if_updated_at"));
    }
}

async fn of_fifty_who_register_one_address_one_wins(people: People) {
    let gone = create(&people.db, "a@x.io").await;
    people.db.users().delete(gone.id).await.expect("a deletion");
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let db = people.db.clone();
            let address = if n % 2 == 0 { "a@x.io" } else { "A@X.IO." };
            tokio::spawn(async move { db.users().create(new(address)).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => won += 1,
            other => assert!(is_conflict(&other, "email"), "{other:?}"),
        }
    }
    assert_eq!(won, 1);
    let rows = users::Entity::find()
        .filter(users::Column::Email.eq("a@x.io"))
        .count(&people.db)
        .await;
    assert_eq!(rows, Ok(2), "the deleted one and the one who won");
}

async fn of_many_who_take_one_username_one_wins(people: People) {
    let before = stored(&people.db).await;
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let db = people.db.clone();
            let mut given = new(&format!("user{n}@x.io"));
            given.username = Some("one".parse().expect("a name"));
            tokio::spawn(async move { db.users().create(given).await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => won += 1,
            other => assert!(is_conflict(&other, "username"), "{other:?}"),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(stored(&people.db).await, before + 1);
}
