//! Newcomers: user and membership are made both or neither.

use std::sync::Arc;

use entity::{application_memberships, membership_roles, users};
use sea_orm::{EntityTrait, PaginatorTrait};
use service::audit::{AuditFilter, Subject};
use service::{Db, Error, Member, NewRole, NewUser, Permission, Permissions, Tenant};

use crate::people::{People, sent, team, with_people};

with_people!(
    a_newcomer_is_user_and_member_at_once,
    a_newcomer_costs_one_round_trip,
    what_is_refused_makes_nobody,
    a_newcomer_gets_no_more_than_whoever_acts_has,
    what_is_refused_leaves_the_transaction_around_it_fit_for_use,
    of_many_who_sign_up_with_one_address_at_once_one_does,
    signing_up_while_the_application_is_deleted,
    signing_up_while_the_role_is_deleted,
);

fn new(address: &str) -> NewUser {
    NewUser::new(address.parse().expect("an address"))
}

async fn sign_up(tenant: &Tenant, new: NewUser, roles: &[&str]) -> Result<Member, Error> {
    tenant.admin()?.members().sign_up(new, roles).await
}

/// How many users, memberships and roles of members there are.
async fn stored(db: &Db) -> [u64; 3] {
    [
        users::Entity::find().count(db).await.expect("a count"),
        application_memberships::Entity::find()
            .count(db)
            .await
            .expect("a count"),
        membership_roles::Entity::find()
            .count(db)
            .await
            .expect("a count"),
    ]
}

async fn role(tenant: &Tenant, key: &str, permissions: &[&str]) -> service::Role {
    let new = NewRole {
        key: key.parse().expect("a key"),
        name: key.parse().expect("a name"),
        description: None,
        permissions: permissions
            .iter()
            .map(|permission| permission.parse().expect("a permission"))
            .collect(),
    };
    let roles = tenant.admin().expect("an admin").roles();
    roles.create(new).await.expect("a role")
}

async fn a_newcomer_is_user_and_member_at_once(people: People) {
    let tenant = people.as_admin().await;
    let newcomer = NewUser {
        username: Some("grace".parse().expect("a username")),
        name: Some("Grace Hopper".parse().expect("a name")),
        ..new("Grace@X.io.")
    };
    let roles = ["member", "admin", "member"];
    let member = sign_up(&tenant, newcomer, &roles).await.expect("signed up");
    assert_eq!(member.user.email, "grace@x.io");
    assert_eq!(member.user.username.as_deref(), Some("grace"));
    assert_eq!(member.user.email_verified_at, None);
    assert_eq!(member.role_keys(), ["admin", "member"]);
    let id = member.user.id;
    let user = people.db.users().get(id).await.expect("a look-up");
    assert_eq!(user.as_ref(), Some(&member.user));
    let read = tenant.members().get(id).await.expect("a look-up");
    assert_eq!(read.as_ref(), Some(&member));
    let held = membership_roles::Entity::find()
        .all(&people.db)
        .await
        .expect("rows");
    assert!(
        held.iter()
            .filter(|held| held.user_id == id)
            .all(|held| held.granted_by == Some(people.team.admin))
    );

    let entered = people.tenant(id).await;
    assert_eq!(entered.role_keys(), ["admin", "member"]);
    // Without a role too, as whoever is added.
    let nothing = sign_up(&tenant, new("none@x.io"), &[])
        .await
        .expect("signed up");
    assert!(nothing.roles.is_empty());
    let read = tenant.members().get(nothing.user.id).await;
    assert_eq!(read.expect("a look-up"), Some(nothing));

    let of = |kind: &str| AuditFilter {
        subject: Some(Subject::new(kind, id)),
        ..AuditFilter::default()
    };
    let made = people.db.audit().list(&of("users"), 10, None).await;
    let made = made.expect("events").items.pop().expect("an event");
    assert_eq!(
        (made.action.as_str(), made.application_id),
        ("user.create", None)
    );
    assert_eq!(made.actor_id, Some(people.team.admin));
    let detail = made.detail.expect("a detail");
    assert_eq!(
        detail["changed"]["username"],
        serde_json::json!([null, "grace"])
    );
    let audit = tenant.admin().expect("an admin").audit();
    let joined = audit.list(&of("application_memberships"), 10, None).await;
    let joined = joined.expect("events").items.pop().expect("an event");
    assert_eq!(joined.action, "membership.add");
    assert_eq!(joined.actor_id, Some(people.team.admin));
    assert_eq!(
        joined.detail.expect("a detail")["roles"],
        serde_json::json!(["member", "admin"])
    );
    let verified = people.db.audit().verify(&[]).await.expect("verified");
    assert_eq!(verified.broken, None);
}

