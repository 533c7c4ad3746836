//! Whose a mailbox is while members come and go.

use service::{Change, Error, Mailbox, MailboxFilter, MailboxPatch, Tenant};
use uuid::Uuid;

use super::new;
use crate::domains::{other, own};
use crate::people::{People, with_people};

with_people!(
    a_mailbox_is_a_live_member_s_or_nobody_s,
    who_comes_back_has_the_mailbox_again_and_who_joins_anew_has_not,
    members_leave_while_mailboxes_are_given_to_them,
);

async fn assign(tenant: &Tenant, id: Uuid, user_id: Uuid) -> service::Result<Mailbox> {
    let patch = MailboxPatch {
        user_id: Change::Set(user_id),
        ..MailboxPatch::default()
    };
    tenant.mailboxes().update(id, patch).await
}

async fn holder(tenant: &Tenant, id: Uuid) -> Option<Uuid> {
    let mailbox = tenant.mailboxes().get(id).await.expect("a look-up");
    mailbox.expect("there").user_id
}

async fn theirs(tenant: &Tenant, user_id: Uuid) -> u64 {
    let filter = MailboxFilter {
        user_id: Some(user_id),
        ..MailboxFilter::default()
    };
    tenant.mailboxes().count(&filter).await.expect("a count")
}

async fn a_mailbox_is_a_live_member_s_or_nobody_s(people: People) {
    let tenant = people.as_owner().await;
    let other = other(&people, "other").await;
    let domain = own(&tenant, "acme.test").await;
    let gone = people.team.admin;
    let members = tenant.admin().expect("an admin").members();
    members.remove(gone).await.expect("removed");
    let stranger = people.stranger("nobody").await;
    let elsewhere = other.user_id().expect("its owner");
    let sales = new(domain.id, "sales");
    for user_id in [gone, stranger, elsewhere, people.db.new_id()] {
        let mut refused = sales.clone();
        refused.user_id = Some(user_id);
        let refused = tenant.mailboxes().create(refused).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    }
    let sales = tenant.mailboxes().create(sales).await.expect("a mailbox");
    for user_id in [gone, stranger, elsewhere, people.db.new_id()] {
        let refused = assign(&tenant, sales.id, user_id).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    }
    assert_eq!(holder(&tenant, sales.id).await, None);
    let given = assign(&tenant, sales.id, people.team.member).await;
    assert_eq!(given.expect("given").user_id, Some(people.team.member));
    let nothing = tenant
        .mailboxes()
        .update(sales.id, MailboxPatch::default())
        .await;
    assert_eq!(nothing.expect("as it is").user_id, Some(people.team.member));
}

async fn who_comes_back_has_the_mailbox_again_and_who_joins_anew_has_not(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let member = people.team.member;
    let mut boxes = Vec::new();
    for name in ["sales", "gone"] {
        let mut mailbox = new(domain.id, name);
        mailbox.user_id = Some(member);
        boxes.push(
            tenant
                .mailboxes()
                .create(mailbox)
                .await
                .expect("a mailbox")
                .id,
        );
    }
    let [sales, gone] = boxes[..] else {
        panic!("two")
    };
    tenant.mailboxes().delete(gone).await.expect("deleted");
    let members = tenant.admin().expect("an admin").members();
    members.remove(member).await.expect("removed");
    assert_eq!(theirs(&tenant, member).await, 0, "of no member");
    members.restore(member).await.expect("restored");
    assert_eq!(theirs(&tenant, member).await, 1);

    members.remove(member).await.expect("removed");
    members.add(member, &["member"]).await.expect("joined anew");
    assert_eq!(theirs(&tenant, member).await, 0);
    assert_eq!(holder(&tenant, sales).await, None, "shared");
    tenant.mailboxes().restore(gone).await.expect("restored");
    assert_eq!(
        holder(&tenant, gone).await,
        None,
        "shared, for it was theirs before"
    );
}

async fn members_leave_while_mailboxes_are_given_to_them(people: People) {
    let tenant = people.as_owner().await;
    let domain = own(&tenant, "acme.test").await;
    let member = people.team.member;
    let sales = tenant.mailboxes().create(new(domain.id, "sales")).await;
    let sales = sales.expect("a mailbox").id;
    for round in 0..10 {
        let members = tenant.admin().expect("an admin").members();
        let give = async {
            let mut mailbox = new(domain.id, &format!("m{round}"));
            mailbox.user_id = Some(member);
            let made = tenant.mailboxes().create(mailbox).await;
            let given = assign(&tenant, sales, member).await;
            for done in [made, given] {
                assert!(matches!(done, Ok(_) | Err(Error::NotFound)), "{done:?}");
            }
        };
        let (removed, ()) = tokio::join!(members.remove(member), give);
        removed.expect("removed");
        let give_again = async {
            let given = assign(&tenant, sales, member).await;
            assert!(matches!(given, Ok(_) | Err(Error::NotFound)), "{given:?}");
        };
        let (added, ()) = tokio::join!(members.add(member, &["member"]), give_again);
        added.expect("joined anew");
    }
}
