//! The mail of each side: domains, mailboxes and emails.

use service::{
    ChallengeRecord, Db, Direction, Domain, EmailRow, LocalPart, Mailbox, MessageId, NewDomain,
    NewEmail, NewMailbox, Tenant, User,
};
use uuid::Uuid;

use super::stage::Pair;

/// The domains and mailboxes of a side.
pub(crate) struct Mail {
    /// Both verified; the live one has a catch-all besides its mailboxes.
    pub(crate) domains: Pair<Domain>,
    /// Not verified.
    pub(crate) claim: Domain,
    /// Both under the live domain; that of the live member, and one whose mailbox is no more.
    pub(crate) mailboxes: Pair<Mailbox>,
}

pub(crate) async fn mail(tenant: &Tenant, slug: &str, member: &User) -> Mail {
    let domains = Pair {
        live: verified(tenant, &format!("{slug}.mail.test")).await,
        deleted: verified(tenant, &format!("{slug}-deleted.mail.test")).await,
    };
    let claim = domain(tenant, &format!("{slug}-claim.mail.test")).await;
    let local = |name: &str| name.parse().expect("a local part");
    let live = domains.live.id;
    let mailboxes = Pair {
        live: mailbox(tenant, live, local("live"), Some(member.id)).await,
        deleted: mailbox(tenant, live, local("deleted"), Some(member.id)).await,
    };
    mailbox(tenant, live, LocalPart::catch_all(), None).await;
    mailbox(tenant, domains.deleted.id, local("gone"), None).await;
    let deleted = tenant.mailboxes().delete(mailboxes.deleted.id).await;
    deleted.expect("deleted");
    let deleted = tenant.domains().delete(domains.deleted.id).await;
    deleted.expect("deleted");
    Mail {
        domains,
        claim,
        mailboxes,
    }
}

/// Rows that no application has.
pub(crate) fn unknown(db: &Db, id: Uuid) -> (Domain, Mailbox) {
    let now = db.clock().now().fixed_offset();
    let domain = Domain {
        application_id: id,
        id,
        name: "unknown.mail.test".into(),
        created_by: None,
        challenge: "A".repeat(43),
        verified_at: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        deletion_id: None,
    };
    let mailbox = Mailbox {
        application_id: id,
        id,
        domain_id: id,
        local_part: "live".into(),
        email: "live@unknown.mail.test".into(),
        user_id: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        deletion_id: None,
    };
    (domain, mailbox)
}

pub(crate) async fn domain(tenant: &Tenant, name: &str) -> Domain {
    let new = NewDomain {
        name: name.parse().expect("a domain"),
    };
    tenant.domains().create(new).await.expect("a claim")
}

pub(crate) async fn verified(tenant: &Tenant, name: &str) -> Domain {
    let claim = domain(tenant, name).await;
    let record = ChallengeRecord::of(&claim).value;
    let domain = tenant.domains().verify(claim.id, &[record]).await;
    domain.expect("verified")
}

async fn mailbox(
    tenant: &Tenant,
    domain_id: Uuid,
    local_part: LocalPart,
    user_id: Option<Uuid>,
) -> Mailbox {
    let new = NewMailbox {
        user_id,
        ..NewMailbox::new(domain_id, local_part)
    };
    tenant.mailboxes().create(new).await.expect("a mailbox")
}

/// A live and a deleted one, in the mailbox and attached to the member.
pub(crate) async fn emails(tenant: &Tenant, mailbox: &Mailbox, member: &User) -> Pair<EmailRow> {
    let emails = Pair {
        live: email(tenant, mailbox, member, "live").await,
        deleted: email(tenant, mailbox, member, "deleted").await,
    };
    let deleted = tenant.emails().delete(emails.deleted.id).await;
    deleted.expect("deleted");
    emails
}

async fn email(tenant: &Tenant, mailbox: &Mailbox, member: &User, name: &str) -> EmailRow {
    let guest = "guest@mail.test".parse().expect("an address");
    let at = tenant.db().clock().now();
    let new = NewEmail {
        to: vec![mailbox.email.parse().expect("an address")],
        subject: name.parse().expect("a subject"),
        message_id: Some(message_id(name)),
        mailbox_id: Some(mailbox.id),
        user_id: Some(member.id),
        ..NewEmail::new(Direction::Received, at, guest)
    };
    let recorded = tenant.emails().record(new).await;
    recorded.expect("recorded").message.email
}

pub(crate) fn message_id(name: &str) -> MessageId {
    format!("{name}@guest.mail.test").parse().expect("an id")
}
