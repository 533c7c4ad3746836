//! On the emails of an application.

use service::{Direction, EmailFilter, NewEmail};

use super::{Operation, operations};
use crate::access::cell::{Cell, changed, counted, deleted, found, ok, rows};
use crate::access::mail::message_id;

pub(super) fn operations() -> Vec<Operation> {
    [reading(), listing(), recording(), writing()].concat()
}

fn reading() -> Vec<Operation> {
    operations! { Tenant:
        "Emails::get" on "email": |cell| found(cell.tenant()?.emails().get(cell.email()).await),
        "Emails::find_by_message_id" on "mailbox": |cell| {
            let mailbox_id = Some(cell.mailbox().id);
            let emails = cell.tenant()?.emails();
            found(emails.find_by_message_id(mailbox_id, &message_id("live")).await)
        },
        "Emails::count_by_mailbox" on "mailbox": |cell| {
            let counts = cell.tenant()?.emails().count_by_mailbox(&[cell.mailbox().id]).await?;
            counted(Ok(counts.iter().sum()))
        },
        "Emails::count_by_user" on "member": |cell| {
            let counts = cell.tenant()?.emails().count_by_user(&[cell.member()]).await?;
            counted(Ok(counts.iter().sum()))
        },
    }
}

fn listing() -> Vec<Operation> {
    operations! { Tenant:
        "Emails::list" of Application: |cell| {
            rows(cell.tenant()?.emails().list(&EmailFilter::default(), 200, None).await)
        },
        "Emails::list" on "mailbox": |cell| {
            let filter = EmailFilter::mailbox(cell.mailbox().id);
            rows(cell.tenant()?.emails().list(&filter, 200, None).await)
        },
        "Emails::list" on "thread": |cell| {
            let filter = EmailFilter::thread(cell.email());
            rows(cell.tenant()?.emails().list(&filter, 200, None).await)
        },
        "Emails::list" on "member": |cell| {
            let filter = EmailFilter {
                user_id: Some(cell.member()),
                ..EmailFilter::default()
            };
            rows(cell.tenant()?.emails().list(&filter, 200, None).await)
        },
        "Emails::count" on "mailbox": |cell| {
            let filter = EmailFilter::mailbox(cell.mailbox().id);
            counted(cell.tenant()?.emails().count(&filter).await)
        },
        "Emails::search" of Application: |cell| {
            let text = "live".parse()?;
            rows(cell.tenant()?.emails().search(&text, &EmailFilter::default(), 200, None).await)
        },
        "Emails::with_recipients" on "email": |cell| {
            let mut page = stage_page(cell).await?;
            for email in &mut page.items {
                email.id = cell.email();
            }
            let page = cell.tenant()?.emails().with_recipients(page).await?;
            let all = page.items.iter().map(|email| email.recipients.to.len() as u64);
            counted(Ok(all.sum()))
        },
    }
}

/// The page that the owner of the other application sees: whose head it is that is shown does not matter.
async fn stage_page(cell: &Cell<'_>) -> service::Result<service::Page<service::EmailHead>> {
    let team = &cell.stage.other.team;
    let tenant = cell
        .stage
        .db
        .tenant(team.owner, team.application.id)
        .await?;
    let page = tenant.emails().list(&EmailFilter::default(), 1, None).await;
    cell.stage.sent.take();
    page
}

fn recording() -> Vec<Operation> {
    operations! { Tenant:
        "Emails::record" of Application: |cell| {
            ok(cell.tenant()?.emails().record(new(cell)?).await)
        },
        "Emails::record" on "mailbox": |cell| {
            let answer = NewEmail {
                mailbox_id: Some(cell.mailbox().id),
                message_id: Some(message_id("new")),
                in_reply_to: Some(message_id("live")),
                ..new(cell)?
            };
            ok(cell.tenant()?.emails().record(answer).await)
        },
        "Emails::record" on "mailbox with the message": |cell| {
            let again = NewEmail {
                mailbox_id: Some(cell.mailbox().id),
                message_id: Some(message_id("live")),
                ..new(cell)?
            };
            changed(cell.tenant()?.emails().record(again).await.map(|recorded| recorded.new))
        },
        "Emails::record" on "member": |cell| {
            let theirs = NewEmail {
                user_id: Some(cell.member()),
                ..new(cell)?
            };
            ok(cell.tenant()?.emails().record(theirs).await)
        },
    }
}

fn new(cell: &Cell<'_>) -> service::Result<NewEmail> {
    let at = cell.db.clock().now();
    Ok(NewEmail {
        to: vec!["guest@mail.test".parse()?],
        ..NewEmail::new(Direction::Sent, at, "live@own.mail.test".parse()?)
    })
}

fn writing() -> Vec<Operation> {
    operations! { Tenant:
        "Emails::move_to" on "email": |cell| {
            ok(cell.tenant()?.emails().move_to(cell.email(), None).await)
        },
        "Emails::move_to" on "mailbox": |cell| {
            let email = cell.stage.own.emails.live.id;
            ok(cell.tenant()?.emails().move_to(email, Some(cell.mailbox().id)).await)
        },
        "Emails::attach" on "email": |cell| {
            let member = cell.stage.own.team.member;
            ok(cell.tenant()?.emails().attach(cell.email(), member).await)
        },
        "Emails::attach" on "member": |cell| {
            let email = cell.stage.own.emails.live.id;
            ok(cell.tenant()?.emails().attach(email, cell.member()).await)
        },
        "Emails::detach" on "email": |cell| {
            ok(cell.tenant()?.emails().detach(cell.email()).await)
        },
        "Emails::delete" on "email": |cell| {
            deleted(cell.tenant()?.emails().delete(cell.email()).await)
        },
        "Emails::restore" on "email": |cell| {
            ok(cell.tenant()?.emails().restore(cell.email()).await)
        },
    }
}
