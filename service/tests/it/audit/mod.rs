//! The audit: an event for each change, in chains that show where they were tampered with.

mod appending;
mod chains;
mod listing;
mod racing;
mod tampering;

use entity::{audit_chains, audit_details, audit_events};
use migration::testing::Backend;
use sea_orm::EntityTrait;
use service::audit::{AuditEvent, AuditFilter, Subject};
use service::{Change, ClientPatch, Config, Db, Error, NewClient, NewUser, Tenant, UserPatch};
use uuid::Uuid;

use crate::clients::create;
use crate::people::{People, with_people};

with_people!(
    an_event_tells_who_did_what_to_which_row_and_what_changed,
    the_system_acts_for_a_reason,
    what_is_rolled_back_leaves_no_event,
    a_savepoint_takes_its_own_events_with_it,
    it_can_be_turned_off,
    a_change_of_nothing_is_none,
    deleting_a_user_tells_each_application,
    an_outsider_is_recorded_as_whom_the_caller_names,
    an_event_is_part_of_the_statement_or_of_its_transaction,
);

pub(super) async fn events(tenant: &Tenant, filter: &AuditFilter) -> Vec<AuditEvent> {
    let audit = tenant.admin().expect("an admin").audit();
    audit.list(filter, 200, None).await.expect("events").items
}

pub(super) fn on(kind: &str, id: Uuid) -> AuditFilter {
    AuditFilter {
        subject: Some(Subject::new(kind, id)),
        ..AuditFilter::default()
    }
}

async fn an_event_tells_who_did_what_to_which_row_and_what_changed(people: People) {
    let member = people.as_member().await;
    let mut new = NewClient::new("Before".parse().expect("a name"));
    new.email = Some("client@clients.test".parse().expect("an address"));
    let client = member.clients().create(new).await.expect("a client");
    let patch = ClientPatch {
        name: Some("After".parse().expect("a name")),
        email: Change::Clear,
        ..ClientPatch::default()
    };
    let updated = member.clients().update(client.id, patch).await;
    updated.expect("updated");

    let admin = people.as_admin().await;
    let told = events(&admin, &on("clients", client.id)).await;
    let actions: Vec<_> = told.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["client.update", "client.create"], "newest first");
    let update = &told[0];
    assert_eq!(update.actor_id, Some(people.team.member));
    assert_eq!(update.application_id, Some(people.team.application.id));
    assert_eq!(
        update.detail,
        Some(serde_json::json!({ "changed": {
            "name": ["Before", "After"],
            "email": ["client@clients.test", null],
        }}))
    );
    let made = told[1].detail.as_ref().expect("a detail");
    assert_eq!(made["changed"]["name"], serde_json::json!([null, "Before"]));
}

async fn the_system_acts_for_a_reason(people: People) {
    let id = people.team.application.id;
    let system = people.db.system(id, "the nightly import").await;
    let system = system.expect("a tenant");
    let new = NewClient::new("Imported".parse().expect("a name"));
    let client = system.clients().create(new).await.expect("a client");
    let told = events(&system, &on("clients", client.id)).await;
    assert_eq!(told[0].actor_id, None);
    let detail = told[0].detail.as_ref().expect("a detail");
    assert_eq!(detail["reason"], "the nightly import");
    let entered = events(&system, &on("applications", id)).await;
    assert_eq!(entered[0].action, "application.act_as_system");
    for unusable in ["", "  ", "a\nb", &"x".repeat(2000)] {
        let refused = people.db.system(id, unusable).await;
        assert!(
            matches!(refused, Err(Error::Invalid { .. })),
            "{unusable:?}"
        );
    }
}

async fn what_is_rolled_back_leaves_no_event(people: People) {
    let before = stored(&people.db).await;
    let tenant = people.as_owner().await;
    let undone: Result<(), Error> = tenant
        .transaction(async |tenant| {
            let new = NewClient::new("Undone".parse()?);
            tenant.clients().create(new).await?;
            assert_eq!(tenant.db().audit().pending(), ["client.create"]);
            Err(Error::NotFound)
        })
        .await;
    undone.expect_err("undone");
    let conflicting = NewUser::new("owner@acme.test".parse().expect("an address"));
    let refused = people.db.users().create(conflicting).await;
    refused.expect_err("the address is taken");
    assert_eq!(stored(&people.db).await, before);
}

async fn a_savepoint_takes_its_own_events_with_it(people: People) {
    let tenant = people.as_owner().await;
    let named = |name: &str| NewClient::new(name.parse().expect("a name"));
    let kept = tenant
        .transaction(async |tenant| {
            let kept = tenant.clients().create(named("Kept")).await?;
            let inner: Result<(), Error> = tenant
                .transaction(async |tenant| {
                    tenant.clients().create(named("Undone")).await?;
                    Err(Error::NotFound)
                })
                .await;
            inner.expect_err("undone");
            Ok::<_, Error>(kept)
        })
        .await
        .expect("committed");
    let created = AuditFilter {
        action: Some("client.create".into()),
        ..AuditFilter::default()
    };
    let told = events(&tenant, &created).await;
    let subjects: Vec<_> = told.iter().map(|event| event.subject.id).collect();
    assert_eq!(subjects, [kept.id]);
}

