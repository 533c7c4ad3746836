//! Who looks after a client: live members of the application, of live clients.

use entity::client_users;
use sea_orm::{EntityTrait, PaginatorTrait};
use service::{ClientFilter, ClientOrder, Error};
use uuid::Uuid;

use super::create;
use crate::people::{People, team, with_people};

with_people!(
    assigning_is_idempotent_and_takes_live_members_alone,
    assignments_come_back_with_the_client_and_with_the_member,
    members_of_many_clients_take_two_queries,
    of_many_who_assign_one_member_one_changes_it,
    a_client_that_dies_is_assigned_to_nobody,
);

async fn assigning_is_idempotent_and_takes_live_members_alone(people: People) {
    let tenant = people.as_owner().await;
    let clients = tenant.clients();
    let acme = create(&tenant, "Acme").await;
    let member = people.team.member;
    assert!(clients.assign(acme.id, member).await.expect("an answer"));
    assert!(!clients.assign(acme.id, member).await.expect("an answer"));
    let stranger = people.stranger("stranger").await;
    for user in [stranger, Uuid::nil()] {
        let refused = clients.assign(acme.id, user).await;
        assert!(matches!(refused, Err(Error::NotFound)));
        assert!(!clients.unassign(acme.id, user).await.expect("an answer"));
    }
    assert!(clients.unassign(acme.id, member).await.expect("an answer"));
    assert!(!clients.unassign(acme.id, member).await.expect("an answer"));

    let managed = tenant.admin().expect("an owner").members();
    managed.remove(member).await.expect("a removal");
    let refused = clients.assign(acme.id, member).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    people
        .db
        .users()
        .delete(people.team.admin)
        .await
        .expect("a deletion");
    let refused = clients.assign(acme.id, people.team.admin).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    let rows = client_users::Entity::find().count(&people.db).await;
    assert_eq!(rows, Ok(0));
}

async fn assignments_come_back_with_the_client_and_with_the_member(people: People) {
    let tenant = people.as_owner().await;
    let clients = tenant.clients();
    let acme = create(&tenant, "Acme").await;
    let (admin, member) = (people.team.admin, people.team.member);
    for user in [admin, member] {
        clients.assign(acme.id, user).await.expect("an answer");
    }
    let seen = || async {
        let users = clients.assigned(&[acme.id]).await.expect("an answer");
        let ids: Vec<_> = users[0].iter().map(|user| user.id).collect();
        let mut found = Vec::new();
        for user in [admin, member] {
            let filter = ClientFilter {
                assigned_to: Some(user),
                ..ClientFilter::default()
            };
            let count = clients.count(&filter).await.expect("a count");
            let page = clients.list(&filter, ClientOrder::Name, 10, None).await;
            assert_eq!(page.expect("a page").items.len() as u64, count);
            if count == 1 {
                found.push(user);
            }
        }
        assert_eq!(ids, found, "every path tells the same");
        ids
    };
    assert_eq!(seen().await, [admin, member]);

    clients.delete(acme.id).await.expect("a deletion");
    assert!(seen().await.is_empty());
    let gone = clients.unassign(acme.id, admin).await;
    assert!(matches!(gone, Err(Error::NotFound)));
    clients.restore(acme.id).await.expect("a restoring");
    assert_eq!(seen().await, [admin, member]);

    let managed = tenant.admin().expect("an owner").members();
    managed.remove(member).await.expect("a removal");
    assert_eq!(seen().await, [admin]);
    managed.restore(member).await.expect("a restoring");
    assert_eq!(seen().await, [admin, member]);

    people.db.users().delete(admin).await.expect("a deletion");
    assert_eq!(seen().await, [member]);
    people.db.users().restore(admin).await.expect("a restoring");
    assert_eq!(seen().await, [admin, member]);
}

async fn members_of_many_clients_take_two_queries(people: People) {
    let tenant = people.as_owner().await;
    let clients = tenant.clients();
    let other = team(&people.db, "other").await;
    let (admin, member) = (people.team.admin, people.team.member);
    let mut ids = Vec::new();
    let mut expected = Vec::new();
    for n in 0..12 {
        let client = create(&tenant, &format!("Client {n}")).await;
        let users: Vec<_> = [admin, member]
            .into_iter()
            .filter(|user| n % 3 > usize::from(*user == member))
            .collect();
        for user in &users {
            clients.assign(client.id, *user).await.expect("an answer");
        }
        ids.push(client.id);
        expected.push(users);
    }
    ids.extend([other.application.id, ids[1]]);
    expected.extend([vec![], expected[1].clone()]);
    people.sent.take();
    let users = clients.assigned(&ids).await.expect("an answer");
    assert_eq!(people.sent.take().len(), 2);
    let seen: Vec<Vec<_>> = users
        .iter()
        .map(|users| users.iter().map(|user| user.id).collect())
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(clients.assigned(&[]).await.expect("an answer").len(), 0);
    assert_eq!(people.sent.take().len(), 0);
}

async fn of_many_who_assign_one_member_one_changes_it(people: People) {
    let tenant = people.as_owner().await;
    let acme = create(&tenant, "Acme").await;
    let member = people.team.member;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let tenant = tenant.clone();
            tokio::spawn(async move { tenant.clients().assign(acme.id, member).await })
        })
        .collect();
    let mut changed = 0;
    for task in tasks {
        changed += u32::from(task.await.expect("no panic").expect("an answer"));
    }
    assert_eq!(changed, 1);
}

async fn a_client_that_dies_is_assigned_to_nobody(people: People) {
    let tenant = people.as_owner().await;
    for round in 0..4 {
        let acme = create(&tenant, "Acme").await;
        let tasks: Vec<_> = (0..16)
            .map(|n| {
                let (tenant, team) = (tenant.clone(), [people.team.admin, people.team.member]);
                tokio::spawn(async move {
                    let clients = tenant.clients();
                    if n == 5 + round {
                        clients.delete(acme.id).await.expect("a deletion");
                        return;
                    }
                    let assigned = clients.assign(acme.id, team[n % 2]).await;
                    assert!(
                        matches!(assigned, Ok(_) | Err(Error::NotFound)),
                        "{assigned:?}"
                    );
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        let users = tenant.clients().assigned(&[acme.id]).await;
        assert!(users.expect("an answer")[0].is_empty());
        let late = tenant.clients().assign(acme.id, people.team.owner).await;
        assert!(matches!(late, Err(Error::NotFound)));
    }
}
