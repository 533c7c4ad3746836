//! Many at once, and while something else ends: whatever comes first, the outcome is whole.

use std::sync::Arc;
use std::time::{Duration, Instant};

use entity::application_memberships;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Statement};
use service::{Config, Db, Error, InvitationState, Tenant};
use uuid::Uuid;

use super::{GUEST, guest, invite, is_member, state, try_invite};
use crate::people::{People, QUICK, team, with_people};

with_people!(
    a_hundred_who_accept_one_invitation_at_once_are_one_member,
    accepting_while_the_inviter_is_removed,
    accepting_while_the_user_is_deleted,
    accepting_while_the_application_is_deleted,
    inviting_while_the_inviter_is_deleted,
    two_invitations_of_one_user_are_accepted_at_once,
);

/// Returns when a statement waits for a lock of another.
pub(super) async fn somebody_waits(people: &People) {
    // There it may be a node where it waits.
    let activity = if people.db.is_on_citus() {
        "citus_stat_activity"
    } else {
        "pg_stat_activity"
    };
    let sql = format!(
        "SELECT count(*) AS n FROM {activity} WHERE datname = current_database() AND wait_event_type = 'Lock'"
    );
    let deadline = Instant::now() + Duration::from_secs(30);
    while number(&people.db, &sql).await == 0 {
        assert!(Instant::now() < deadline, "nobody waits");
        tokio::task::yield_now().await;
    }
}

async fn number(db: &Db, sql: &str) -> i64 {
    let statement = Statement::from_string(db.backend(), sql);
    let row = db.query_one_raw(statement).await.expect("a look-up");
    row.expect("a row").try_get("", "n").expect("a number")
}

/// Nothing is live under what is deleted, and nothing pending comes from or leads there.
async fn consistent(db: &Db) {
    let memberships = "SELECT count(*) AS n FROM application_memberships m \
        JOIN users u ON u.id = m.user_id JOIN applications a ON a.id = m.application_id \
        WHERE m.deleted_at IS NULL AND (u.deleted_at IS NOT NULL OR a.deleted_at IS NOT NULL)";
    assert_eq!(number(db, memberships).await, 0);
    let pending = "SELECT count(*) AS n FROM invitations i \
        JOIN applications a ON a.id = i.application_id LEFT JOIN users u ON u.id = i.invited_by \
        WHERE i.accepted_at IS NULL AND i.revoked_at IS NULL \
        AND (u.deleted_at IS NOT NULL OR a.deleted_at IS NOT NULL)";
    assert_eq!(number(db, pending).await, 0);
}

/// Accepts in a task of its own: `false` where the token was not valid any more.
fn accepting(db: &Db, token: &str, user_id: Uuid) -> tokio::task::JoinHandle<bool> {
    let (db, token) = (db.clone(), token.to_owned());
    tokio::spawn(async move {
        match db.invitations().accept(token, user_id).await {
            Ok(_) => true,
            Err(Error::InvalidToken) => false,
            Err(error) => panic!("{error}"),
        }
    })
}

async fn a_hundred_who_accept_one_invitation_at_once_are_one_member(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let user_id = guest(&people, GUEST).await;
    // They take turns: on a slow machine the last of them waits for long.
    let config = Config::new(people.test.url())
        .max_connections(32)
        .acquire_timeout(Duration::from_mins(2))
        .hashing(QUICK);
    let db = crate::rules::connect(config).await.expect("connects");
    let tasks: Vec<_> = (0..100)
        .map(|_| accepting(&db, invited.token.reveal(), user_id))
        .collect();
    for task in tasks {
        assert!(task.await.expect("no panic"));
    }
    db.close().await.expect("closes");
    let memberships = application_memberships::Entity::find()
        .filter(application_memberships::Column::UserId.eq(user_id));
    assert_eq!(memberships.count(&people.db).await, Ok(1));
    assert_eq!(people.tenant(user_id).await.role_keys(), ["member"]);
    assert_eq!(state(&people, &invited).await, InvitationState::Accepted);
}

