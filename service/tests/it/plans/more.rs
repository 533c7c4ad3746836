//! What the table of operations does not ask: pages after the first, and each part of a filter.

use service::audit::{AuditFilter, Subject};
use service::{
    ClientFilter, ClientOrder, Direction, DomainFilter, Email, EmailFilter, MailDepth,
    MailboxFilter, NewEmail, NewMailbox, Pattern,
};

use crate::access::cell::{Answer, Cell, counted, ok, rows};
use crate::access::operations::{Operation, operations};
use crate::access::secrets::password;

pub(super) fn operations() -> Vec<Operation> {
    [everywhere(), inside(), audit(), mail(), of_emails()].concat()
}

fn everywhere() -> Vec<Operation> {
    operations! { Everything:
        "Users::list" of Nothing: |cell| {
            let first = cell.db.users().list(2, None).await?;
            rows(cell.db.users().list(200, first.next.as_ref()).await)
        },
        "Applications::list" of Nothing: |cell| {
            let first = cell.db.applications().list(1, None).await?;
            rows(cell.db.applications().list(200, first.next.as_ref()).await)
        },
        "Passwords::authenticate, from a source" on "user": |cell| {
            let email = cell.signs_in_as().0.parse()?;
            let source = Some("192.0.2.7".parse().expect("an address"));
            ok(cell.db.passwords().authenticate(&email, &password(), source).await)
        },
    }
}

fn audit() -> Vec<Operation> {
    operations! { Tenant:
        "AdminAudit::list, next" of Application: |cell| {
            let audit = cell.tenant()?.admin()?.audit();
            let first = audit.list(&AuditFilter::default(), 1, None).await?;
            ok(audit.list(&AuditFilter::default(), 50, first.next.as_ref()).await)
        },
        "AdminAudit::list, subject" of Application: |cell| {
            let filter = AuditFilter {
                subject: Some(Subject::new("clients", cell.client())),
                ..AuditFilter::default()
            };
            ok(cell.tenant()?.admin()?.audit().list(&filter, 50, None).await)
        },
        "AdminAudit::list, actor" of Application: |cell| {
            let filter = AuditFilter {
                actor_id: Some(cell.member()),
                ..AuditFilter::default()
            };
            ok(cell.tenant()?.admin()?.audit().list(&filter, 50, None).await)
        },
        "AdminAudit::list, action and time" of Application: |cell| {
            let now = cell.db.clock().now();
            let filter = AuditFilter {
                action: Some("client.update".into()),
                from: Some(now - chrono::TimeDelta::hours(1)),
                until: Some(now),
                ..AuditFilter::default()
            };
            ok(cell.tenant()?.admin()?.audit().list(&filter, 50, None).await)
        },
    }
}

fn inside() -> Vec<Operation> {
    operations! { Tenant:
        "ManagedInvitations::list, next" of Application: |cell| {
            let invitations = cell.admin()?.invitations();
            let first = invitations.list(1, None).await?;
            rows(invitations.list(50, first.next.as_ref()).await)
        },
        "Members::list, next" of Application: |cell| {
            let members = cell.tenant()?.members();
            let first = members.list(2, None).await?;
            rows(members.list(50, first.next.as_ref()).await)
        },
        "Roles::list, next" of Application: |cell| {
            let roles = cell.tenant()?.roles();
            let first = roles.list(2, None).await?;
            rows(roles.list(50, first.next.as_ref()).await)
        },
        "Clients::list, next by id" of Application: |cell| {
            let clients = cell.tenant()?.clients();
            let all = ClientFilter::default();
            let first = clients.list(&all, ClientOrder::Id, 1, None).await?;
            rows(clients.list(&all, ClientOrder::Id, 50, first.next.as_ref()).await)
        },
        "Clients::list, next by name" of Application: |cell| {
            let clients = cell.tenant()?.clients();
            let all = ClientFilter::default();
            let first = clients.list(&all, ClientOrder::Name, 1, None).await?;
            rows(clients.list(&all, ClientOrder::Name, 50, first.next.as_ref()).await)
        },
        "Clients::list, assigned by id" of Application: |cell| {
            let filter = ClientFilter {
                assigned_to: Some(cell.member()),
                ..ClientFilter::default()
            };
            rows(cell.tenant()?.clients().list(&filter, ClientOrder::Id, 50, None).await)
        },
        "Clients::list, text" of Application: |cell| {
            let filter = ClientFilter {
                text: Some("client 77".to_owned()),
                ..ClientFilter::default()
            };
            rows(cell.tenant()?.clients().list(&filter, ClientOrder::Name, 50, None).await)
        },
        "Clients::list, created" of Application: |cell| {
            let now = cell.db.clock().now();
            let filter = ClientFilter {
                created_from: Some(now - chrono::TimeDelta::hours(3)),
                created_until: Some(now - chrono::TimeDelta::hours(1)),
                ..ClientFilter::default()
            };
            rows(cell.tenant()?.clients().list(&filter, ClientOrder::Id, 50, None).await)
        },
        "Clients::count, created" of Application: |cell| {
            let now = cell.db.clock().now();
            let filter = ClientFilter {
                created_from: Some(now - chrono::TimeDelta::hours(3)),
                created_until: Some(now - chrono::TimeDelta::hours(1)),
                ..ClientFilter::default()
            };
            let count = cell.tenant()?.clients().count(&filter).await;
            crate::access::cell::counted(count)
        },
    }
}

