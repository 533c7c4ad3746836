//! Roles: made, changed and deleted by those who may, never beyond what they may themselves.

use service::{Deleted, Error, NewRole, Permission, RolePatch};
use uuid::Uuid;

use crate::people::{People, team, with_people};

with_people!(
    every_application_has_its_standard_roles,
    standard_roles_stay_as_they_are,
    a_role_is_made_found_and_listed,
    nobody_makes_a_role_beyond_themselves,
    permissions_are_granted_and_revoked,
    a_deleted_role_gives_nothing_until_it_is_restored,
    a_role_key_is_free_again_once_its_role_is_deleted,
    an_admin_takes_nothing_that_an_admin_could_not_give,
    a_deleted_role_comes_back_to_those_who_had_it,
    a_stale_update_is_a_conflict,
    a_role_of_another_application_is_not_found,
);

fn permission(text: &str) -> Permission {
    text.parse().expect("a permission")
}

fn new(key: &str, permissions: &[&str]) -> NewRole {
    NewRole {
        key: key.parse().expect("a key"),
        name: key.parse().expect("a name"),
        description: None,
        permissions: permissions.iter().map(|text| permission(text)).collect(),
    }
}

async fn every_application_has_its_standard_roles(people: People) {
    let tenant = people.as_member().await;
    people.sent.take();
    let page = tenant.roles().list(50, None).await.expect("a page");
    assert_eq!(people.sent.take().len(), 2);
    let mut keys: Vec<_> = page
        .items
        .iter()
        .map(|role| role.role.key.as_str())
        .collect();
    keys.sort_unstable();
    assert_eq!(keys, ["admin", "member", "owner"]);
    assert_eq!(tenant.roles().count().await.expect("a count"), 3);
    let owner = tenant
        .roles()
        .find_by_key(&"owner".parse().expect("a key"))
        .await
        .expect("a look-up");
    assert!(owner.expect("there").permissions.allow("anything.at_all"));
}

async fn standard_roles_stay_as_they_are(people: People) {
    let tenant = people.as_owner().await;
    let roles = tenant.admin().expect("an admin").roles();
    for key in ["owner", "admin", "member"] {
        let role = tenant
            .roles()
            .find_by_key(&key.parse().expect("a key"))
            .await
            .expect("a look-up")
            .expect("there");
        let id = role.role.id;
        let standard = |error: Option<Error>| {
            assert!(
                matches!(&error, Some(Error::Invalid { field, .. }) if field == "role"),
                "{error:?}"
            );
        };
        standard(roles.update(id, RolePatch::default()).await.err());
        standard(roles.grant(id, permission("a.b")).await.err());
        standard(roles.revoke(id, &permission("clients.read")).await.err());
        standard(roles.delete(id).await.err());
    }
}

async fn a_role_is_made_found_and_listed(people: People) {
    let tenant = people.as_admin().await;
    let roles = tenant.admin().expect("an admin").roles();
    let made = roles
        .create(new("support", &["clients.read", "emails.*"]))
        .await
        .expect("a role");
    let found = tenant.roles().get(made.role.id).await.expect("a look-up");
    assert_eq!(found, Some(made.clone()));
    let taken = roles.create(new("support", &[])).await;
    assert!(matches!(taken, Err(Error::Conflict { field }) if field == "key"));
    let members = tenant.admin().expect("an admin").members();
    members
        .set_roles(people.team.member, &["support"])
        .await
        .expect("assigned");
    let member = people.as_member().await;
    assert_eq!(member.role_keys(), ["support"]);
    assert!(member.can("emails.write") && !member.can("clients.write"));
}

async fn nobody_makes_a_role_beyond_themselves(people: People) {
    let tenant = people.as_admin().await;
    let roles = tenant.admin().expect("an admin").roles();
    for beyond in ["*", "*.*", "*.read", "invoices.read"] {
        let refused = roles.create(new("beyond", &[beyond])).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{beyond}");
    }
    let role = roles
        .create(new("within", &["clients.*"]))
        .await
        .expect("a role");
    let refused = roles.grant(role.role.id, permission("*")).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })));
}

async fn permissions_are_granted_and_revoked(people: People) {
    let tenant = people.as_owner().await;
    let roles = tenant.admin().expect("an admin").roles();
    let role = roles
        .create(new("support", &["clients.read"]))
        .await
        .expect("a role");
    let id = role.role.id;
    let more = roles
        .grant(id, permission("emails.read"))
        .await
        .expect("granted");
    assert!(more.permissions.allow("emails.read"));
    let same = roles
        .grant(id, permission("emails.read"))
        .await
        .expect("granted twice");
    assert_eq!(same.permissions, more.permissions);
    let less = roles
        .revoke(id, &permission("clients.read"))
        .await
        .expect("revoked");
    assert!(!less.permissions.allow("clients.read"));
    assert_eq!(tenant.roles().get(id).await.expect("a look-up"), Some(less));
}

