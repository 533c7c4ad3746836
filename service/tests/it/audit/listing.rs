//! Reading the audit.

use service::audit::AuditFilter;
use service::{Error, NewApplication};

use super::{events, on};
use crate::clients::create;
use crate::people::{People, new_application, with_timed_people};

with_timed_people!(
    it_is_found_by_actor_action_subject_and_time,
    pages_follow_each_other_without_gap,
    only_admins_read_it_and_only_their_own,
);

async fn it_is_found_by_actor_action_subject_and_time(people: People) {
    let (member, admin) = (people.as_member().await, people.as_admin().await);
    let one = create(&member, "One").await;
    people.clock.advance(chrono::TimeDelta::hours(1));
    let noon = people.clock.now();
    let two = create(&admin, "Two").await;
    let found = async |filter: AuditFilter| -> Vec<_> {
        let told = events(&admin, &filter).await;
        told.iter().map(|event| event.subject.id).collect()
    };
    let created = || AuditFilter {
        action: Some("client.create".into()),
        ..AuditFilter::default()
    };
    assert_eq!(found(created()).await, [two.id, one.id]);
    assert_eq!(found(on("clients", one.id)).await, [one.id]);
    let by = |actor| AuditFilter {
        actor_id: Some(actor),
        ..created()
    };
    assert_eq!(found(by(people.team.member)).await, [one.id]);
    let from = AuditFilter {
        from: Some(noon),
        ..created()
    };
    assert_eq!(found(from).await, [two.id]);
    let until = AuditFilter {
        until: Some(noon),
        ..created()
    };
    assert_eq!(found(until).await, [one.id]);
    let odd = AuditFilter {
        action: Some("a\0b' OR 1=1".into()),
        ..AuditFilter::default()
    };
    assert!(found(odd).await.is_empty());
}

async fn pages_follow_each_other_without_gap(people: People) {
    let admin = people.as_admin().await;
    for name in ["a", "b", "c", "d", "e"] {
        create(&admin, name).await;
    }
    let all: Vec<_> = events(&admin, &AuditFilter::default()).await;
    let audit = admin.admin().expect("an admin").audit();
    let (mut paged, mut cursor) = (Vec::new(), None);
    loop {
        let page = audit
            .list(&AuditFilter::default(), 2, cursor.as_ref())
            .await;
        let page = page.expect("a page");
        paged.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(paged.len() >= 8);
    assert_eq!(paged, all);
}

async fn only_admins_read_it_and_only_their_own(people: People) {
    let member = people.as_member().await;
    assert!(matches!(member.admin(), Err(Error::Forbidden { .. })));
    let stranger = people.stranger("other").await;
    let new: NewApplication = new_application("other");
    let other = people.db.applications().create(stranger, new).await;
    let other = other.expect("an application");
    let theirs = people
        .db
        .tenant(stranger, other.id)
        .await
        .expect("a member");
    let client = create(&theirs, "Theirs").await;
    let admin = people.as_admin().await;
    assert_eq!(events(&admin, &on("clients", client.id)).await, []);
    assert_eq!(events(&theirs, &on("clients", client.id)).await.len(), 1);
}
