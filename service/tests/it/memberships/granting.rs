//! Who gets which roles, and from whom.

use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::Error;

use crate::people::{People, team, with_people};
use crate::world::user;

with_people!(
    whoever_joins_again_has_the_new_roles_alone,
    an_admin_can_neither_make_nor_unmake_an_owner,
    nobody_grants_more_than_they_have,
    unknown_roles_and_those_of_another_application_are_refused,
    a_member_may_have_no_role_at_all,
    a_user_added_by_many_at_once_is_added_once,
    grants_are_remembered_with_who_made_them,
);

async fn whoever_joins_again_has_the_new_roles_alone(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    let before = tenant
        .members()
        .get(people.team.admin)
        .await
        .expect("a look-up")
        .expect("there");
    members.remove(people.team.admin).await.expect("removed");
    let again = members
        .add(people.team.admin, &["member"])
        .await
        .expect("joins again");
    assert_eq!(again.role_keys(), ["member"]);
    assert!(again.membership.created_at > before.membership.created_at);
    let stored = entity::membership_roles::Entity::find()
        .filter(entity::membership_roles::Column::UserId.eq(people.team.admin))
        .count(&people.db)
        .await;
    assert_eq!(stored, Ok(1), "an old role is still stored");
    let twice = members.add(people.team.admin, &["member"]).await;
    assert!(matches!(twice, Err(Error::Conflict { field }) if field == "user_id"));
}

async fn an_admin_can_neither_make_nor_unmake_an_owner(people: People) {
    let tenant = people.as_admin().await;
    let members = tenant.admin().expect("an admin").members();
    let stranger = people.stranger("friend").await;
    let (owner, member) = (people.team.owner, people.team.member);
    for refused in [
        members.add(stranger, &["owner"]).await,
        members.grant(member, "owner").await,
        members.set_roles(owner, &["member"]).await,
        members.revoke(owner, "owner").await,
    ] {
        assert!(
            matches!(refused, Err(Error::Forbidden { .. })),
            "{refused:?}"
        );
    }
    assert!(matches!(
        members.remove(owner).await,
        Err(Error::Forbidden { .. })
    ));
    assert!(
        people
            .db
            .tenant(stranger, people.team.application.id)
            .await
            .is_err()
    );
}

async fn nobody_grants_more_than_they_have(people: People) {
    let tenant = people.as_owner().await;
    let billing = service::NewRole {
        key: "billing".parse().expect("a key"),
        name: "Billing".parse().expect("a name"),
        description: None,
        permissions: vec!["invoices.*".parse().expect("a permission")],
    };
    tenant
        .admin()
        .expect("an admin")
        .roles()
        .create(billing)
        .await
        .expect("a role");
    let admin = people.as_admin().await;
    let members = admin.admin().expect("an admin").members();
    let refused = members.grant(people.team.member, "billing").await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
    tenant
        .admin()
        .expect("an admin")
        .members()
        .grant(people.team.admin, "billing")
        .await
        .expect("an owner may");
    let admin = people.as_admin().await;
    let members = admin.admin().expect("an admin").members();
    members
        .grant(people.team.member, "billing")
        .await
        .expect("what one has one may give");
}

async fn unknown_roles_and_those_of_another_application_are_refused(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people
        .db
        .tenant(other.owner, other.application.id)
        .await
        .expect("an owner");
    let special = service::NewRole {
        key: "special".parse().expect("a key"),
        name: "Special".parse().expect("a name"),
        description: None,
        permissions: vec![],
    };
    theirs
        .admin()
        .expect("an admin")
        .roles()
        .create(special)
        .await
        .expect("a role");
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    for key in ["special", "no-such-role", "", "Owner", "own\0er"] {
        let refused = members.set_roles(people.team.member, &[key]).await;
        assert!(
            matches!(&refused, Err(Error::Invalid { field, .. }) if field == "roles"),
            "{refused:?}"
        );
    }
    assert_eq!(people.as_member().await.role_keys(), ["member"]);
}

async fn a_member_may_have_no_role_at_all(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    let member = members
        .set_roles(people.team.member, &[])
        .await
        .expect("no roles");
    assert!(member.roles.is_empty());
    let tenant = people.as_member().await;
    assert!(tenant.role_keys().is_empty() && !tenant.can("clients.read"));
}

async fn a_user_added_by_many_at_once_is_added_once(people: People) {
    let people = Arc::new(people);
    let stranger = people.stranger("wanted").await;
    let tenant = people.as_owner().await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let tenant = tenant.clone();
            tokio::spawn(async move {
                let admin = tenant.admin().expect("an admin");
                admin.members().add(stranger, &["member"]).await
            })
        })
        .collect();
    let mut added = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => added += 1,
            Err(Error::Conflict { field }) => assert_eq!(field, "user_id"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(added, 1);
    assert_eq!(people.tenant(stranger).await.role_keys(), ["member"]);
}

async fn grants_are_remembered_with_who_made_them(people: People) {
    let stranger = user(&people.db, "new@acme.test".into(), false).await;
    let tenant = people.as_admin().await;
    let members = tenant.admin().expect("an admin").members();
    members.add(stranger, &["member"]).await.expect("added");
    let held = entity::membership_roles::Entity::find()
        .filter(entity::membership_roles::Column::UserId.eq(stranger))
        .one(&people.db)
        .await;
    let held = held.expect("a look-up").expect("a role");
    assert_eq!(held.granted_by, Some(people.team.admin));
}