fn of_emails() -> Vec<Operation> {
    operations! { Tenant:
        "Emails::list, next of mailbox" of Application: |cell| {
            let filter = EmailFilter::mailbox(cell.mailbox().id);
            emails(cell, &filter).await
        },
        "Emails::list, next sent of mailbox" of Application: |cell| {
            let filter = EmailFilter {
                direction: Some(Direction::Sent),
                ..EmailFilter::mailbox(cell.mailbox().id)
            };
            emails(cell, &filter).await
        },
        "Emails::list, next received of mailbox" of Application: |cell| {
            let filter = EmailFilter {
                direction: Some(Direction::Received),
                ..EmailFilter::mailbox(cell.mailbox().id)
            };
            emails(cell, &filter).await
        },
        "Emails::list, next of all" of Application: |cell| {
            emails(cell, &EmailFilter::default()).await
        },
        "Emails::list, next of thread" of Application: |cell| {
            emails(cell, &EmailFilter::thread(cell.email())).await
        },
        "Emails::list, between" of Application: |cell| {
            let now = cell.db.clock().now();
            let filter = EmailFilter {
                user_id: Some(cell.member()),
                from: Some(now - chrono::TimeDelta::hours(3)),
                until: Some(now),
                ..EmailFilter::default()
            };
            emails(cell, &filter).await
        },
        "Emails::count, sent of mailbox" of Application: |cell| {
            let filter = EmailFilter {
                direction: Some(Direction::Sent),
                ..EmailFilter::mailbox(cell.mailbox().id)
            };
            counted(cell.tenant()?.emails().count(&filter).await)
        },
        "Emails::find_by_message_id, in none" of Application: |cell| {
            let id = "5@many.test".parse()?;
            let found = cell.tenant()?.emails().find_by_message_id(None, &id).await;
            crate::access::cell::found(found)
        },
        "Emails::count_by_mailbox, many" of Application: |cell| {
            let mut ids: Vec<_> = (0..19).map(|_| cell.db.new_id()).collect();
            ids.push(cell.mailbox().id);
            let counts = cell.tenant()?.emails().count_by_mailbox(&ids).await?;
            counted(Ok(counts.iter().sum()))
        },
        "Emails::search, rare" of Application: |cell| {
            let (text, all) = ("subject 77".parse()?, EmailFilter::default());
            rows(cell.tenant()?.emails().search(&text, &all, 50, None).await)
        },
        "Emails::search, mailbox" of Application: |cell| {
            let text = "subject or body".parse()?;
            let filter = EmailFilter::mailbox(cell.mailbox().id);
            rows(cell.tenant()?.emails().search(&text, &filter, 50, None).await)
        },
    }
}

fn mail() -> Vec<Operation> {
    let domains = operations! { Tenant:
        "Domains::list, next" of Application: |cell| {
            let (domains, all) = (cell.tenant()?.domains(), DomainFilter::default());
            let first = domains.list(&all, 1, None).await?;
            rows(domains.list(&all, 50, first.next.as_ref()).await)
        },
        "Domains::list, name" of Application: |cell| {
            rows(cell.tenant()?.domains().list(&named("77")?, 50, None).await)
        },
        "Domains::list_with_mail, deep" of Application: |cell| {
            let (all, depth) = (DomainFilter::default(), MailDepth { mailboxes: 5, emails: 20 });
            rows(cell.tenant()?.domains().list_with_mail(&all, depth, 200, None).await)
        },
        "Domains::claimants, name" of Application: |cell| {
            rows(cell.tenant()?.domains().claimants(&named("77")?, 50, None).await)
        },
    };
    let mailboxes = operations! { Tenant:
        "Mailboxes::list, next" of Application: |cell| {
            let (mailboxes, all) = (cell.tenant()?.mailboxes(), MailboxFilter::default());
            let first = mailboxes.list(&all, 1, None).await?;
            rows(mailboxes.list(&all, 50, first.next.as_ref()).await)
        },
        "Mailboxes::list, address" of Application: |cell| {
            rows(cell.tenant()?.mailboxes().list(&addressed()?, 50, None).await)
        },
        "Mailboxes::list, domain" of Application: |cell| {
            let filter = MailboxFilter {
                domain: Some(DomainFilter {
                    name: Some(Pattern::is(&cell.domain().name)?),
                    ..DomainFilter::default()
                }),
                ..MailboxFilter::default()
            };
            rows(cell.tenant()?.mailboxes().list(&filter, 50, None).await)
        },
        "Mailboxes::holders, pattern" of Application: |cell| {
            rows(cell.tenant()?.mailboxes().holders(&addressed()?, 50, None).await)
        },
        "Mailboxes::create, not verified" of Application: |cell| {
            let new = NewMailbox::new(cell.claim().0, "new".parse()?);
            ok(cell.tenant()?.mailboxes().create(new).await)
        },
    };
    [domains, mailboxes].concat()
}

fn named(part: &str) -> service::Result<DomainFilter> {
    Ok(DomainFilter {
        name: Some(Pattern::contains(part)?),
        ..DomainFilter::default()
    })
}

fn addressed() -> service::Result<MailboxFilter> {
    Ok(MailboxFilter {
        address: Some(Pattern::ends_with("77.test")?),
        ..MailboxFilter::default()
    })
}

/// The first page, and the one after.
async fn emails(cell: &Cell<'_>, filter: &EmailFilter) -> Answer {
    let emails = cell.tenant()?.emails();
    let at = cell.db.clock().now();
    let from: Email = "guest@mail.test".parse()?;
    let direction = filter.direction.unwrap_or(Direction::Sent);
    // There are two at least.
    for _ in 0..2 {
        let new = NewEmail {
            mailbox_id: filter.mailbox_id,
            ..NewEmail::new(direction, at, from.clone())
        };
        emails.record(new).await?;
    }
    let first = emails.list(filter, 1, None).await?;
    rows(emails.list(filter, 50, first.next.as_ref()).await)
}