async fn it_can_be_turned_off(people: People) {
    let config = Config::new(people.test.url()).audit(false);
    let silent = crate::rules::connect(config).await.expect("connects");
    let before = stored(&people.db).await;
    let id = people.team.application.id;
    let tenant = silent
        .tenant(people.team.owner, id)
        .await
        .expect("a member");
    let new = NewClient::new("Unrecorded".parse().expect("a name"));
    let client = tenant.clients().create(new).await.expect("a client");
    let clients = tenant.clients();
    let updated = clients.update(client.id, ClientPatch::default()).await;
    updated.expect("updated");
    tenant.clients().delete(client.id).await.expect("deleted");
    assert_eq!(stored(&people.db).await, before);
}

async fn a_change_of_nothing_is_none(people: People) {
    let tenant = people.as_owner().await;
    let client = create(&tenant, "Same").await;
    let before = stored(&people.db).await;
    let clients = tenant.clients();
    let same = clients.update(client.id, ClientPatch::default()).await;
    assert_eq!(same.expect("updated"), client);
    assert_eq!(stored(&people.db).await, before);
}

async fn deleting_a_user_tells_each_application(people: People) {
    people
        .db
        .users()
        .delete(people.team.member)
        .await
        .expect("deleted");
    let told = events(
        &people.as_owner().await,
        &on("application_memberships", people.team.member),
    )
    .await;
    assert_eq!(told[0].action, "membership.remove");
    let global = people.db.audit();
    let told = global
        .list(&on("users", people.team.member), 10, None)
        .await;
    let told = told.expect("events").items;
    assert_eq!(
        (told[0].action.as_str(), told[0].application_id),
        ("user.delete", None)
    );
}

async fn an_outsider_is_recorded_as_whom_the_caller_names(people: People) {
    let stranger = people.stranger("ada").await;
    let patch = || UserPatch {
        name: Change::Set("Ada".parse().expect("a name")),
        ..UserPatch::default()
    };
    let by_owner = people.db.acting_as(people.team.owner);
    by_owner
        .users()
        .update(stranger, patch())
        .await
        .expect("updated");
    let system = people.db.as_system("a clean-up").expect("a reason");
    system
        .users()
        .update(stranger, patch())
        .await
        .expect("updated");
    let told = people
        .db
        .audit()
        .list(&on("users", stranger), 10, None)
        .await;
    let told = told.expect("events").items;
    assert_eq!(told[1].actor_id, Some(people.team.owner));
    assert_eq!(told[0].actor_id, None);
    assert_eq!(
        told[0].detail.as_ref().expect("a detail")["reason"],
        "a clean-up"
    );
}

async fn an_event_is_part_of_the_statement_or_of_its_transaction(people: People) {
    migration::not_on_citus!(
        people.test,
        "what a row stands under is looked at again there, by a statement of its own"
    );
    // SQLite reads the chain's end, moves it on, and writes event and detail: there is no round trip to save.
    let event = match people.test.backend() {
        Backend::Postgres => 1,
        Backend::Sqlite => 4,
    };
    let tenant = people.as_owner().await;
    people.sent.take();
    let client = create(&tenant, "Acme").await;
    let sent = people.sent.take();
    match people.test.backend() {
        Backend::Postgres => {
            // With TEST_ISOLATION=database every statement of a tenant is a transaction.
            let is_bound = |sql: &&String| ["BEGIN", "COMMIT"].contains(&sql.as_str());
            let bounds = sent.iter().filter(is_bound).count();
            assert_eq!(sent.len() - bounds, 1, "the row and its event");
        }
        Backend::Sqlite => assert_eq!(sent.len(), 3 + event, "BEGIN, the row, COMMIT"),
    }
    let patch = ClientPatch {
        phone: Change::Set("1".parse().expect("a number")),
        ..ClientPatch::default()
    };
    let clients = tenant.clients();
    clients.update(client.id, patch).await.expect("updated");
    assert_eq!(people.sent.take().len(), 4 + event, "and what was before");
}

/// How many events, details and chains there are.
pub(super) async fn stored(db: &Db) -> (usize, usize, usize) {
    let events = audit_events::Entity::find().all(db).await.expect("events");
    let details = audit_details::Entity::find()
        .all(db)
        .await
        .expect("details");
    let chains = audit_chains::Entity::find().all(db).await.expect("chains");
    (events.len(), details.len(), chains.len())
}
