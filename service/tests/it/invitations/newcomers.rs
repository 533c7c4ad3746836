//! Accepting as somebody who is no user yet: user, password and membership at once or not at all.

use std::sync::Arc;

use entity::{application_memberships, user_passwords, users};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::secret::Password;
use service::{Error, InvitationState, NewUser};

use super::{GUEST, guest, invite, is_conflict, is_invalid, state, valid};
use crate::people::{People, with_people};

with_people!(
    a_newcomer_is_user_and_member_at_once,
    a_newcomer_may_have_no_password,
    what_is_refused_makes_nothing_and_costs_no_invitation,
    of_many_newcomers_at_once_one_is_made,
);

fn password(text: &str) -> Password {
    text.parse().expect("a password")
}

fn newcomer(address: &str) -> NewUser {
    NewUser::new(address.parse().expect("an address"))
}

/// Users, passwords and memberships.
async fn counts(people: &People) -> [u64; 3] {
    let memberships = application_memberships::Entity::find();
    [
        users::Entity::find()
            .count(&people.db)
            .await
            .expect("a count"),
        user_passwords::Entity::find()
            .count(&people.db)
            .await
            .expect("a count"),
        memberships.count(&people.db).await.expect("a count"),
    ]
}

async fn a_newcomer_is_user_and_member_at_once(people: People) {
    let invited = invite(&people.as_admin().await, GUEST, &["member"]).await;
    let mut new = newcomer("Guest@X.io");
    new.username = Some("guest".parse().expect("a name"));
    let token = invited.token.reveal();
    let secret = password("a password of mine");
    let invitations = people.db.invitations();
    let entered = invitations.accept_as_new(token, new, Some(&secret)).await;
    let entered = entered.expect("in");
    assert_eq!(entered.role_keys(), ["member"]);
    let email = GUEST.parse().expect("an address");
    let user = people
        .db
        .passwords()
        .authenticate(&email, &secret, None)
        .await;
    let user = user.expect("signs in");
    assert_eq!(Some(user.id), entered.user_id());
    assert_eq!(user.username.as_deref(), Some("guest"));
    assert!(user.email_verified_at.is_some());
    assert_eq!(state(&people, &invited).await, InvitationState::Accepted);
    // What is handed out goes on working after the transaction that made it.
    assert_eq!(entered.members().count().await.expect("a count"), 4);

    let again = invitations
        .accept_as_new(token, newcomer(GUEST), None)
        .await;
    assert!(is_invalid(&again), "{again:?}");
    let again = invitations.accept(token, user.id).await;
    assert!(again.is_ok());
}

async fn a_newcomer_may_have_no_password(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &[]).await;
    let invitations = people.db.invitations();
    let token = invited.token.reveal();
    let entered = invitations
        .accept_as_new(token, newcomer(GUEST), None)
        .await;
    let user_id = entered.expect("in").user_id().expect("a user");
    let is_set = people.db.passwords().is_set(user_id).await;
    assert!(!is_set.expect("a look-up"));
}

async fn what_is_refused_makes_nothing_and_costs_no_invitation(people: People) {
    let named = NewUser {
        username: Some("taken".parse().expect("a name")),
        ..newcomer("other@x.io")
    };
    people
        .db
        .users()
        .create(named.clone())
        .await
        .expect("a user");
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let token = invited.token.reveal();
    let invitations = people.db.invitations();
    let before = counts(&people).await;
    let good = password("a password of mine");
    let untouched = async || {
        assert_eq!(counts(&people).await, before);
        assert!(valid(&people, &invited).await);
    };

    let short = password("short");
    let refused = invitations
        .accept_as_new(token, newcomer(GUEST), Some(&short))
        .await;
    let is_password = matches!(&refused, Err(Error::Invalid { field, .. }) if field == "password");
    assert!(is_password, "{refused:?}");
    untouched().await;

    let holder = NewUser {
        email: GUEST.parse().expect("an address"),
        ..named
    };
    let refused = invitations.accept_as_new(token, holder, Some(&good)).await;
    assert!(is_conflict(&refused, "username"), "{refused:?}");
    untouched().await;

    for address in ["nobody@x.io", "other@x.io"] {
        let refused = invitations
            .accept_as_new(token, newcomer(address), Some(&good))
            .await;
        assert!(is_invalid(&refused), "{refused:?}");
        untouched().await;
    }

    // The user comes first and the membership last: what fails there undoes both.
    crate::verification_tokens::refuse(&people, "INSERT", "membership_roles").await;
    let failed = invitations
        .accept_as_new(token, newcomer(GUEST), Some(&good))
        .await;
    assert!(matches!(failed, Err(Error::Database(_))), "{failed:?}");
    crate::verification_tokens::allow(&people, "membership_roles").await;
    untouched().await;

    let user_id = guest(&people, GUEST).await;
    let refused = invitations
        .accept_as_new(token, newcomer(GUEST), Some(&good))
        .await;
    assert!(is_conflict(&refused, "email"), "{refused:?}");
    assert!(valid(&people, &invited).await);
    invitations.accept(token, user_id).await.expect("in");
}

async fn of_many_newcomers_at_once_one_is_made(people: People) {
    let invited = invite(&people.as_owner().await, GUEST, &["member"]).await;
    let invited = Arc::new(invited);
    let [users, passwords, memberships] = counts(&people).await;
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let (db, invited) = (people.db.clone(), Arc::clone(&invited));
            tokio::spawn(async move {
                let secret = password(&format!("password number {n} of mine"));
                let token = invited.token.reveal();
                let invitations = db.invitations();
                invitations
                    .accept_as_new(token, newcomer(GUEST), Some(&secret))
                    .await
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => won += 1,
            other => assert!(
                is_conflict(&other, "email") || is_invalid(&other),
                "{other:?}"
            ),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(
        counts(&people).await,
        [users + 1, passwords + 1, memberships + 1]
    );
    let made = users::Entity::find().filter(users::Column::Email.eq(GUEST));
    assert_eq!(made.count(&people.db).await, Ok(1));
}