async fn a_deleted_role_gives_nothing_until_it_is_restored(people: People) {
    let tenant = people.as_owner().await;
    let admin = tenant.admin().expect("an admin");
    let role = admin
        .roles()
        .create(new("support", &["clients.read"]))
        .await
        .expect("a role");
    admin
        .members()
        .set_roles(people.team.member, &["support"])
        .await
        .expect("assigned");
    let first = admin.roles().delete(role.role.id).await.expect("deleted");
    let again = admin.roles().delete(role.role.id).await.expect("a look");
    assert!(matches!(again, Deleted::Already { .. }) && again.at() == first.at());
    assert!(people.as_member().await.role_keys().is_empty());
    assert!(!people.as_member().await.can("clients.read"));
    assert_eq!(
        tenant.roles().get(role.role.id).await.expect("a look-up"),
        None
    );
    let granted = admin.members().grant(people.team.member, "support").await;
    assert!(
        matches!(granted, Err(Error::Invalid { .. })),
        "a deleted role cannot be granted"
    );
    let back = admin.roles().restore(role.role.id).await.expect("restored");
    assert!(back.permissions.allow("clients.read"));
    assert!(people.as_member().await.can("clients.read"));
}

async fn a_role_key_is_free_again_once_its_role_is_deleted(people: People) {
    let tenant = people.as_owner().await;
    let roles = tenant.admin().expect("an admin").roles();
    let old = roles.create(new("support", &[])).await.expect("a role");
    roles.delete(old.role.id).await.expect("deleted");
    let new = roles
        .create(new("support", &[]))
        .await
        .expect("the key is free");
    let refused = roles.restore(old.role.id).await;
    assert!(matches!(refused, Err(Error::Conflict { field }) if field == "key"));
    assert_ne!(old.role.id, new.role.id);
    assert_eq!(
        tenant.roles().get(old.role.id).await.expect("a look-up"),
        None
    );
}

async fn a_stale_update_is_a_conflict(people: People) {
    let tenant = people.as_owner().await;
    let roles = tenant.admin().expect("an admin").roles();
    let role = roles.create(new("support", &[])).await.expect("a role");
    let patch = |name: &str| RolePatch {
        name: Some(name.parse().expect("a name")),
        if_updated_at: Some(role.role.updated_at.to_utc()),
        ..Default::default()
    };
    let changed = roles
        .update(role.role.id, patch("First"))
        .await
        .expect("changed");
    assert_eq!(changed.role.name, "First");
    let stale = roles.update(role.role.id, patch("Second")).await;
    assert!(matches!(stale, Err(Error::Conflict { field }) if field == "updated_at"));
}

async fn a_role_of_another_application_is_not_found(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people
        .db
        .tenant(other.owner, other.application.id)
        .await
        .expect("an owner");
    let role = theirs
        .admin()
        .expect("an admin")
        .roles()
        .create(new("theirs", &[]))
        .await
        .expect("a role");
    let tenant = people.as_owner().await;
    let roles = tenant.admin().expect("an admin").roles();
    for id in [role.role.id, Uuid::nil()] {
        assert_eq!(tenant.roles().get(id).await.expect("a look-up"), None);
        assert!(matches!(
            roles.update(id, RolePatch::default()).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            roles.grant(id, permission("a.b")).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            roles.revoke(id, &permission("a.b")).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(roles.delete(id).await, Err(Error::NotFound)));
        assert!(matches!(roles.restore(id).await, Err(Error::NotFound)));
    }
    assert!(
        theirs
            .roles()
            .get(role.role.id)
            .await
            .expect("a look-up")
            .is_some()
    );
}

async fn an_admin_takes_nothing_that_an_admin_could_not_give(people: People) {
    let owner = people.as_owner().await;
    let roles = owner.admin().expect("an admin").roles();
    let role = roles
        .create(new("billing", &["invoices.*"]))
        .await
        .expect("a role");
    let id = role.role.id;
    let admin = people.as_admin().await;
    let theirs = admin.admin().expect("an admin").roles();
    for refused in [
        theirs.update(id, RolePatch::default()).await.err(),
        theirs.revoke(id, &permission("invoices.*")).await.err(),
        theirs.grant(id, permission("clients.read")).await.err(),
        theirs.delete(id).await.err(),
    ] {
        assert!(
            matches!(refused, Some(Error::Forbidden { .. })),
            "{refused:?}"
        );
    }
    let now = owner.roles().get(id).await.expect("a look-up");
    assert_eq!(now, Some(role));
}

async fn a_deleted_role_comes_back_to_those_who_had_it(people: People) {
    let tenant = people.as_owner().await;
    let admin = tenant.admin().expect("an admin");
    let role = admin
        .roles()
        .create(new("support", &[]))
        .await
        .expect("a role");
    let member = people.team.member;
    admin
        .members()
        .grant(member, "support")
        .await
        .expect("granted");
    admin.roles().delete(role.role.id).await.expect("deleted");
    // What happens meanwhile does not touch it.
    admin
        .members()
        .grant(member, "admin")
        .await
        .expect("granted");
    admin.roles().restore(role.role.id).await.expect("restored");
    assert_eq!(
        people.as_member().await.role_keys(),
        ["admin", "member", "support"]
    );
}
