//! What a session allows follows what is stored: from the next request on, and without coming back by itself.

use sea_orm::ConnectionTrait;
use service::{ManagedMembers, NewRole, NewSession, Tenant};
use uuid::Uuid;

use super::{is_invalid, is_not_found, open, open_in, roles, stored, works};
use crate::people::{People, team, with_people};

with_people!(
    a_session_dies_with_its_user_and_stays_dead,
    a_session_leaves_its_application_with_the_application,
    a_session_leaves_its_application_with_the_membership,
    rows_that_were_deleted_by_another_hand_count_as_deleted,
    what_a_role_allows_is_asked_at_each_request,
    a_new_role_makes_a_new_token_due,
    a_role_elsewhere_or_of_another_makes_nothing_due,
);

fn members(tenant: &Tenant) -> ManagedMembers<'_> {
    tenant.admin().expect("an admin").members()
}

async fn a_session_dies_with_its_user_and_stays_dead(people: People) {
    let (db, user) = (&people.db, people.team.member);
    let outside = open(db, user).await;
    let inside = open_in(db, user, people.team.application.id).await;
    let other = open(db, people.team.admin).await;
    db.users().delete(user).await.expect("a deletion");
    let dead = async || {
        for opened in [&outside, &inside] {
            assert!(!works(db, opened.token.reveal()).await);
            let rotated = db.sessions().rotate(opened.token.reveal()).await;
            assert!(is_invalid(&rotated));
        }
    };
    dead().await;
    db.users().restore(user).await.expect("a restoring");
    dead().await;
    assert!(works(db, other.token.reveal()).await);
    assert!(works(db, open(db, user).await.token.reveal()).await);
}

/// That the session goes on outside.
async fn is_outside(people: &People, token: &str) {
    let found = people
        .db
        .sessions()
        .resolve(token)
        .await
        .expect("signed in");
    assert!(found.application.is_none() && found.tenant.is_none());
    assert!(is_not_found(&found.tenant()));
    assert_eq!(found.session.application_id, None);
    assert!(!found.rotation_due);
    let row = stored(&people.db, found.session.id).await;
    assert_eq!(row.application_id, None);
}

async fn a_session_leaves_its_application_with_the_application(people: People) {
    let application = people.team.application.id;
    let opened = open_in(&people.db, people.team.member, application).await;
    let other = team(&people.db, "other").await;
    let elsewhere = open_in(&people.db, other.member, other.application.id).await;
    let applications = people.db.applications();
    applications.delete(application).await.expect("a deletion");
    is_outside(&people, opened.token.reveal()).await;
    applications
        .restore(application)
        .await
        .expect("a restoring");
    is_outside(&people, opened.token.reveal()).await;
    let found = roles(&people.db, elsewhere.token.reveal()).await;
    assert_eq!(found, Some(vec!["member".to_owned()]));
}

async fn a_session_leaves_its_application_with_the_membership(people: People) {
    let (user, application) = (people.team.member, people.team.application.id);
    let opened = open_in(&people.db, user, application).await;
    let other = open_in(&people.db, people.team.admin, application).await;
    let tenant = people.as_owner().await;
    members(&tenant).remove(user).await.expect("removed");
    is_outside(&people, opened.token.reveal()).await;
    members(&tenant).restore(user).await.expect("restored");
    is_outside(&people, opened.token.reveal()).await;
    members(&tenant).remove(user).await.expect("removed");
    members(&tenant)
        .add(user, &["admin"])
        .await
        .expect("joins again");
    is_outside(&people, opened.token.reveal()).await;
    assert!(roles(&people.db, other.token.reveal()).await.is_some());
}

/// Marks all rows of the table as deleted or takes the marks off, and does nothing else.
async fn mark(people: &People, table: &str, at: &str, deletion: &str) {
    let sql = format!("UPDATE {table} SET deleted_at = {at}, deletion_id = {deletion}");
    let done = people.db.execute_unprepared(&sql).await;
    done.expect("marked");
}

