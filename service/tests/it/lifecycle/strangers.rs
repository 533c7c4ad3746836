//! What is somebody else's is neither told to a user nor erased with one, whatever address the user claims.

use sea_orm::{ConnectionTrait, DbBackend, Value};
use serde_json::Value as Json;
use service::{
    ChallengeRecord, Change, ClientPatch, Db, Direction, NewClient, NewDomain, NewEmail,
    NewInvitation, NewMailbox, NewUser, Tenant,
};
use uuid::Uuid;

use super::leftovers::{dump, found};
use super::somebody::{proved, somebody};
use crate::people::{People, new_application, with_people};

with_people!(
    an_unproved_address_opens_and_erases_nothing_of_others,
    an_address_that_ends_like_the_users_is_anothers,
    the_address_of_a_membership_counts_in_its_application,
    broken_off_after_the_memberships_it_is_finished,
    what_is_written_meanwhile_is_not_lost,
    the_audit_forgets_a_client_who_is_the_person,
    a_mailbox_of_a_long_domain_gets_another_address,
);

async fn signed_up(db: &Db, address: &str) -> Uuid {
    let mut new = NewUser::new(address.parse().expect("an address"));
    new.name = Some("Support".parse().expect("a name"));
    db.users().create(new).await.expect("a user").id
}

async fn run(db: &Db, sql: &str, values: impl IntoIterator<Item = Value>) {
    let statement = sea_orm::Statement::from_sql_and_values(db.backend(), sql, values);
    db.execute_raw(statement).await.expect("done");
}

async fn client(tenant: &Tenant, name: &str, address: &str) -> Uuid {
    let mut new = NewClient::new(name.parse().expect("a name"));
    new.email = Some(address.parse().expect("an address"));
    tenant.clients().create(new).await.expect("a client").id
}

async fn mailbox(tenant: &Tenant, local: &str, domain: &str, user_id: Option<Uuid>) -> Uuid {
    let domain = NewDomain {
        name: domain.parse().expect("a domain"),
    };
    let domain = tenant.domains().create(domain).await.expect("a claim");
    let record = ChallengeRecord::of(&domain).value;
    let domains = tenant.domains();
    domains
        .verify(domain.id, &[record])
        .await
        .expect("verified");
    let new = NewMailbox {
        user_id,
        ..NewMailbox::new(domain.id, local.parse().expect("a local part"))
    };
    tenant.mailboxes().create(new).await.expect("a mailbox").id
}

/// The rows of the one that are not in the other.
fn differing(after: &[(String, String)], before: &[(String, String)]) -> Vec<(String, String)> {
    let one_way = |of: &[(String, String)], other: &[(String, String)]| {
        let rows = of.iter().filter(|row| !other.contains(row)).cloned();
        rows.collect::<Vec<_>>()
    };
    [one_way(after, before), one_way(before, after)].concat()
}

/// All that applications have, what the audit tells aside.
async fn tenants(db: &Db) -> Vec<(String, String)> {
    const OF_USERS: [&str; 6] = [
        "users.",
        "user_passwords.",
        "sessions.",
        "verification_tokens.",
        "sign_in_throttles.",
        "audit_",
    ];
    let mut all = dump(db).await;
    all.retain(|(place, _)| !OF_USERS.iter().any(|table| place.starts_with(table)));
    all.sort();
    all
}

async fn exported(db: &Db, id: Uuid) -> Json {
    let mut out = Vec::new();
    let lifecycle = db.lifecycle();
    lifecycle.export_user(id, &mut out).await.expect("exported");
    serde_json::from_slice(&out).expect("JSON")
}

