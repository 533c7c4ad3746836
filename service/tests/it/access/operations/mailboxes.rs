//! On the mailboxes of an application.

use service::{Change, MailboxFilter, MailboxPatch, NewMailbox, Pattern};

use super::{Operation, operations};
use crate::access::cell::{counted, deleted, found, ok, rows};

pub(super) fn operations() -> Vec<Operation> {
    [routing(), reading(), listing(), writing()].concat()
}

fn routing() -> Vec<Operation> {
    operations! { Everything:
        "Db::resolve_address" on "mailbox": |cell| {
            let address = cell.mailbox().email.parse()?;
            found(cell.db.resolve_address(&address).await)
        },
    }
}

fn reading() -> Vec<Operation> {
    operations! { Tenant:
        "Mailboxes::get" on "mailbox": |cell| {
            found(cell.tenant()?.mailboxes().get(cell.mailbox().id).await)
        },
        "Mailboxes::find_by_address" on "mailbox": |cell| {
            let address = cell.mailbox().email.parse()?;
            found(cell.tenant()?.mailboxes().find_by_address(&address).await)
        },
        "Mailboxes::resolve_address" on "mailbox": |cell| {
            let address = cell.mailbox().email.parse()?;
            found(cell.tenant()?.mailboxes().resolve_address(&address).await)
        },
        "Mailboxes::resolve_address" on "domain": |cell| {
            let address = format!("whoever@{}", cell.domain().name).parse()?;
            found(cell.tenant()?.mailboxes().resolve_address(&address).await)
        },
    }
}

fn listing() -> Vec<Operation> {
    operations! { Tenant:
        "Mailboxes::list" of Application: |cell| {
            rows(cell.tenant()?.mailboxes().list(&MailboxFilter::default(), 200, None).await)
        },
        "Mailboxes::list" on "domain": |cell| {
            let filter = MailboxFilter {
                domain_id: Some(cell.domain().id),
                ..MailboxFilter::default()
            };
            rows(cell.tenant()?.mailboxes().list(&filter, 200, None).await)
        },
        "Mailboxes::list" on "member": |cell| {
            let filter = MailboxFilter {
                user_id: Some(cell.member()),
                ..MailboxFilter::default()
            };
            rows(cell.tenant()?.mailboxes().list(&filter, 200, None).await)
        },
        "Mailboxes::count" of Application: |cell| {
            counted(cell.tenant()?.mailboxes().count(&MailboxFilter::default()).await)
        },
        "Mailboxes::count_by_domain" on "domain": |cell| {
            let filter = MailboxFilter {
                domain_id: Some(cell.domain().id),
                ..MailboxFilter::default()
            };
            let counts = cell.tenant()?.mailboxes().count_by_domain(&filter).await?;
            counted(Ok(counts.iter().map(|(_, count)| count).sum()))
        },
        "Mailboxes::holders" on "address": |cell| {
            let filter = MailboxFilter {
                address: Some(Pattern::is(&cell.mailbox().email)?),
                ..MailboxFilter::default()
            };
            rows(cell.tenant()?.mailboxes().holders(&filter, 200, None).await)
        },
    }
}

fn writing() -> Vec<Operation> {
    operations! { Tenant:
        "Mailboxes::create" on "domain": |cell| {
            let new = NewMailbox::new(cell.domain().id, "new".parse()?);
            ok(cell.tenant()?.mailboxes().create(new).await)
        },
        "Mailboxes::create" on "member": |cell| {
            let new = NewMailbox {
                user_id: Some(cell.member()),
                ..NewMailbox::new(cell.stage.own.mail.domains.live.id, "new".parse()?)
            };
            ok(cell.tenant()?.mailboxes().create(new).await)
        },
        "Mailboxes::update" on "mailbox": |cell| {
            let patch = MailboxPatch {
                user_id: Change::Clear,
                ..MailboxPatch::default()
            };
            ok(cell.tenant()?.mailboxes().update(cell.mailbox().id, patch).await)
        },
        "Mailboxes::update" on "member": |cell| {
            let patch = MailboxPatch {
                user_id: Change::Set(cell.member()),
                ..MailboxPatch::default()
            };
            let mailbox = cell.stage.own.mail.mailboxes.live.id;
            ok(cell.tenant()?.mailboxes().update(mailbox, patch).await)
        },
        "Mailboxes::delete" on "mailbox": |cell| {
            deleted(cell.tenant()?.mailboxes().delete(cell.mailbox().id).await)
        },
        "Mailboxes::restore" on "mailbox": |cell| {
            ok(cell.tenant()?.mailboxes().restore(cell.mailbox().id).await)
        },
    }
}
