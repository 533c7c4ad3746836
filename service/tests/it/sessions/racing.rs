//! Signing in and being put out at the same time: whoever is out has nothing left that is live.

use entity::sessions;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::{Error, NewSession};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{going_on, inside, open};
use crate::people::{People, with_people};

with_people!(
    no_session_is_switched_into_an_application_that_its_user_leaves,
    no_session_is_opened_in_an_application_that_its_user_leaves,
    no_session_is_left_in_an_application_that_is_deleted,
    no_session_of_a_deleted_user_is_left,
);

/// Sessions of the user that are in the application, ended ones too.
async fn left_inside(people: &People, user_id: Uuid) -> u64 {
    let inside = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(user_id))
        .filter(sessions::Column::ApplicationId.eq(people.team.application.id));
    inside.count(&people.db).await.expect("a count")
}

/// Tasks that each find out for themselves whether the user was still there.
async fn all_done<T>(tasks: Vec<JoinHandle<Result<T, Error>>>) -> usize {
    let mut done = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => done += 1,
            Err(Error::NotFound) => {}
            Err(other) => panic!("{other}"),
        }
    }
    done
}

/// Twenty sessions of the member that each switch into the application.
async fn switching(people: &People) -> Vec<JoinHandle<Result<(), Error>>> {
    let to = Some(people.team.application.id);
    let mut opened = Vec::new();
    for _ in 0..20 {
        opened.push(open(&people.db, people.team.member).await);
    }
    let switch = |opened: service::Opened| {
        let db = people.db.clone();
        tokio::spawn(async move {
            let token = opened.token.reveal();
            db.sessions().switch_application(token, to).await.map(drop)
        })
    };
    opened.into_iter().map(switch).collect()
}

fn opening(people: &People, user: Uuid, new: &NewSession) -> JoinHandle<Result<(), Error>> {
    let (db, new) = (people.db.clone(), new.clone());
    tokio::spawn(async move { db.sessions().open(user, new).await.map(drop) })
}

async fn no_session_is_switched_into_an_application_that_its_user_leaves(people: People) {
    let user = people.team.member;
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an owner").members();
    for round in 0..6 {
        let mut switches = switching(&people).await;
        if round % 2 == 0 {
            // Some are through already.
            let first = switches.remove(0);
            first.await.expect("no panic").expect("still a member");
        }
        members.remove(user).await.expect("removed");
        all_done(switches).await;
        assert_eq!(left_inside(&people, user).await, 0, "round {round}");
        members.add(user, &["member"]).await.expect("joins again");
        assert_eq!(left_inside(&people, user).await, 0, "round {round}");
    }
}

async fn no_session_is_opened_in_an_application_that_its_user_leaves(people: People) {
    let user = people.team.member;
    let new = inside(people.team.application.id);
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an owner").members();
    for round in 0..6 {
        let mut opens: Vec<_> = (0..20).map(|_| opening(&people, user, &new)).collect();
        if round % 2 == 0 {
            let first = opens.remove(0);
            first.await.expect("no panic").expect("still a member");
        }
        members.remove(user).await.expect("removed");
        let before = all_done(opens).await;
        assert_eq!(left_inside(&people, user).await, 0, "round {round}");
        assert!(going_on(&people.db, user).await >= before as u64);
        members.restore(user).await.expect("restored");
    }
}

async fn no_session_is_left_in_an_application_that_is_deleted(people: People) {
    let user = people.team.member;
    let new = inside(people.team.application.id);
    let applications = people.db.applications();
    for round in 0..4 {
        let mut tasks = switching(&people).await;
        tasks.extend((0..10).map(|_| opening(&people, user, &new)));
        if round % 2 == 0 {
            let first = tasks.remove(0);
            first.await.expect("no panic").expect("still there");
        }
        let id = people.team.application.id;
        applications.delete(id).await.expect("a deletion");
        all_done(tasks).await;
        assert_eq!(left_inside(&people, user).await, 0, "round {round}");
        applications.restore(id).await.expect("a restoring");
    }
}

async fn no_session_of_a_deleted_user_is_left(people: People) {
    let application = people.team.application.id;
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an owner").members();
    for round in 0..30 {
        let user = people.stranger(&format!("user{round}")).await;
        members.add(user, &["member"]).await.expect("a member");
        let mut opens = Vec::new();
        for n in 0..8 {
            let new = if n % 2 == 0 {
                NewSession::default()
            } else {
                inside(application)
            };
            opens.push(opening(&people, user, &new));
        }
        if round % 2 == 0 {
            let first = opens.remove(0);
            first.await.expect("no panic").expect("still there");
        }
        people.db.users().delete(user).await.expect("a deletion");
        all_done(opens).await;
        assert_eq!(going_on(&people.db, user).await, 0, "round {round}");
    }
}
