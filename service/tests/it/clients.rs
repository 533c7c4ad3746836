//! Clients: those of one's own application alone, and who looks after them.

mod assigned;
mod listed;
mod refused;

use entity::clients;
use sea_orm::EntityTrait;
use serde_json::json;
use service::{
    Change, Client, ClientFilter, ClientOrder, ClientPatch, Deleted, Error, NewClient, Tenant,
};

use crate::people::{People, with_people};

with_people!(
    a_client_is_stored_as_given,
    each_verb_sends_few_statements,
    an_update_sets_keeps_and_clears,
    a_stale_update_is_a_conflict_and_changes_nothing,
    deleting_answers_in_three_ways_and_restoring_brings_it_back,
    of_many_who_delete_one_client_one_does,
    verbs_compose_in_a_transaction,
);

pub(crate) async fn create(tenant: &Tenant, name: &str) -> Client {
    let new = NewClient::new(name.parse().expect("a name"));
    tenant.clients().create(new).await.expect("a client")
}

async fn a_client_is_stored_as_given(people: People) {
    let tenant = people.as_member().await;
    let given: NewClient = serde_json::from_value(json!({
        "name": "Ärzte & Söhne",
        "email": "Office@EXÄMPLE.com",
        "phone": "+49 30 1",
        "metadata": { "vat": "DE1", "tags": ["a", { "b": 1.5 }] },
    }))
    .expect("valid");
    let client = tenant.clients().create(given).await.expect("a client");
    assert_eq!(client.application_id, people.team.application.id);
    assert_eq!(client.name, "Ärzte & Söhne");
    assert_eq!(client.email.as_deref(), Some("office@xn--exmple-cua.com"));
    assert_eq!(client.phone.as_deref(), Some("+49 30 1"));
    assert_eq!(
        client.metadata,
        json!({ "vat": "DE1", "tags": ["a", { "b": 1.5 }] })
    );
    assert_eq!(client.created_by, Some(people.team.member));
    let found = tenant.clients().get(client.id).await.expect("a look-up");
    assert_eq!(found, Some(client));

    let plain = create(&tenant, "Plain").await;
    assert_eq!(
        (plain.email, plain.phone, plain.metadata),
        (None, None, json!({}))
    );
    let system = people
        .db
        .system(people.team.application.id, "a test")
        .await
        .expect("the system");
    assert_eq!(create(&system, "Imported").await.created_by, None);
}

async fn each_verb_sends_few_statements(people: People) {
    migration::not_on_citus!(
        people.test,
        "what a row stands under is looked at again there, by a statement of its own"
    );
    let db = people.unrecorded().await;
    let tenant = db
        .tenant(people.team.owner, people.team.application.id)
        .await;
    let tenant = tenant.expect("a member");
    let clients = tenant.clients();
    people.sent.take();
    let sent = || people.sent.take().len();
    let acme = create(&tenant, "Acme").await;
    assert_eq!(sent(), 1, "create");
    clients.get(acme.id).await.expect("a look-up");
    assert_eq!(sent(), 1, "get");
    let all = ClientFilter {
        text: Some("a".into()),
        assigned_to: Some(people.team.owner),
        created_from: Some(acme.created_at.to_utc()),
        created_until: Some(acme.created_at.to_utc()),
    };
    for order in [ClientOrder::Id, ClientOrder::Name] {
        clients.list(&all, order, 10, None).await.expect("a page");
        assert_eq!(sent(), 1, "list");
    }
    clients.count(&all).await.expect("a count");
    assert_eq!(sent(), 1, "count");
    let patch = ClientPatch {
        phone: Change::Set("1".parse().expect("a number")),
        if_updated_at: Some(acme.updated_at.to_utc()),
        ..ClientPatch::default()
    };
    clients.update(acme.id, patch).await.expect("an update");
    assert_eq!(sent(), 1, "update");
    let user = people.team.member;
    assert!(clients.assign(acme.id, user).await.expect("an answer"));
    assert_eq!(sent(), 1, "assign");
    assert!(!clients.assign(acme.id, user).await.expect("an answer"));
    assert_eq!(sent(), 2, "assign, again");
    clients.assigned(&[acme.id]).await.expect("an answer");
    assert_eq!(sent(), 2, "assigned");
    assert!(clients.unassign(acme.id, user).await.expect("an answer"));
    assert_eq!(sent(), 1, "unassign");
    assert!(!clients.unassign(acme.id, user).await.expect("an answer"));
    assert_eq!(sent(), 2, "unassign, again");
    clients.delete(acme.id).await.expect("a deletion");
    assert_eq!(sent(), 1, "delete");
    clients.delete(acme.id).await.expect("an answer");
    assert_eq!(sent(), 2, "delete, again");
    clients.restore(acme.id).await.expect("a restoring");
    // BEGIN, the lock, the row, the row as stored, COMMIT.
    assert_eq!(sent(), 5, "restore");
}

