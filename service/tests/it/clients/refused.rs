//! What is refused: bad input, other applications' clients, and those who may not.

use entity::clients;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use service::{ClientFilter, ClientOrder, ClientPatch, Error, NewClient, Tenant};
use uuid::Uuid;

use super::create;
use crate::people::{People, Team, team, with_people};

with_people!(
    bad_input_names_its_field_and_writes_nothing,
    a_client_of_another_application_is_as_one_that_never_was,
    whoever_lacks_a_permission_is_refused,
);

async fn bad_input_names_its_field_and_writes_nothing(people: People) {
    let tenant = people.as_member().await;
    let huge = "a".repeat(1 << 20);
    for (field, value) in [
        ("name", json!({ "name": huge })),
        ("name", json!({ "name": "a\u{0}" })),
        ("name", json!({ "name": "" })),
        ("name", json!({ "name": "a\u{1b}[0m" })),
        ("email", json!({ "name": "a", "email": "a@-x.io" })),
        ("phone", json!({ "name": "a", "phone": "\n" })),
        ("metadata", json!({ "name": "a", "metadata": [] })),
        (
            "metadata",
            json!({ "name": "a", "metadata": { "a": "\u{0}" } }),
        ),
        (
            "metadata",
            json!({ "name": "a", "metadata": { "a": huge } }),
        ),
    ] {
        let refused = serde_json::from_value::<NewClient>(value).expect_err("refused");
        assert!(refused.to_string().starts_with(field), "{field}: {refused}");
    }
    for (field, filter) in [
        (
            "text",
            ClientFilter {
                text: Some("a\0".into()),
                ..ClientFilter::default()
            },
        ),
        (
            "text",
            ClientFilter {
                text: Some(huge),
                ..ClientFilter::default()
            },
        ),
        (
            "created_from",
            ClientFilter {
                created_from: Some(chrono::DateTime::<chrono::Utc>::MAX_UTC),
                ..ClientFilter::default()
            },
        ),
        (
            "created_until",
            ClientFilter {
                created_until: Some(chrono::DateTime::<chrono::Utc>::MIN_UTC),
                ..ClientFilter::default()
            },
        ),
    ] {
        let names =
            |error: Error| matches!(error, Error::Invalid { field: named, .. } if named == field);
        assert!(tenant.clients().count(&filter).await.is_err_and(names));
        let listed = tenant
            .clients()
            .list(&filter, ClientOrder::Id, 10, None)
            .await;
        assert!(listed.is_err_and(names));
    }
    let too_many = vec![Uuid::nil(); 201];
    let refused = tenant.clients().assigned(&too_many).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "client_ids"));
    let count = tenant.clients().count(&ClientFilter::default()).await;
    assert_eq!(count.expect("a count"), 0);
}

async fn tenant_of(people: &People, team: &Team) -> Tenant {
    let tenant = people.db.tenant(team.owner, team.application.id).await;
    tenant.expect("its owner")
}

async fn a_client_of_another_application_is_as_one_that_never_was(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = tenant_of(&people, &other).await;
    let live = create(&theirs, "Live").await;
    let dead = create(&theirs, "Dead").await;
    theirs
        .clients()
        .assign(live.id, other.member)
        .await
        .expect("an answer");
    theirs.clients().delete(dead.id).await.expect("a deletion");
    let rows = || async {
        clients::Entity::find()
            .filter(clients::Column::ApplicationId.eq(other.application.id))
            .all(&people.db)
            .await
            .expect("rows")
    };
    let before = rows().await;

    let tenant = people.as_owner().await;
    let mine = tenant.clients();
    for id in [live.id, dead.id, Uuid::nil(), people.db.new_id()] {
        assert_eq!(mine.get(id).await.expect("a look-up"), None);
        let patch = || ClientPatch {
            name: Some("Mine".parse().expect("a name")),
            ..ClientPatch::default()
        };
        assert!(matches!(
            mine.update(id, patch()).await,
            Err(Error::NotFound)
        ));
        let seen = ClientPatch {
            if_updated_at: Some(live.updated_at.to_utc()),
            ..patch()
        };
        assert!(matches!(mine.update(id, seen).await, Err(Error::NotFound)));
        assert!(matches!(mine.delete(id).await, Err(Error::NotFound)));
        assert!(matches!(mine.restore(id).await, Err(Error::NotFound)));
        for user in [people.team.member, other.member] {
            assert!(matches!(mine.assign(id, user).await, Err(Error::NotFound)));
            assert!(matches!(
                mine.unassign(id, user).await,
                Err(Error::NotFound)
            ));
        }
        assert!(mine.assigned(&[id]).await.expect("an answer")[0].is_empty());
    }
    let own = create(&tenant, "Own").await;
    let foreign_user = mine.assign(own.id, other.member).await;
    assert!(matches!(foreign_user, Err(Error::NotFound)));
    assert_eq!(rows().await, before);
    assert_eq!(
        theirs
            .clients()
            .assigned(&[live.id])
            .await
            .expect("an answer")[0]
            .len(),
        1
    );
}

fn needs<T>(result: Result<T, Error>, permission: &str) -> bool {
    matches!(result, Err(Error::Forbidden { needed }) if needed == permission)
}

async fn whoever_lacks_a_permission_is_refused(people: People) {
    let owner = people.as_owner().await;
    let acme = create(&owner, "Acme").await;
    let id = acme.id;
    let user = people.team.member;
    let members = owner.admin().expect("an owner").members();
    let nothing = people.stranger("nothing").await;
    members.add(nothing, &[]).await.expect("a member");
    let nothing = people.tenant(nothing).await;
    let member = people.as_member().await;
    people.sent.take();
    let clients = nothing.clients();
    let all = ClientFilter::default();
    assert!(needs(clients.get(id).await, "clients.read"));
    assert!(needs(
        clients.list(&all, ClientOrder::Id, 1, None).await,
        "clients.read"
    ));
    assert!(needs(clients.count(&all).await, "clients.read"));
    assert!(needs(clients.assigned(&[id]).await, "clients.read"));
    let new = NewClient::new("New".parse().expect("a name"));
    assert!(needs(clients.create(new).await, "clients.write"));
    assert!(needs(
        clients.update(id, ClientPatch::default()).await,
        "clients.write"
    ));
    assert!(needs(clients.assign(id, user).await, "clients.write"));
    assert!(needs(clients.unassign(id, user).await, "clients.write"));
    for tenant in [&nothing, &member] {
        assert!(needs(tenant.clients().delete(id).await, "clients.delete"));
        assert!(needs(tenant.clients().restore(id).await, "clients.delete"));
    }
    assert_eq!(
        people.sent.take().len(),
        0,
        "refused without asking the database"
    );
    assert!(
        member
            .clients()
            .get(id)
            .await
            .is_ok_and(|found| found.is_some())
    );
}
