//! Another application in the same session, under a new token.

use service::Db;
use uuid::Uuid;

use super::{is_invalid, is_not_found, open, open_in, roles, stored, works};
use crate::people::{People, Team, team, with_people};

with_people!(
    another_application_comes_with_a_new_token_and_its_own_roles,
    a_session_can_leave_its_application,
    where_the_user_is_no_member_nothing_is_switched,
    of_many_who_switch_one_token_one_does,
);

/// A second application, in which the first one's member is an admin.
async fn other(people: &People) -> Team {
    let other = team(&people.db, "other").await;
    let tenant = people.db.tenant(other.owner, other.application.id).await;
    let tenant = tenant.expect("its owner");
    let members = tenant.admin().expect("an owner").members();
    let member = people.team.member;
    members.add(member, &["admin"]).await.expect("a member");
    other
}

/// Whether the session is in an application with exactly this role.
async fn is_inside_as(db: &Db, token: &str, role: &str) -> bool {
    roles(db, token).await == Some(vec![role.to_owned()])
}

async fn another_application_comes_with_a_new_token_and_its_own_roles(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    let (here, there) = (people.team.application.id, other(&people).await);
    let opened = open_in(db, people.team.member, here).await;
    let old = opened.token.reveal();
    assert!(is_inside_as(db, old, "member").await);
    let to = Some(there.application.id);
    let new = sessions.switch_application(old, to).await;
    let new = new.expect("a member there");
    assert!(!works(db, old).await);
    let found = sessions.resolve(new.reveal()).await.expect("signed in");
    assert_eq!(found.application.as_ref(), Some(&there.application));
    assert_eq!(found.session.id, opened.session.id);
    assert_eq!(found.session.expires_at, opened.session.expires_at);
    assert!(found.session.rotated_at.is_some());
    assert!(!found.rotation_due, "the token is new");
    let tenant = found.tenant().expect("an application is open");
    assert_eq!(tenant.application_id(), there.application.id);
    assert_eq!(tenant.role_keys(), ["admin"]);

    // And back, from none, and to the same one.
    let back = sessions.switch_application(new.reveal(), Some(here)).await;
    let back = back.expect("a member here");
    assert!(is_inside_as(db, back.reveal(), "member").await);
    let same = sessions.switch_application(back.reveal(), Some(here)).await;
    let same = same.expect("a member here");
    assert!(!works(db, back.reveal()).await);
    assert!(is_inside_as(db, same.reveal(), "member").await);
}

async fn a_session_can_leave_its_application(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    let here = people.team.application.id;
    let opened = open_in(db, people.team.member, here).await;
    let new = sessions
        .switch_application(opened.token.reveal(), None)
        .await
        .expect("nothing stands in the way");
    assert!(!works(db, opened.token.reveal()).await);
    assert_eq!(roles(db, new.reveal()).await, None);
    let row = stored(db, opened.session.id).await;
    assert_eq!(row.application_id, None);
    let again = sessions.switch_application(new.reveal(), Some(here)).await;
    let again = again.expect("a member");
    assert!(is_inside_as(db, again.reveal(), "member").await);
}

/// That nothing is switched to `to`, and the session goes on where it was.
async fn stays(db: &Db, token: &str, to: Uuid) {
    let before = roles(db, token).await;
    let id = db
        .sessions()
        .resolve(token)
        .await
        .expect("signed in")
        .session
        .id;
    let row = stored(db, id).await;
    let refused = db.sessions().switch_application(token, Some(to)).await;
    assert!(is_not_found(&refused), "{refused:?}");
    assert_eq!(stored(db, id).await, row);
    assert_eq!(roles(db, token).await, before);
}

async fn where_the_user_is_no_member_nothing_is_switched(people: People) {
    let db = &people.db;
    let (user, here) = (people.team.member, people.team.application.id);
    let inside = open_in(db, user, here).await;
    let outside = open(db, user).await;
    let stranger = team(db, "strangers").await.application.id;
    let left = other(&people).await;
    let tenant = db.tenant(left.owner, left.application.id).await;
    let tenant = tenant.expect("its owner");
    let members = tenant.admin().expect("an owner").members();
    members.remove(user).await.expect("removed");
    for opened in [&inside, &outside] {
        for to in [Uuid::nil(), db.new_id(), stranger, left.application.id] {
            stays(db, opened.token.reveal(), to).await;
        }
    }
    members.restore(user).await.expect("restored");
    let applications = db.applications();
    let gone = left.application.id;
    applications.delete(gone).await.expect("a deletion");
    for opened in [&inside, &outside] {
        stays(db, opened.token.reveal(), gone).await;
    }
    assert!(is_inside_as(db, inside.token.reveal(), "member").await);
}

async fn of_many_who_switch_one_token_one_does(people: People) {
    let there = other(&people).await.application.id;
    let opened = open(&people.db, people.team.member).await;
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let db = people.db.clone();
            let token = opened.token.reveal().to_owned();
            let to = [Some(people.team.application.id), Some(there), None][n % 3];
            tokio::spawn(async move { (to, db.sessions().switch_application(token, to).await) })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            (to, Ok(token)) => won.push((to, token)),
            (_, other) => assert!(is_invalid(&other), "{other:?}"),
        }
    }
    assert_eq!(won.len(), 1);
    let found = people.db.sessions().resolve(won[0].1.reveal()).await;
    let found = found.expect("signed in");
    assert_eq!(found.session.application_id, won[0].0);
    assert!(!works(&people.db, opened.token.reveal()).await);
}