async fn a_newcomer_costs_one_round_trip(people: People) {
    migration::not_on_citus!(
        people.test,
        "a newcomer is made table by table there, in a transaction"
    );
    let silent = people.unrecorded().await;
    let id = people.team.application.id;
    let own = silent
        .tenant(people.team.owner, id)
        .await
        .expect("its owner");
    let recorded = people.as_owner().await;
    for (tenant, address) in [(&own, "one@x.io"), (&recorded, "two@x.io")] {
        sent(&people);
        sign_up(tenant, new(address), &["member"])
            .await
            .expect("signed up");
        assert_eq!(sent(&people), 1);
    }
}

async fn what_is_refused_makes_nobody(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    role(&theirs.expect("its owner"), "special", &[]).await;
    let tenant = people.as_admin().await;
    let dead = role(&people.as_owner().await, "dead", &[]).await;
    let roles = tenant.admin().expect("an admin").roles();
    roles.delete(dead.role.id).await.expect("deleted");
    let taken = NewUser {
        username: Some("taken".parse().expect("a username")),
        ..new("taken@x.io")
    };
    people
        .db
        .users()
        .create(taken.clone())
        .await
        .expect("a user");
    let before = stored(&people.db).await;
    let events = crate::audit::stored(&people.db).await;

    for unknown in [
        "special",
        "dead",
        "nothing",
        "",
        "a,b",
        "member,admin",
        "'; --",
    ] {
        let refused = sign_up(&tenant, new("new@x.io"), &["member", unknown]).await;
        let is_roles = matches!(&refused, Err(Error::Invalid { field, .. }) if field == "roles");
        assert!(is_roles, "{unknown:?}: {refused:?}");
    }
    let refused = sign_up(&tenant, new("new@x.io"), &["owner"]).await;
    assert!(
        matches!(refused, Err(Error::Forbidden { .. })),
        "{refused:?}"
    );
    let refused = sign_up(&tenant, new("Taken@X.io"), &["member"]).await;
    let is_email = matches!(&refused, Err(Error::Conflict { field }) if field == "email");
    assert!(is_email, "{refused:?}");
    let named = NewUser {
        email: "new@x.io".parse().expect("an address"),
        ..taken
    };
    let refused = sign_up(&tenant, named, &["member"]).await;
    let is_username = matches!(&refused, Err(Error::Conflict { field }) if field == "username");
    assert!(is_username, "{refused:?}");

    let deleted = people.as_owner().await;
    let deleted = deleted.owner().expect("an owner");
    deleted.delete_application().await.expect("deleted");
    let [users, _, held] = before;
    for roles in [&[][..], &["member"], &["nothing"]] {
        let refused = sign_up(&tenant, new("new@x.io"), roles).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    }
    let after = stored(&people.db).await;
    assert_eq!((after[0], after[2]), (users, held));
    assert_eq!(
        crate::audit::stored(&people.db).await.0,
        events.0 + 1,
        "that the application was deleted"
    );
}

/// In the statement as in [`Permissions::cover`].
async fn a_newcomer_gets_no_more_than_whoever_acts_has(people: People) {
    let owner = people.as_owner().await;
    let managed = owner.admin().expect("an admin").members();
    for (n, (mine, given)) in [
        ("invoices.read", "invoices.read"),
        ("invoices.*", "invoices.read"),
        ("*.read", "invoices.read"),
        ("*.*", "invoices.read"),
        ("*", "invoices.read"),
        ("*", "*"),
        ("*.*", "*"),
        ("*", "*.*"),
        ("*.read", "*.read"),
        ("*.read", "*.write"),
        ("*.read", "*"),
        ("invoices.*", "*"),
        ("invoices.read", "invoices.*"),
        ("invoices.read", "invoices.write"),
        ("invoice.read", "invoices.read"),
    ]
    .into_iter()
    .enumerate()
    {
        let (has, gives) = (format!("has_{n}"), format!("gives_{n}"));
        role(&owner, &has, &[mine]).await;
        role(&owner, &gives, &["invoices.read", given]).await;
        let roles = ["admin", &has];
        let granted = managed.set_roles(people.team.admin, &roles).await;
        granted.expect("an owner may");
        let tenant = people.as_admin().await;
        let wanted: Permissions = ["invoices.read", given]
            .iter()
            .map(|text| text.parse::<Permission>().expect("a permission"))
            .collect();
        let expected = tenant.permissions().cover(&wanted);
        let done = sign_up(&tenant, new(&format!("{n}@x.io")), &[&gives, "member"]).await;
        match done {
            Ok(member) => assert!(expected && member.roles.len() == 2, "{mine} {given}"),
            Err(Error::Forbidden { .. }) => assert!(!expected, "{mine} {given}"),
            Err(error) => panic!("{error}"),
        }
    }
    let system = people.db.system(people.team.application.id, "an import");
    let system = system.await.expect("a tenant");
    let done = sign_up(&system, new("all@x.io"), &["gives_5", "owner"]).await;
    assert_eq!(done.expect("signed up").roles.len(), 2);
}