async fn accepting_while_the_inviter_is_removed(people: People) {
    let owner = Arc::new(people.as_owner().await);
    let members = owner.admin().expect("an owner").members();
    for round in 0..20 {
        let sender = people.stranger(&format!("inviter-{round}")).await;
        members.add(sender, &["admin"]).await.expect("an admin");
        let address = format!("guest-{round}@x.io");
        let user_id = guest(&people, &address).await;
        let invited = invite(&people.tenant(sender).await, &address, &["member"]).await;
        let entered = accepting(&people.db, invited.token.reveal(), user_id);
        let removed = members.remove(sender).await;
        removed.expect("nothing is in the way of a removal");
        let entered = entered.await.expect("no panic");
        assert_eq!(
            is_member(&people, &people.team.application, user_id).await,
            entered
        );
        let expected = if entered {
            InvitationState::Accepted
        } else {
            InvitationState::Revoked
        };
        assert_eq!(state(&people, &invited).await, expected, "round {round}");
        consistent(&people.db).await;
    }
}

async fn accepting_while_the_user_is_deleted(people: People) {
    let owner = people.as_owner().await;
    for round in 0..20 {
        let address = format!("guest-{round}@x.io");
        let user_id = guest(&people, &address).await;
        let invited = invite(&owner, &address, &["member"]).await;
        let entered = accepting(&people.db, invited.token.reveal(), user_id);
        let deleted = people.db.users().delete(user_id).await;
        deleted.expect("nothing is in the way of a deletion");
        entered.await.expect("no panic");
        assert!(!is_member(&people, &people.team.application, user_id).await);
        assert_ne!(state(&people, &invited).await, InvitationState::Pending);
        consistent(&people.db).await;
    }
}

async fn accepting_while_the_application_is_deleted(people: People) {
    for round in 0..20 {
        let team = team(&people.db, &format!("race-{round}")).await;
        let id = team.application.id;
        let owner = people.db.tenant(team.owner, id).await.expect("its owner");
        let address = format!("guest-{round}@x.io");
        let user_id = guest(&people, &address).await;
        let invited = invite(&owner, &address, &["member"]).await;
        let entered = accepting(&people.db, invited.token.reveal(), user_id);
        let deleted = people.db.applications().delete(id).await;
        deleted.expect("nothing is in the way of a deletion");
        entered.await.expect("no panic");
        assert!(!is_member(&people, &team.application, user_id).await);
        consistent(&people.db).await;
        people
            .db
            .applications()
            .restore(id)
            .await
            .expect("restored");
        assert_ne!(state(&people, &invited).await, InvitationState::Pending);
    }
}

async fn inviting_while_the_inviter_is_deleted(people: People) {
    let owner = people.as_owner().await;
    let members = owner.admin().expect("an owner").members();
    for round in 0..20 {
        let host = people.stranger(&format!("inviter-{round}")).await;
        members.add(host, &["admin"]).await.expect("an admin");
        let tenant: Tenant = people.tenant(host).await;
        let inviting = tokio::spawn(async move {
            match try_invite(&tenant, &format!("guest-{round}@x.io"), &["member"]).await {
                Ok(_) | Err(Error::NotFound) => {}
                Err(error) => panic!("{error}"),
            }
        });
        let deleted = people.db.users().delete(host).await;
        deleted.expect("nothing is in the way of a deletion");
        inviting.await.expect("no panic");
        consistent(&people.db).await;
    }
}

async fn two_invitations_of_one_user_are_accepted_at_once(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let theirs = theirs.expect("its owner");
    for round in 0..20 {
        let address = format!("guest-{round}@x.io");
        let user_id = guest(&people, &address).await;
        let one = invite(&people.as_owner().await, &address, &["member"]).await;
        let two = invite(&theirs, &address, &["member"]).await;
        let entered =
            [one, two].map(|invited| accepting(&people.db, invited.token.reveal(), user_id));
        for entered in entered {
            assert!(entered.await.expect("no panic"), "round {round}");
        }
        assert!(is_member(&people, &people.team.application, user_id).await);
        assert!(is_member(&people, &other.application, user_id).await);
    }
}
