//! An owner is always left.

use std::sync::Arc;

use service::Error;
use uuid::Uuid;

use crate::people::{People, team, with_people};

with_people!(
    the_last_owner_can_neither_leave_nor_be_demoted_nor_removed,
    two_owners_who_leave_at_once_leave_one,
    two_owners_who_demote_each_other_at_once_leave_one,
    of_sixteen_owners_who_go_at_once_in_every_way_one_is_left,
    a_user_made_owner_while_being_deleted_leaves_no_application_without_one,
    ownership_is_transferred_whole,
    an_owner_who_was_demoted_hands_nothing_over,
);

/// Ten rounds of two owners who do something to the ownership at once.
async fn race<F>(people: People, act: impl Fn(service::Tenant, Uuid) -> F)
where
    F: Future<Output = bool> + Send + 'static,
{
    let people = Arc::new(people);
    for round in 0..10 {
        let team = team(&people.db, &format!("race-{round}")).await;
        let application = team.application.id;
        let owner = people
            .db
            .tenant(team.owner, application)
            .await
            .expect("an owner");
        owner
            .admin()
            .expect("an admin")
            .members()
            .set_roles(team.admin, &["owner"])
            .await
            .expect("two owners");
        let second = people
            .db
            .tenant(team.admin, application)
            .await
            .expect("an owner");
        let one = tokio::spawn(act(owner, team.admin));
        let two = tokio::spawn(act(second, team.owner));
        let (one, two) = (one.await.expect("no panic"), two.await.expect("no panic"));
        let system = people.db.system(application, "a look").await.expect("live");
        let owners = system.members().list(50, None).await.expect("a page");
        let owners = owners
            .items
            .iter()
            .filter(|member| member.role_keys().contains(&"owner"))
            .count();
        assert_eq!(owners, 1, "round {round}: {one} {two}");
        assert!(one != two, "exactly one succeeds: {one} {two}");
    }
}

async fn the_last_owner_can_neither_leave_nor_be_demoted_nor_removed(people: People) {
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    let owner = people.team.owner;
    assert!(matches!(
        tenant.members().leave().await,
        Err(Error::LastOwner)
    ));
    assert!(matches!(members.remove(owner).await, Err(Error::LastOwner)));
    assert!(matches!(
        members.set_roles(owner, &[]).await,
        Err(Error::LastOwner)
    ));
    assert!(matches!(
        members.revoke(owner, "owner").await,
        Err(Error::LastOwner)
    ));
    assert_eq!(people.as_owner().await.role_keys(), ["owner"]);
}

async fn two_owners_who_leave_at_once_leave_one(people: People) {
    race(people, |tenant, _| async move {
        match tenant.members().leave().await {
            Ok(_) => true,
            Err(Error::LastOwner) => false,
            Err(error) => panic!("{error}"),
        }
    })
    .await;
}

async fn two_owners_who_demote_each_other_at_once_leave_one(people: People) {
    race(people, |tenant, other| async move {
        let members = tenant.admin().expect("an admin").members();
        match members.set_roles(other, &["member"]).await {
            Ok(_) => true,
            Err(Error::LastOwner) => false,
            Err(error) => panic!("{error}"),
        }
    })
    .await;
}

async fn ownership_is_transferred_whole(people: People) {
    let tenant = people.as_owner().await;
    let owner = tenant.owner().expect("an owner");
    let refused = owner.transfer_ownership(Uuid::nil()).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    assert_eq!(
        people.as_owner().await.role_keys(),
        ["owner"],
        "nothing changed"
    );
    owner
        .transfer_ownership(people.team.member)
        .await
        .expect("transferred");
    assert_eq!(people.as_member().await.role_keys(), ["member", "owner"]);
    assert_eq!(people.as_owner().await.role_keys(), ["admin"]);
}

async fn of_sixteen_owners_who_go_at_once_in_every_way_one_is_left(people: People) {
    let id = people.team.application.id;
    let tenant = people.as_owner().await;
    let mut owners = vec![people.team.owner];
    for n in 1..16 {
        let owner = people.stranger(&format!("owner-{n}")).await;
        let members = tenant.admin().expect("an admin").members();
        members.add(owner, &["owner"]).await.expect("an owner");
        owners.push(owner);
    }
    // All of them are owners before the first of them goes.
    let mut tenants = Vec::new();
    for owner in &owners {
        tenants.push(people.tenant(*owner).await);
    }
    let mut tasks = Vec::new();
    for (n, (owner, tenant)) in owners.iter().copied().zip(tenants).enumerate() {
        let next = owners[(n + 1) % owners.len()];
        let db = people.db.clone();
        tasks.push(tokio::spawn(async move {
            let members = tenant.admin().expect("an admin").members();
            let done = match n % 4 {
                0 => tenant.members().leave().await.map(drop),
                1 => members.set_roles(next, &["member"]).await.map(drop),
                2 => db.users().delete(owner).await.map(drop),
                _ => members.remove(next).await.map(drop),
            };
            match done {
                Ok(()) | Err(Error::LastOwner | Error::NotFound) => {}
                Err(error) => panic!("{error}"),
            }
        }));
    }
    for task in tasks {
        task.await.expect("no panic");
    }
    let system = people.db.system(id, "a look").await.expect("live");
    let left = system.members().list(50, None).await.expect("a page");
    let is_owner = |member: &service::Member| member.role_keys().contains(&"owner");
    assert!(left.items.iter().any(is_owner), "nobody owns it");
}

async fn a_user_made_owner_while_being_deleted_leaves_no_application_without_one(people: People) {
    for round in 0..8 {
        let team = team(&people.db, &format!("heir-{round}")).await;
        let id = team.application.id;
        let owner = people.db.tenant(team.owner, id).await.expect("an owner");
        let hand_over = async {
            let members = owner.admin().expect("an admin").members();
            match members.grant(team.admin, "owner").await {
                // The owner relies on the heir.
                Ok(_) => match owner.members().leave().await {
                    Ok(_) | Err(Error::LastOwner) => {}
                    Err(error) => panic!("{error}"),
                },
                Err(Error::NotFound) => {}
                Err(error) => panic!("{error}"),
            }
        };
        let users = people.db.users();
        let (deleted, ()) = tokio::join!(users.delete(team.admin), hand_over);
        assert!(
            matches!(deleted, Ok(_) | Err(Error::LastOwner)),
            "{deleted:?}"
        );
        let system = people.db.system(id, "a look").await.expect("live");
        let left = system.members().list(50, None).await.expect("a page");
        let is_owner = |member: &service::Member| member.role_keys().contains(&"owner");
        assert!(left.items.iter().any(is_owner), "round {round}");
    }
}

async fn an_owner_who_was_demoted_hands_nothing_over(people: People) {
    let owner = people.as_owner().await;
    let members = owner.admin().expect("an admin").members();
    members
        .grant(people.team.admin, "owner")
        .await
        .expect("two owners");
    let second = people.as_admin().await;
    members
        .set_roles(people.team.admin, &["member"])
        .await
        .expect("demoted");
    let stale = second
        .owner()
        .expect("was one")
        .transfer_ownership(people.team.member)
        .await;
    assert!(matches!(stale, Err(Error::Forbidden { .. })), "{stale:?}");
    assert_eq!(people.as_member().await.role_keys(), ["member"]);
    assert_eq!(people.as_admin().await.role_keys(), ["member"]);
}