async fn an_update_sets_keeps_and_clears(people: People) {
    let tenant = people.as_member().await;
    let given: NewClient = serde_json::from_value(json!({
        "name": "Acme", "email": "a@x.io", "phone": "1", "metadata": { "a": 1 },
    }))
    .expect("valid");
    let acme = tenant.clients().create(given).await.expect("a client");
    let patch: ClientPatch =
        serde_json::from_value(json!({ "email": null, "phone": "2" })).expect("valid");
    let changed = tenant
        .clients()
        .update(acme.id, patch)
        .await
        .expect("an update");
    assert_eq!(
        (changed.email.as_deref(), changed.phone.as_deref()),
        (None, Some("2"))
    );
    assert_eq!(
        (changed.name.as_str(), &changed.metadata),
        ("Acme", &json!({ "a": 1 }))
    );
    assert!(changed.updated_at > acme.updated_at);
    assert_eq!(
        (changed.created_at, changed.created_by),
        (acme.created_at, acme.created_by)
    );
    let patch: ClientPatch =
        serde_json::from_value(json!({ "name": "New", "metadata": { "b": 2 } })).expect("valid");
    let changed = tenant
        .clients()
        .update(acme.id, patch)
        .await
        .expect("an update");
    assert_eq!(
        (changed.name.as_str(), &changed.metadata),
        ("New", &json!({ "b": 2 }))
    );
    let nothing = tenant
        .clients()
        .update(acme.id, ClientPatch::default())
        .await;
    assert_eq!(nothing.expect("as it is"), changed);
}

async fn a_stale_update_is_a_conflict_and_changes_nothing(people: People) {
    let tenant = people.as_member().await;
    let acme = create(&tenant, "Acme").await;
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let tenant = tenant.clone();
            let patch = ClientPatch {
                name: Some(format!("Acme {n}").parse().expect("a name")),
                if_updated_at: Some(acme.updated_at.to_utc()),
                ..ClientPatch::default()
            };
            tokio::spawn(async move { tenant.clients().update(acme.id, patch).await })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(client) => won.push(client),
            Err(Error::Conflict { field }) => assert_eq!(field, "updated_at"),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(won.len(), 1);
    let now = tenant.clients().get(acme.id).await.expect("a look-up");
    assert_eq!(now, won.pop());
}

async fn deleting_answers_in_three_ways_and_restoring_brings_it_back(people: People) {
    let tenant = people.as_owner().await;
    let clients = tenant.clients();
    let acme = create(&tenant, "Acme").await;
    let first = clients.delete(acme.id).await.expect("a deletion");
    assert!(matches!(first, Deleted::Now { .. }));
    assert_eq!(clients.get(acme.id).await.expect("a look-up"), None);
    let all = ClientFilter::default();
    assert_eq!(clients.count(&all).await.expect("a count"), 0);
    let again = clients.delete(acme.id).await.expect("an answer");
    let (deletion_id, at) = (first.deletion_id(), first.at());
    assert_eq!(again, Deleted::Already { deletion_id, at });
    let patched = clients.update(acme.id, ClientPatch::default()).await;
    assert!(matches!(patched, Err(Error::NotFound)));
    let back = clients.restore(acme.id).await.expect("a restoring");
    assert_eq!((back.deleted_at, back.deletion_id), (None, None));
    assert_eq!((&back.name, back.created_at), (&acme.name, acme.created_at));
    assert!(matches!(
        clients.restore(acme.id).await,
        Err(Error::NotFound)
    ));
}

async fn of_many_who_delete_one_client_one_does(people: People) {
    let tenant = people.as_owner().await;
    let acme = create(&tenant, "Acme").await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let tenant = tenant.clone();
            tokio::spawn(async move { tenant.clients().delete(acme.id).await })
        })
        .collect();
    let mut now = 0;
    for task in tasks {
        let answer = task.await.expect("no panic").expect("an answer");
        now += u32::from(matches!(answer, Deleted::Now { .. }));
    }
    assert_eq!(now, 1);
}

async fn verbs_compose_in_a_transaction(people: People) {
    let tenant = people.as_owner().await;
    let undone = tenant
        .transaction(async |tenant| {
            let acme = create(tenant, "Acme").await;
            tenant.clients().assign(acme.id, people.team.member).await?;
            // What is there already does not spoil the transaction.
            assert!(!tenant.clients().assign(acme.id, people.team.member).await?);
            assert_eq!(tenant.clients().count(&ClientFilter::default()).await?, 1);
            tenant.clients().delete(acme.id).await?;
            Err::<(), _>(Error::NotFound)
        })
        .await;
    assert!(matches!(undone, Err(Error::NotFound)));
    let rows = clients::Entity::find().all(&people.db).await;
    assert_eq!(rows, Ok(Vec::new()));
}
