//! Applications: made whole, deleted whole, restored whole.

use std::sync::Arc;

use entity::{clients, invitations, roles, sessions};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use service::{ApplicationPatch, Change, Deleted, Error, NewRole};
use uuid::Uuid;

use crate::people::{People, new_application, team, with_people};
use crate::world::client;

with_people!(
    an_application_is_made_whole_or_not_at_all,
    an_application_is_found_by_id_public_id_and_slug,
    the_applications_of_a_user_are_those_that_live_and_where_they_are_live,
    an_update_sets_keeps_and_clears,
    a_stale_update_is_a_conflict,
    deleting_takes_all_that_it_owns_and_restoring_brings_back_exactly_that,
    deleting_ends_every_access_and_restoring_revives_none,
    a_slug_is_free_again_and_then_in_the_way_of_restoring,
    nothing_is_made_under_an_application_that_dies,
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
    let tenant = people.as_admin().await;
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

async fn deleting_takes_all_that_it_owns_and_restoring_brings_back_exactly_that(people: People) {
    let db = &people.db;
    let id = people.team.application.id;
    let kept = client(db, id, "Kept", false).await;
    let tenant = people.as_owner().await;
    let admin = tenant.admin().expect("an admin");
    // Gone before: they stay gone.
    let early = client(db, id, "Early", true).await;
    admin
        .members()
        .remove(people.team.member)
        .await
        .expect("removed");
    // Gone with the application, and then for another reason too.
    let deleted = tenant
        .owner()
        .expect("an owner")
        .delete_application()
        .await
        .expect("deleted");
    assert!(matches!(deleted, Deleted::Now { .. }));
    let again = db.applications().delete(id).await.expect("a look");
    assert!(matches!(again, Deleted::Already { .. }));
    assert_eq!(
        (again.at(), again.deletion_id()),
        (deleted.at(), deleted.deletion_id())
    );
    assert!(matches!(
        db.tenant(people.team.owner, id).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        db.system(id, "a look").await,
        Err(Error::NotFound)
    ));
    let live = |column: clients::Column| clients::Entity::find().filter(column.is_null());
    assert_eq!(live(clients::Column::DeletedAt).count(db).await, Ok(0));

    let back = db.applications().restore(id).await.expect("restored");
    assert_eq!(
        (back.id, back.deleted_at, back.deletion_id),
        (id, None, None)
    );
    let tenant = people.as_owner().await;
    let found = tenant
        .find::<clients::Entity>()
        .all()
        .await
        .expect("clients");
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [kept]);
    let row = clients::Entity::find_by_id((id, early))
        .one(db)
        .await
        .expect("a look-up")
        .expect("there");
    assert_eq!(
        row.deletion_id,
        Some(crate::world::DELETION),
        "its own deletion holds it still"
    );
    assert_eq!(
        tenant.members().count().await.expect("a count"),
        2,
        "the removed member stays out"
    );
    assert_eq!(tenant.roles().count().await.expect("a count"), 3);
    assert!(
        matches!(db.applications().restore(id).await, Err(Error::NotFound)),
        "it is live"
    );
    assert!(matches!(
        db.applications().restore(Uuid::nil()).await,
        Err(Error::NotFound)
    ));
}

async fn deleting_ends_every_access_and_restoring_revives_none(people: People) {
    let db = &people.db;
    let id = people.team.application.id;
    let tomorrow = (db.clock().now() + chrono::TimeDelta::days(1)).fixed_offset();
    let session = sessions::ActiveModel {
        id: Set(db.new_id()),
        secret_hash: Set(vec![1; 32]),
        user_id: Set(people.team.member),
        application_id: Set(Some(id)),
        expires_at: Set(tomorrow),
        ..Default::default()
    };
    let session = session.insert(db).await.expect("a session");
    let invitation = invitations::ActiveModel {
        application_id: Set(id),
        id: Set(db.new_id()),
        email: Set("guest@acme.test".into()),
        secret_hash: Set(vec![1; 32]),
        expires_at: Set(tomorrow),
        ..Default::default()
    };
    let invitation = invitation.insert(db).await.expect("an invitation");
    db.applications().delete(id).await.expect("deleted");
    db.applications().restore(id).await.expect("restored");
    let session = sessions::Entity::find_by_id(session.id)
        .one(db)
        .await
        .expect("a look-up")
        .expect("there");
    assert_eq!(
        (session.application_id, session.revoked_at),
        (None, None),
        "signed in, but nowhere"
    );
    let invitation = invitations::Entity::find_by_id((id, invitation.id))
        .one(db)
        .await;
    assert!(
        invitation
            .expect("a look-up")
            .expect("there")
            .revoked_at
            .is_some()
    );
}

async fn a_slug_is_free_again_and_then_in_the_way_of_restoring(people: People) {
    let applications = people.db.applications();
    let id = people.team.application.id;
    applications.delete(id).await.expect("deleted");
    let new = applications
        .create(people.team.owner, new_application("acme"))
        .await
        .expect("the slug is free");
    let refused = applications.restore(id).await;
    assert!(matches!(refused, Err(Error::Conflict { field }) if field == "slug"));
    assert_eq!(applications.get(id).await.expect("a look-up"), None);
    let members = entity::application_memberships::Entity::find()
        .filter(entity::application_memberships::Column::DeletedAt.is_null())
        .all(&people.db)
        .await
        .expect("memberships");
    assert!(
        members.iter().all(|member| member.application_id == new.id),
        "nothing changed"
    );
}

async fn nothing_is_made_under_an_application_that_dies(people: People) {
    let people = Arc::new(people);
    for round in 0..5 {
        let team = team(&people.db, &format!("dying-{round}")).await;
        let id = team.application.id;
        let tenant = people.db.tenant(team.owner, id).await.expect("an owner");
        let makers: Vec<_> = (0..16)
            .map(|n| {
                let tenant = tenant.clone();
                tokio::spawn(async move {
                    let role = NewRole {
                        key: format!("role-{n}").parse().expect("a key"),
                        name: "Role".parse().expect("a name"),
                        description: None,
                        permissions: vec!["clients.read".parse().expect("a permission")],
                    };
                    let roles = tenant.admin().expect("an admin").roles();
                    match roles.create(role).await {
                        Ok(_) => true,
                        Err(Error::NotFound) => false,
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        let db = people.db.clone();
        let killer = tokio::spawn(async move { db.applications().delete(id).await });
        killer.await.expect("no panic").expect("deleted");
        for maker in makers {
            maker.await.expect("no panic");
        }
        let orphans = roles::Entity::find()
            .filter(roles::Column::ApplicationId.eq(id))
            .filter(roles::Column::DeletedAt.is_null())
            .count(&people.db)
            .await;
        assert_eq!(orphans, Ok(0), "round {round}");
    }
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
