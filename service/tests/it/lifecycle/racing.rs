//! Erasing a user who is at work meanwhile.

use entity::{sessions, user_passwords, users, verification_tokens};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::{Error, Intent, NewSession, UserAgent};

use super::leftovers::found;
use super::somebody::{TRACES, somebody};
use crate::access::secrets::password;
use crate::people::{People, with_people};

with_people!(
    nothing_that_comes_about_meanwhile_is_left,
    restoring_meanwhile_brings_nobody_back,
);

async fn nothing_that_comes_about_meanwhile_is_left(people: People) {
    let person = somebody(&people).await;
    let id = person.user.id;
    let busy: Vec<_> = (0..6)
        .map(|n| {
            let db = people.db.clone();
            tokio::spawn(async move {
                let mut done = 0;
                loop {
                    let new = NewSession {
                        ip: Some("198.51.100.77".parse().expect("an address")),
                        user_agent: UserAgent::from_header("ZephBrowser/7.7"),
                        ..NewSession::default()
                    };
                    let result = match n % 3 {
                        0 => db.sessions().open(id, new).await.map(drop),
                        1 => db
                            .verification_tokens()
                            .issue(Intent::SignIn, id, None)
                            .await
                            .map(drop),
                        _ => db.passwords().set(id, &password()).await,
                    };
                    match result {
                        Ok(()) => done += 1,
                        Err(Error::NotFound) => return done,
                        Err(other) => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    people.db.lifecycle().erase_user(id).await.expect("erased");
    let mut done = 0;
    for task in busy {
        done += task.await.expect("no panic");
    }
    assert!(done > 0, "somebody was at work");
    let after = found(&people.db, &TRACES).await;
    assert!(after.is_empty(), "{}", after.join("\n"));
    let db = &people.db;
    let counts = [
        sessions::Entity::find()
            .filter(sessions::Column::UserId.eq(id))
            .count(db)
            .await,
        verification_tokens::Entity::find()
            .filter(verification_tokens::Column::UserId.eq(id))
            .count(db)
            .await,
        user_passwords::Entity::find()
            .filter(user_passwords::Column::UserId.eq(id))
            .count(db)
            .await,
    ];
    assert_eq!(counts.map(|count| count.expect("a count")), [0, 0, 0]);
}

async fn restoring_meanwhile_brings_nobody_back(people: People) {
    let person = somebody(&people).await;
    let (id, db) = (person.user.id, people.db.clone());
    let restoring = tokio::spawn(async move {
        loop {
            let restored = db.users().restore(id).await;
            let row = users::Entity::find_by_id(id).one(&db).await;
            let row = row.expect("a query").expect("a user");
            if row.email.starts_with("erased-") {
                return restored;
            }
        }
    });
    people.db.lifecycle().erase_user(id).await.expect("erased");
    restoring.await.expect("no panic").ok();
    assert_eq!(people.db.users().get(id).await.expect("a query"), None);
    let after = found(&people.db, &TRACES).await;
    assert!(after.is_empty(), "{}", after.join("\n"));
}