async fn what_is_refused_leaves_the_transaction_around_it_fit_for_use(people: People) {
    let tenant = people.as_owner().await;
    let before = stored(&people.db).await;
    let kept = tenant
        .transaction(async |tenant| {
            let refused = sign_up(tenant, new("member@acme.test"), &["member"]).await;
            assert!(
                matches!(refused, Err(Error::Conflict { .. })),
                "{refused:?}"
            );
            let refused = sign_up(tenant, new("one@x.io"), &["nothing"]).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
            sign_up(tenant, new("one@x.io"), &["member"]).await
        })
        .await;
    let kept = kept.expect("signed up");
    let read = tenant.members().get(kept.user.id).await;
    assert_eq!(read.expect("a look-up"), Some(kept));
    let undone = tenant
        .transaction(async |tenant| {
            sign_up(tenant, new("two@x.io"), &["member"]).await?;
            Err::<(), _>(Error::NotFound)
        })
        .await;
    undone.expect_err("undone");
    let after = stored(&people.db).await;
    assert_eq!(after, before.map(|rows| rows + 1));
}

async fn of_many_who_sign_up_with_one_address_at_once_one_does(people: People) {
    let other = team(&people.db, "other").await;
    let theirs = people.db.tenant(other.owner, other.application.id).await;
    let tenants = [people.as_owner().await, theirs.expect("its owner")];
    let before = stored(&people.db).await;
    let tasks: Vec<_> = (0..32)
        .map(|n| {
            let tenant = tenants[n % 2].clone();
            tokio::spawn(
                async move { sign_up(&tenant, new("same@x.io"), &["member", "admin"]).await },
            )
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(_) => won += 1,
            Err(Error::Conflict { field }) => assert_eq!(field, "email"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won, 1);
    let [users, memberships, held] = before;
    assert_eq!(
        stored(&people.db).await,
        [users + 1, memberships + 1, held + 2]
    );
    let verified = people.db.audit().verify(&[]).await.expect("verified");
    assert_eq!(verified.broken, None);
}

async fn signing_up_while_the_application_is_deleted(people: People) {
    let people = Arc::new(people);
    for round in 0..10 {
        let team = team(&people.db, &format!("race-{round}")).await;
        let id = team.application.id;
        let tenant = people.db.tenant(team.owner, id).await.expect("its owner");
        let deleting = {
            let db = people.db.clone();
            tokio::spawn(async move { db.applications().delete(id).await })
        };
        let address = format!("new-{round}@x.io");
        let signed_up = sign_up(&tenant, new(&address), &["member"]).await;
        deleting.await.expect("no panic").expect("deleted");
        let address = address.parse().expect("an address");
        let user = people.db.users().find_by_email(&address).await;
        let user = user.expect("a look-up");
        match signed_up {
            Ok(member) => {
                assert_eq!(user, Some(member.user.clone()));
                // It went with the application, and comes back with it.
                assert!(people.db.tenant(member.user.id, id).await.is_err());
                people.db.applications().restore(id).await.expect("back");
                people
                    .db
                    .tenant(member.user.id, id)
                    .await
                    .expect("a member");
            }
            Err(Error::NotFound) => assert_eq!(user, None, "round {round}"),
            Err(error) => panic!("{error}"),
        }
    }
}

async fn signing_up_while_the_role_is_deleted(people: People) {
    let tenant = people.as_owner().await;
    for round in 0..10 {
        let key = format!("role_{round}");
        let role = role(&tenant, &key, &[]).await;
        let deleting = {
            let tenant = tenant.clone();
            tokio::spawn(async move {
                let roles = tenant.admin().expect("an admin").roles();
                roles.delete(role.role.id).await
            })
        };
        let address = format!("new-{round}@x.io");
        let signed_up = sign_up(&tenant, new(&address), &["member", &key]).await;
        deleting.await.expect("no panic").expect("deleted");
        let address = address.parse().expect("an address");
        let user = people.db.users().find_by_email(&address).await;
        let user = user.expect("a look-up");
        match signed_up {
            Ok(member) => {
                assert_eq!(member.role_keys(), ["member", &key]);
                assert_eq!(user, Some(member.user.clone()));
                let now = tenant.members().get(member.user.id).await;
                let now = now.expect("a look-up").expect("a member");
                assert_eq!(now.role_keys(), ["member"]);
            }
            Err(Error::Invalid { field, .. }) => {
                assert_eq!(field, "roles");
                assert_eq!(user, None, "round {round}");
            }
            Err(error) => panic!("{error}"),
        }
    }
}
