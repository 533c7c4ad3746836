//! Made, found, changed.

use entity::roles;
use sea_orm::{EntityTrait, PaginatorTrait};
use service::{ApplicationPatch, Change, Error};
use uuid::Uuid;

use crate::people::{People, new_application, team, with_people};

with_people!(
    an_application_is_made_whole_or_not_at_all,
    an_application_is_found_by_id_public_id_and_slug,
    the_applications_of_a_user_are_those_that_live_and_where_they_are_live,
    an_update_sets_keeps_and_clears,
    a_stale_update_is_a_conflict,
    only_an_owner_deletes_it,
    a_system_tenant_says_why_and_may_do_everything,
);

async fn an_application_is_made_whole_or_not_at_all(people: People) {
    let before = people.db.applications().count().await.expect("a count");
    let nobody = people
        .db
        .applications()
        .create(Uuid::nil(), new_application("none"))
        .await;
    assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
    let taken = people
        .db
        .applications()
        .create(people.team.owner, new_application("ACME"))
        .await;
    assert!(matches!(taken, Err(Error::Conflict { field }) if field == "slug"));
    assert_eq!(
        people.db.applications().count().await.expect("a count"),
        before
    );
    let stored = roles::Entity::find().count(&people.db).await;
    assert_eq!(stored, Ok(3), "roles of a failed application are left");
}

async fn an_application_is_found_by_id_public_id_and_slug(people: People) {
    let application = &people.team.application;
    let applications = people.db.applications();
    people.sent.take();
    let by_id = applications.get(application.id).await.expect("a look-up");
    let by_public_id = applications
        .find_by_public_id(&application.public_id.parse().expect("a public id"))
        .await
        .expect("a look-up");
    let by_slug = applications
        .find_by_slug(&"Acme".parse().expect("a slug"))
        .await
        .expect("a look-up");
    assert_eq!(people.sent.take().len(), 3, "one query each");
    for found in [by_id, by_public_id, by_slug] {
        assert_eq!(found.as_ref(), Some(application));
    }
    assert_eq!(application.public_id.len(), 15);
    assert_eq!(application.created_by, Some(people.team.owner));
    assert_eq!(
        applications.get(Uuid::nil()).await.expect("a look-up"),
        None
    );
    let none = applications
        .find_by_slug(&"none".parse().expect("a slug"))
        .await;
    assert_eq!(none.expect("a look-up"), None);
    let page = applications.list(50, None).await.expect("a page");
    assert_eq!(page.items.as_slice(), std::slice::from_ref(application));
}

async fn the_applications_of_a_user_are_those_that_live_and_where_they_are_live(people: People) {
    let db = &people.db;
    let user = people.team.member;
    let mut ids = vec![people.team.application.id];
    for slug in ["second", "third", "fourth"] {
        let other = team(db, slug).await;
        let owner = db
            .tenant(other.owner, other.application.id)
            .await
            .expect("an owner");
        let members = owner.admin().expect("an admin").members();
        members.add(user, &["member"]).await.expect("added");
        match slug {
            "third" => drop(members.remove(user).await.expect("removed")),
            "fourth" => drop(
                db.applications()
                    .delete(other.application.id)
                    .await
                    .expect("deleted"),
            ),
            _ => ids.push(other.application.id),
        }
    }
    let page = db
        .applications()
        .list_for_user(user, 50, None)
        .await
        .expect("a page");
    let listed: Vec<_> = page
        .items
        .iter()
        .map(|application| application.id)
        .collect();
    assert_eq!(listed, ids);
    let first = db
        .applications()
        .list_for_user(user, 1, None)
        .await
        .expect("a page");
    let next = db
        .applications()
        .list_for_user(user, 1, first.next.as_ref())
        .await
        .expect("a page");
    assert_eq!(
        (first.items[0].id, next.items[0].id, next.next),
        (ids[0], ids[1], None)
    );
    let other_user = db
        .applications()
        .list_for_user(people.team.admin, 1, first.next.as_ref())
        .await;
    assert!(matches!(other_user, Err(Error::Invalid { field, .. }) if field == "cursor"));
}

async fn an_update_sets_keeps_and_clears(people: People) {
    let db = people.unrecorded().await;
    let tenant = db
        .tenant(people.team.admin, people.team.application.id)
        .await;
    let tenant = tenant.expect("a member");
    let admin = tenant.admin().expect("an admin");
    let set: ApplicationPatch =
        serde_json::from_str(r#"{"name": "Acme Ltd.", "description": "Makes\nthings"}"#)
            .expect("a patch");
    people.sent.take();
    let changed = admin.update_application(set).await.expect("changed");
    assert_eq!(people.sent.take().len(), 1);
    assert_eq!(
        (changed.name.as_str(), changed.slug.as_str()),
        ("Acme Ltd.", "acme")
    );
    assert_eq!(changed.description.as_deref(), Some("Makes\nthings"));
    assert!(changed.updated_at > people.team.application.updated_at);
    let kept: ApplicationPatch = serde_json::from_str(r#"{"slug": "Acme-2"}"#).expect("a patch");
    let changed = admin.update_application(kept).await.expect("changed");
    assert_eq!(changed.description.as_deref(), Some("Makes\nthings"));
    let clear: ApplicationPatch =
        serde_json::from_str(r#"{"description": null}"#).expect("a patch");
    assert_eq!(clear.description, Change::Clear);
    let changed = admin.update_application(clear).await.expect("changed");
    assert_eq!(
        (changed.description, changed.slug.as_str()),
        (None, "acme-2")
    );
    for bad in [
        r#"{"slug": "no spaces"}"#,
        r#"{"name": "a\u0000b"}"#,
        r#"{"name": ""}"#,
    ] {
        assert!(
            serde_json::from_str::<ApplicationPatch>(bad).is_err(),
            "{bad}"
        );
    }
}

async fn a_stale_update_is_a_conflict(people: People) {
    let application = &people.team.application;
    let patch = |name: &str| ApplicationPatch {
        name: Some(name.parse().expect("a name")),
        if_updated_at: Some(application.updated_at.to_utc()),
        ..Default::default()
    };
    let applications = people.db.applications();
    applications
        .update(application.id, patch("First"))
        .await
        .expect("changed");
    let stale = applications.update(application.id, patch("Second")).await;
    assert!(matches!(stale, Err(Error::Conflict { field }) if field == "updated_at"));
    let gone = applications.update(Uuid::nil(), patch("Third")).await;
    assert!(matches!(gone, Err(Error::NotFound)));
    let now = applications
        .get(application.id)
        .await
        .expect("a look-up")
        .expect("there");
    assert_eq!(now.name, "First");
}

async fn only_an_owner_deletes_it(people: People) {
    assert!(people.as_admin().await.owner().is_err());
    assert!(people.as_member().await.admin().is_err());
    let application = people
        .as_member()
        .await
        .application()
        .await
        .expect("every member sees it");
    assert_eq!(application.id, people.team.application.id);
}

async fn a_system_tenant_says_why_and_may_do_everything(people: People) {
    let id = people.team.application.id;
    for empty in ["", "  "] {
        let refused = people.db.system(id, empty).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "reason"));
    }
    let tenant = people
        .db
        .system(id, "nightly import")
        .await
        .expect("a tenant");
    assert_eq!((tenant.user_id(), tenant.application_id()), (None, id));
    assert!(tenant.can("anything.at_all") && tenant.owner().is_ok());
    assert!(matches!(
        tenant.members().leave().await,
        Err(Error::NotFound)
    ));
}
