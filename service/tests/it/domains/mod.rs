//! Domains: claimed by many, verified by one.

pub(crate) mod deleted;
mod listed;
mod verified;

use migration::testing::Backend;
use sea_orm::{ConnectionTrait, Statement};
use service::{ChallengeRecord, Domain, DomainFilter, Error, NewDomain, Tenant};
use uuid::Uuid;

pub(crate) use crate::access::mail::{domain as claim, verified as own};
use crate::people::{People, sent, team, with_people};

with_people!(
    a_domain_is_one_however_it_is_written,
    a_challenge_is_a_record_that_dns_can_hold,
    each_verb_sends_few_statements,
    another_application_s_domain_is_like_one_that_never_was,
);

/// An application of somebody else's.
pub(crate) async fn other(people: &People, slug: &str) -> Tenant {
    let team = team(&people.db, slug).await;
    let tenant = people.db.tenant(team.owner, team.application.id).await;
    tenant.expect("its owner")
}

pub(crate) async fn verify(tenant: &Tenant, domain: &Domain) -> service::Result<Domain> {
    let record = ChallengeRecord::of(domain).value;
    tenant.domains().verify(domain.id, &[record]).await
}

pub(crate) fn is_conflict<T>(result: &service::Result<T>, of: &str) -> bool {
    matches!(result, Err(Error::Conflict { field }) if field == of)
}

pub(crate) fn is_invalid<T>(result: &service::Result<T>, of: &str) -> bool {
    matches!(result, Err(Error::Invalid { field, .. }) if field == of)
}

/// The id as the backend's SQL writes it.
pub(crate) fn literal(people: &People, id: Uuid) -> String {
    match people.test.backend() {
        Backend::Postgres => format!("'{id}'"),
        Backend::Sqlite => format!("x'{}'", id.simple()),
    }
}

/// Sent as it is, past the door.
pub(crate) async fn raw(people: &People, sql: &str) -> service::Result<u64> {
    let statement = Statement::from_string(people.db.backend(), sql);
    let done = people.db.execute_raw(statement).await?;
    Ok(done.rows_affected())
}

async fn a_domain_is_one_however_it_is_written(people: People) {
    let tenant = people.as_admin().await;
    let domain = claim(&tenant, "EXÄMPLE.com.").await;
    assert_eq!(domain.name, "xn--exmple-cua.com");
    assert_eq!(domain.application_id, people.team.application.id);
    assert_eq!(domain.created_by, Some(people.team.admin));
    assert_eq!(domain.verified_at, None);
    for written in ["exämple.com", "XN--EXMPLE-CUA.COM", "ｅｘäｍｐｌｅ。com."] {
        let name = written.parse().expect("a domain");
        let again = NewDomain { name };
        let found = tenant.domains().find_by_name(&again.name).await;
        assert_eq!(
            found.expect("a look-up").as_ref(),
            Some(&domain),
            "{written}"
        );
        let again = tenant.domains().create(again).await;
        assert!(is_conflict(&again, "name"), "{written}: {again:?}");
    }
    let member = people.as_member().await;
    let new = NewDomain {
        name: "member.test".parse().expect("a domain"),
    };
    let refused = member.domains().create(new).await;
    assert!(
        matches!(refused, Err(Error::Forbidden { .. })),
        "{refused:?}"
    );
}

async fn a_challenge_is_a_record_that_dns_can_hold(people: People) {
    let tenant = people.as_owner().await;
    let domain = claim(&tenant, "acme.test").await;
    let record = ChallengeRecord::of(&domain);
    assert_eq!(record.name, "_aura-challenge.acme.test");
    let challenge = record.value.strip_prefix("aura-domain-verification=");
    // 256 bits in base64.
    assert_eq!(challenge.map(str::len), Some(43), "{}", record.value);
    let another = claim(&tenant, "acme.example").await;
    assert_ne!(another.challenge, domain.challenge);

    let label = "a".repeat(57);
    let longest = format!("{label}.{label}.{label}.{label}.test");
    assert_eq!(longest.len(), 236);
    let longest = claim(&tenant, &longest).await;
    assert!(ChallengeRecord::of(&longest).name.len() <= 253);
    let long = format!("{label}.{label}.{label}.{label}.tests1");
    let long = NewDomain {
        name: long.parse().expect("a domain"),
    };
    let refused = tenant.domains().create(long).await;
    assert!(is_invalid(&refused, "name"), "{refused:?}");
}

async fn each_verb_sends_few_statements(people: People) {
    migration::not_on_citus!(
        people.test,
        "what a row stands under is looked at again there, by a statement of its own"
    );
    let tenant = people.as_owner().await;
    let domains = tenant.domains();
    people.sent.take();
    let sent = || sent(&people);
    let domain = claim(&tenant, "acme.test").await;
    assert_eq!(sent(), 1, "create");
    verify(&tenant, &domain).await.expect("verified");
    assert_eq!(sent(), 1, "verify");
    verify(&tenant, &domain).await.expect("verified");
    assert_eq!(sent(), 2, "verify, again");
    domains.get(domain.id).await.expect("a look-up");
    assert_eq!(sent(), 1, "get");
    let all = DomainFilter::default();
    domains.list(&all, 10, None).await.expect("a page");
    assert_eq!(sent(), 1, "list");
    domains.release(domain.id).await.expect("released");
    assert_eq!(sent(), 1, "release");
    domains.delete(domain.id).await.expect("deleted");
    // The lock, the domain, its mailboxes, their mail.
    assert_eq!(sent(), 4, "delete");
}

async fn another_application_s_domain_is_like_one_that_never_was(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let theirs = own(&other, "theirs.test").await;
    let name = theirs.name.parse().expect("a domain");
    let record = ChallengeRecord::of(&theirs).value;
    for id in [theirs.id, people.db.new_id()] {
        let domains = tenant.domains();
        assert_eq!(domains.get(id).await.expect("a look-up"), None);
        let verified = domains.verify(id, &[&record]).await;
        assert!(matches!(verified, Err(Error::NotFound)), "{verified:?}");
        let released = domains.release(id).await;
        assert!(matches!(released, Err(Error::NotFound)), "{released:?}");
        let deleted = domains.delete(id).await;
        assert!(matches!(deleted, Err(Error::NotFound)), "{deleted:?}");
        let restored = domains.restore(id).await;
        assert!(matches!(restored, Err(Error::NotFound)), "{restored:?}");
    }
    let found = tenant.domains().find_by_name(&name).await;
    assert_eq!(found.expect("a look-up"), None);
    let there = other.domains().get(theirs.id).await.expect("a look-up");
    assert_eq!(there, Some(theirs), "as it was");
}
