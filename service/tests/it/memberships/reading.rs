//! Who is a member, and who may know.

use entity::application_memberships;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::{Error, MembershipPatch};
use uuid::Uuid;

use crate::people::{People, team, with_people};

with_people!(
    a_tenant_is_proved_by_one_query,
    members_are_listed_with_users_and_roles_in_four_queries,
    a_page_of_members_continues_where_the_last_one_ended,
    a_member_of_another_application_is_not_found,
    a_member_without_the_right_is_refused,
);

async fn a_tenant_is_proved_by_one_query(people: People) {
    people.sent.take();
    let tenant = people.as_admin().await;
    assert_eq!(people.sent.take().len(), 1);
    assert_eq!(tenant.role_keys(), ["admin"]);
    assert!(tenant.can("clients.write") && !tenant.can("application.delete"));
    assert!(tenant.admin().is_ok() && tenant.owner().is_err());

    let stranger = people.stranger("nobody").await;
    for (user_id, application_id) in [
        (stranger, people.team.application.id),
        (people.team.owner, Uuid::nil()),
        (Uuid::nil(), people.team.application.id),
    ] {
        let refused = people.db.tenant(user_id, application_id).await;
        assert!(matches!(refused, Err(Error::NotFound)));
    }
}

async fn members_are_listed_with_users_and_roles_in_four_queries(people: People) {
    let tenant = people.as_member().await;
    people.sent.take();
    let page = tenant.members().list(50, None).await.expect("a page");
    assert_eq!(people.sent.take().len(), 4);
    let seen: Vec<_> = page
        .items
        .iter()
        .map(|member| (member.user.email.as_str(), member.role_keys()))
        .collect();
    assert_eq!(
        seen,
        [
            ("owner@acme.test", vec!["owner"]),
            ("admin@acme.test", vec!["admin"]),
            ("member@acme.test", vec!["member"]),
        ]
    );
    assert_eq!(tenant.members().count().await.expect("a count"), 3);
    let one = tenant
        .members()
        .get(people.team.admin)
        .await
        .expect("a look-up");
    assert_eq!(one.expect("a member").role_keys(), ["admin"]);
    let none = tenant.members().get(Uuid::nil()).await.expect("a look-up");
    assert_eq!(none, None);
}

async fn a_page_of_members_continues_where_the_last_one_ended(people: People) {
    let tenant = people.as_owner().await;
    let first = tenant.members().list(2, None).await.expect("a page");
    let rest = tenant
        .members()
        .list(2, first.next.as_ref())
        .await
        .expect("a page");
    assert_eq!((first.items.len(), rest.items.len()), (2, 1));
    assert_eq!(rest.items[0].user.id, people.team.member);
    assert_eq!(rest.next, None);
    for limit in [0, 201, u64::MAX] {
        let refused = tenant.members().list(limit, None).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "limit"));
    }
    // Of another application: refused, though the query is the same.
    let other = team(&people.db, "other").await;
    let other = people
        .db
        .tenant(other.owner, other.application.id)
        .await
        .expect("an owner");
    let refused = other.members().list(2, first.next.as_ref()).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "cursor"));
}

async fn a_member_of_another_application_is_not_found(people: People) {
    let other = team(&people.db, "other").await;
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    assert_eq!(
        tenant.members().get(other.member).await.expect("a look-up"),
        None
    );
    assert!(matches!(
        members.remove(other.member).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        members.restore(other.member).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        members.set_roles(other.member, &[]).await,
        Err(Error::NotFound)
    ));
    let patched = members
        .update(other.member, MembershipPatch::default())
        .await;
    assert!(matches!(patched, Err(Error::NotFound)));
    let untouched = application_memberships::Entity::find()
        .filter(application_memberships::Column::DeletedAt.is_null())
        .count(&people.db)
        .await;
    assert_eq!(untouched, Ok(6));
}

async fn a_member_without_the_right_is_refused(people: People) {
    assert!(matches!(
        people.as_member().await.admin(),
        Err(Error::Forbidden { .. })
    ));
    assert!(matches!(
        people.as_admin().await.owner(),
        Err(Error::Forbidden { .. })
    ));
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an admin").members();
    members
        .set_roles(people.team.member, &[])
        .await
        .expect("no roles");
    let nobody = people.as_member().await;
    for refused in [
        nobody.members().list(1, None).await.err(),
        nobody.members().count().await.err(),
        nobody.members().get(people.team.owner).await.err(),
    ] {
        assert!(matches!(refused, Some(Error::Forbidden { needed }) if needed == "members.read"));
    }
    nobody.members().leave().await.expect("everybody may leave");
}