async fn an_unproved_address_opens_and_erases_nothing_of_others(people: People) {
    let (db, address) = (&people.db, "support@victim.test");
    let tenant = people.as_owner().await;
    let mailbox = mailbox(&tenant, "support", "victim.test", None).await;
    client(&tenant, "Support", address).await;
    let now = db.clock().now();
    let mut new = NewEmail::new(Direction::Received, now, address.parse().expect("one"));
    new.to = vec![address.parse().expect("one")];
    new.body = format!("Support is {address}").parse().expect("a text");
    new.mailbox_id = Some(mailbox);
    tenant.emails().record(new).await.expect("recorded");
    let invitation = NewInvitation {
        email: address.parse().expect("an address"),
        roles: vec!["member".parse().expect("a key")],
    };
    let invitations = tenant.admin().expect("an admin").invitations();
    invitations.create(invitation, None).await.expect("invited");
    // Deleting a user revokes what was offered to the address: that is no affair of the erasing.
    let theirs = async || {
        let mut all = tenants(db).await;
        all.retain(|(place, _)| {
            !["invitations.revoked_at", "invitations.updated_at"].contains(&place.as_str())
        });
        all
    };
    let before = theirs().await;
    assert!(before.iter().any(|(place, _)| place == "mailboxes.email"));

    let squatter = signed_up(db, address).await;
    let document = exported(db, squatter).await;
    assert_eq!(document["user"]["email"], address);
    for list in ["emails", "invitations", "mailboxes"] {
        assert_eq!(document[list], Json::Array(Vec::new()), "{list}");
    }
    db.lifecycle().erase_user(squatter).await.expect("erased");
    assert_eq!(differing(&theirs().await, &before), []);
    let left = found(db, &[address]).await;
    assert!(left.iter().all(|place| !place.contains(" in users.")));
    // The same address, proved: it is the person's in mail, and the mailbox is the application's still.
    let owner = signed_up(db, address).await;
    proved(db, owner).await;
    let document = exported(db, owner).await;
    assert_eq!(document["emails"].as_array().expect("a list").len(), 1);
    db.lifecycle().erase_user(owner).await.expect("erased");
    let left = found(db, &[address]).await;
    let kept =
        |place: &String| place.contains(" in mailboxes.") || place.contains(" in audit_details.");
    assert!(!left.is_empty() && left.iter().all(kept), "{left:?}");
}

async fn an_address_that_ends_like_the_users_is_anothers(people: People) {
    let (db, tenant) = (&people.db, people.as_owner().await);
    let person = signed_up(db, "brien@x.io").await;
    proved(db, person).await;
    let others = [
        "o'brien@x.io",
        "nabrien@x.io",
        "o=brien@x.io",
        "o/brien@x.io",
    ];
    for other in others {
        signed_up(db, other).await;
        let id = client(&tenant, "Somebody", other).await;
        let metadata = serde_json::json!({"cc": other});
        let patch = ClientPatch {
            metadata: Some(metadata.try_into().expect("metadata")),
            ..ClientPatch::default()
        };
        tenant.clients().update(id, patch).await.expect("changed");
    }
    let before = tenants(db).await;
    db.lifecycle().erase_user(person).await.expect("erased");
    let after = tenants(db).await;
    assert_eq!(differing(&after, &before), [], "not even touched");
    for other in others {
        let address = other.parse().expect("an address");
        let user = db.users().find_by_email(&address).await.expect("a query");
        assert!(user.is_some(), "{other}");
    }
}

/// A member of the team with an address of its own there.
async fn member(people: &People, address: &str) -> (Uuid, Tenant) {
    let (db, tenant) = (&people.db, people.as_owner().await);
    let person = signed_up(db, "person@own.test").await;
    let members = tenant.admin().expect("an admin").members();
    members.add(person, &["member"]).await.expect("a member");
    let sql =
        "UPDATE application_memberships SET email = $1 WHERE application_id = $2 AND user_id = $3";
    let values = [
        address.into(),
        tenant.application_id().into(),
        person.into(),
    ];
    run(db, sql, values).await;
    (person, tenant)
}

async fn the_address_of_a_membership_counts_in_its_application(people: People) {
    let (db, address) = (&people.db, "alias@team.test");
    let (person, tenant) = member(&people, address).await;
    let here = client(&tenant, "Whoever", address).await;
    let owner = people.team.owner;
    let applications = db.applications();
    let other = applications.create(owner, new_application("other"));
    let other = other.await.expect("made").id;
    let other = db.tenant(owner, other).await.expect("an owner");
    let there = client(&other, "Whoever", address).await;
    db.lifecycle().erase_user(person).await.expect("erased");
    let here = tenant.clients().get(here).await.expect("a query");
    assert_eq!(here.expect("a client").email, None);
    let there = other.clients().get(there).await.expect("a query");
    assert_eq!(there.expect("a client").email.as_deref(), Some(address));
}