async fn rows_that_were_deleted_by_another_hand_count_as_deleted(people: People) {
    let (db, sessions) = (&people.db, people.db.sessions());
    let (user, here) = (people.team.member, people.team.application.id);
    let opened = open_in(db, user, here).await;
    let token = opened.token.reveal();
    for (table, deletion) in [
        ("application_memberships", "user_id"),
        ("applications", "id"),
    ] {
        mark(&people, table, "created_at", deletion).await;
        let found = sessions.resolve(token).await.expect("signed in");
        assert!(found.application.is_none() && found.tenant.is_none() && !found.rotation_due);
        assert_eq!(found.session.application_id, None);
        let switched = sessions.switch_application(token, Some(here)).await;
        assert!(is_not_found(&switched), "{switched:?}");
        let refused = sessions.open(user, super::inside(here)).await;
        assert!(is_not_found(&refused), "{refused:?}");
        mark(&people, table, "NULL", "NULL").await;
        assert!(roles(db, token).await.is_some());
    }
    mark(&people, "users", "created_at", "id").await;
    assert!(!works(db, token).await);
    assert!(is_invalid(&sessions.rotate(token).await));
    for to in [None, Some(here)] {
        assert!(is_invalid(&sessions.switch_application(token, to).await));
    }
    assert!(matches!(sessions.close(token).await, Ok(false)));
    let listed = sessions.list(user, 10, None).await.expect("a page");
    assert!(listed.items.is_empty());
    let refused = sessions.open(user, NewSession::default()).await;
    assert!(is_not_found(&refused), "{refused:?}");
}

async fn what_a_role_allows_is_asked_at_each_request(people: People) {
    let (user, application) = (people.team.member, people.team.application.id);
    let opened = open_in(&people.db, user, application).await;
    let tenant = async || {
        let found = people.db.sessions().resolve(opened.token.reveal()).await;
        found.expect("signed in").tenant.expect("a member")
    };
    let owner = people.as_owner().await;
    let managed = owner.admin().expect("an owner").roles();
    let billing = NewRole {
        key: "billing".parse().expect("a key"),
        name: "Billing".parse().expect("a name"),
        description: None,
        permissions: vec!["invoices.read".parse().expect("a permission")],
    };
    let billing = managed.create(billing).await.expect("a role").role.id;
    assert!(!tenant().await.can("invoices.read"));
    members(&owner)
        .grant(user, "billing")
        .await
        .expect("granted");
    assert!(tenant().await.can("invoices.read"));
    let write = "invoices.write".parse().expect("a permission");
    managed.grant(billing, write).await.expect("granted");
    assert!(tenant().await.can("invoices.write"));
    let read = "invoices.read".parse().expect("a permission");
    managed.revoke(billing, &read).await.expect("revoked");
    let now = tenant().await;
    assert!(!now.can("invoices.read") && now.can("invoices.write"));
    managed.delete(billing).await.expect("a deletion");
    let now = tenant().await;
    assert_eq!(now.role_keys(), ["member"]);
    assert!(!now.can("invoices.write"));
    managed.restore(billing).await.expect("a restoring");
    members(&owner)
        .revoke(user, "billing")
        .await
        .expect("revoked");
    assert!(!tenant().await.can("invoices.write"));
    members(&owner)
        .set_roles(user, &[])
        .await
        .expect("no roles");
    let now = tenant().await;
    assert!(now.role_keys().is_empty() && now.permissions().iter().next().is_none());
}

async fn due(people: &People, token: &str) -> bool {
    let found = people.db.sessions().resolve(token).await;
    found.expect("signed in").rotation_due
}

async fn a_new_role_makes_a_new_token_due(people: People) {
    let (user, application) = (people.team.member, people.team.application.id);
    let opened = open_in(&people.db, user, application).await;
    let token = opened.token.reveal();
    let other = open_in(&people.db, user, application).await;
    let owner = people.as_owner().await;
    assert!(!due(&people, token).await);
    members(&owner).grant(user, "admin").await.expect("granted");
    assert!(due(&people, token).await && due(&people, token).await);
    let renewed = people.db.sessions().rotate(token).await.expect("renewed");
    assert!(!due(&people, renewed.reveal()).await);
    assert!(due(&people, other.token.reveal()).await, "each its own");
    // Taking away makes no new token due; giving again does.
    members(&owner)
        .revoke(user, "admin")
        .await
        .expect("revoked");
    assert!(!due(&people, renewed.reveal()).await);
    members(&owner).grant(user, "admin").await.expect("granted");
    assert!(due(&people, renewed.reveal()).await);
    let sessions = people.db.sessions();
    let switched = sessions
        .switch_application(renewed.reveal(), Some(application))
        .await
        .expect("a new token");
    assert!(!due(&people, switched.reveal()).await);
}

async fn a_role_elsewhere_or_of_another_makes_nothing_due(people: People) {
    let (user, application) = (people.team.member, people.team.application.id);
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("its owner");
    let inside = open_in(&people.db, user, application).await;
    let outside = open(&people.db, user).await;
    members(&theirs)
        .add(user, &["admin"])
        .await
        .expect("a member there");
    let owner = people.as_owner().await;
    let stranger: Uuid = people.stranger("new").await;
    members(&owner)
        .add(stranger, &["admin"])
        .await
        .expect("a member here");
    assert!(!due(&people, inside.token.reveal()).await);
    assert!(!due(&people, outside.token.reveal()).await);
}
