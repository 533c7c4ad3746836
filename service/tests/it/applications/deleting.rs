//! Deleted and restored with all that it owns.

use std::sync::Arc;

use entity::{clients, invitations, roles, sessions};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use service::{Deleted, Error, NewRole};
use uuid::Uuid;

use crate::people::{People, new_application, team, with_people};
use crate::world::client;

with_people!(
    deleting_takes_all_that_it_owns_and_restoring_brings_back_exactly_that,
    mail_comes_back_with_its_application_whoever_has_left_since,
    adding_a_member_races_with_the_end_of_the_application,
    deleting_ends_every_access_and_restoring_revives_none,
    a_slug_is_free_again_and_then_in_the_way_of_restoring,
    nothing_is_made_under_an_application_that_dies,
);

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

async fn mail_comes_back_with_its_application_whoever_has_left_since(people: People) {
    let db = &people.db;
    let id = people.team.application.id;
    let domain = entity::domains::ActiveModel {
        application_id: Set(id),
        id: Set(db.new_id()),
        name: Set("acme.test".into()),
        challenge: Set("sixteen letters.".into()),
        ..Default::default()
    };
    let domain = domain.insert(db).await.expect("a domain");
    let mailbox = async |name: &str, user_id: Uuid, dead: bool| {
        let mailbox = entity::mailboxes::ActiveModel {
            application_id: Set(id),
            id: Set(db.new_id()),
            domain_id: Set(domain.id),
            local_part: Set(name.into()),
            email: Set(format!("{name}@acme.test")),
            user_id: Set(Some(user_id)),
            deleted_at: Set(dead.then(|| db.clock().now().fixed_offset())),
            deletion_id: Set(dead.then_some(crate::world::DELETION)),
            ..Default::default()
        };
        mailbox.insert(db).await.expect("a mailbox").id
    };
    let of_a_leaver = mailbox("leaver", people.team.member, false).await;
    let of_a_deleted_user = mailbox("deleted", people.team.admin, false).await;
    let gone_before = mailbox("before", people.team.owner, true).await;
    let email = entity::emails::ActiveModel {
        application_id: Set(id),
        id: Set(db.new_id()),
        mailbox_id: Set(Some(of_a_leaver)),
        user_id: Set(Some(people.team.member)),
        from_address: Set("a@b.test".into()),
        subject: Set(String::new()),
        body: Set(String::new()),
        sent_at: Set(Some(db.clock().now().fixed_offset())),
        ..Default::default()
    };
    email.insert(db).await.expect("an email");
    people
        .as_member()
        .await
        .members()
        .leave()
        .await
        .expect("left");
    db.applications().delete(id).await.expect("deleted");
    db.users().delete(people.team.admin).await.expect("deleted");
    db.applications().restore(id).await.expect("restored");
    let tenant = people.as_owner().await;
    let live = tenant
        .find::<entity::mailboxes::Entity>()
        .all()
        .await
        .expect("mailboxes");
    let mut live: Vec<_> = live.iter().map(|mailbox| mailbox.id).collect();
    live.sort_unstable();
    assert_eq!(live, [of_a_leaver, of_a_deleted_user]);
    assert_eq!(
        tenant
            .find::<entity::emails::Entity>()
            .count()
            .await
            .expect("a count"),
        1
    );
    let before = entity::mailboxes::Entity::find_by_id((id, gone_before))
        .one(db)
        .await;
    let before = before.expect("a look-up").expect("there");
    assert_eq!(before.deletion_id, Some(crate::world::DELETION));
    // The user's membership went over to the deletion of the user, and comes back with it.
    assert!(db.tenant(people.team.admin, id).await.is_err());
    db.users()
        .restore(people.team.admin)
        .await
        .expect("restored");
    assert_eq!(people.as_admin().await.role_keys(), ["admin"]);
}

async fn adding_a_member_races_with_the_end_of_the_application(people: People) {
    for round in 0..8 {
        let team = team(&people.db, &format!("ending-{round}")).await;
        let id = team.application.id;
        let tenant = people.db.tenant(team.owner, id).await.expect("an owner");
        let stranger = people.stranger(&format!("late-{round}")).await;
        let add = async {
            let members = tenant.admin().expect("an admin").members();
            match members.add(stranger, &["member", "admin"]).await {
                Ok(_) | Err(Error::NotFound) => {}
                Err(error) => panic!("{error}"),
            }
        };
        let applications = people.db.applications();
        let (deleted, ()) = tokio::join!(applications.delete(id), add);
        deleted.expect("deleted");
        let live = entity::application_memberships::Entity::find()
            .filter(entity::application_memberships::Column::ApplicationId.eq(id))
            .filter(entity::application_memberships::Column::DeletedAt.is_null())
            .count(&people.db)
            .await;
        assert_eq!(live, Ok(0), "round {round}");
    }
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