async fn broken_off_after_the_memberships_it_is_finished(people: People) {
    let (db, address) = (&people.db, "alias@team.test");
    let (person, tenant) = member(&people, address).await;
    client(&tenant, "Whoever", address).await;
    let (refuse, allow): (&[&str], _) = match db.backend() {
        DbBackend::Sqlite => (
            &[
                "CREATE TRIGGER refuse BEFORE UPDATE ON clients BEGIN SELECT RAISE(ABORT, 'no'); END",
            ],
            "DROP TRIGGER refuse",
        ),
        // No table has triggers there.
        _ if db.is_on_citus() => (
            &[&crate::people::withhold("UPDATE", "clients")],
            "GRANT UPDATE ON clients TO CURRENT_USER",
        ),
        _ => (
            &[
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'",
                "CREATE TRIGGER refuse BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION refuse()",
            ],
            "DROP TRIGGER refuse ON clients",
        ),
    };
    for sql in refuse {
        run(db, sql, []).await;
    }
    let broken = db.lifecycle().erase_user(person).await;
    assert!(broken.is_err(), "{broken:?}");
    run(db, allow, []).await;
    db.lifecycle().erase_user(person).await.expect("erased");
    let left = found(db, &[address]).await;
    assert!(left.is_empty(), "{left:?}");
}

async fn what_is_written_meanwhile_is_not_lost(people: People) {
    let (db, tenant) = (&people.db, people.as_owner().await);
    let person = signed_up(db, "person@own.test").await;
    proved(db, person).await;
    let id = client(&tenant, "Before", "person@own.test").await;
    let (erasing, started) = (db.clone(), std::time::Duration::from_millis(400));
    let task = db
        .transaction(async |db| {
            let sql = "UPDATE clients SET name = 'Meanwhile', phone = '+49 30 1' WHERE id = $1";
            run(db, sql, [id.into()]).await;
            let erase = async move { erasing.lifecycle().erase_user(person).await };
            let task = tokio::spawn(erase);
            tokio::time::sleep(started).await;
            Ok::<_, service::Error>(task)
        })
        .await;
    let erased = task.expect("committed").await.expect("no panic");
    erased.expect("erased");
    let row = tenant.clients().get(id).await.expect("a query");
    let row = row.expect("a client");
    assert_eq!((row.name.as_str(), row.email), ("Meanwhile", None));
    assert_eq!(row.phone.as_deref(), Some("+49 30 1"));
}

async fn the_audit_forgets_a_client_who_is_the_person(people: People) {
    let person = somebody(&people).await;
    let db = &people.db;
    let patch = ClientPatch {
        phone: Change::Set("+49 30 5555".parse().expect("a phone")),
        ..ClientPatch::default()
    };
    let clients = person.tenant.clients();
    clients
        .update(person.others.about, patch)
        .await
        .expect("changed");
    let mut other = NewClient::new("Other".parse().expect("a name"));
    other.phone = Some("+49 30 4711".parse().expect("a phone"));
    clients.create(other).await.expect("a client");
    let phones = ["+49 30 5555", "+49 30 9876", "4930 5555", "49305555"];
    assert!(!found(db, &phones).await.is_empty());
    db.lifecycle()
        .erase_user(person.user.id)
        .await
        .expect("erased");
    let left = found(db, &phones).await;
    assert!(left.is_empty(), "{left:?}");
    let others = found(db, &["+49 30 4711", "+49304711"]).await;
    let told = others.iter().any(|place| place.contains("audit_details"));
    assert!(told, "those of other clients stay: {others:?}");
}

async fn a_mailbox_of_a_long_domain_gets_another_address(people: People) {
    let (db, tenant) = (&people.db, people.as_owner().await);
    let label = "d".repeat(60);
    let domain = format!("{label}.{label}.{label}.{}.test", "d".repeat(48));
    let address = format!("zo@{domain}");
    let person = signed_up(db, &address).await;
    let members = tenant.admin().expect("an admin").members();
    members.add(person, &["member"]).await.expect("a member");
    let id = mailbox(&tenant, "zo", &domain, Some(person)).await;
    db.lifecycle().erase_user(person).await.expect("erased");
    let row = tenant.mailboxes().get(id).await.expect("a query");
    let row = row.expect("a mailbox");
    assert!(row.email.ends_with(&domain) && row.email != address);
    assert!(row.user_id.is_none() && row.email.len() <= 254);
}
