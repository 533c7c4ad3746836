//! On the domains of an application.

use service::{DomainFilter, MailDepth, NewDomain, Pattern};

use super::{Operation, operations};
use crate::access::cell::{counted, deleted, found, ok, rows};

pub(super) fn operations() -> Vec<Operation> {
    [reading(), writing()].concat()
}

fn reading() -> Vec<Operation> {
    operations! { Tenant:
        "Domains::get" on "domain": |cell| found(cell.tenant()?.domains().get(cell.domain().id).await),
        "Domains::find_by_name" on "domain": |cell| {
            let name = cell.domain().name.parse()?;
            found(cell.tenant()?.domains().find_by_name(&name).await)
        },
        "Domains::list" of Application: |cell| {
            rows(cell.tenant()?.domains().list(&DomainFilter::default(), 200, None).await)
        },
        "Domains::list_with_mail" of Application: |cell| {
            let (all, depth) = (DomainFilter::default(), MailDepth::default());
            rows(cell.tenant()?.domains().list_with_mail(&all, depth, 50, None).await)
        },
        "Domains::count" of Application: |cell| {
            counted(cell.tenant()?.domains().count(&DomainFilter::default()).await)
        },
        "Domains::claimants" on "domain name": |cell| {
            let filter = DomainFilter {
                name: Some(Pattern::is(&cell.domain().name)?),
                ..DomainFilter::default()
            };
            rows(cell.tenant()?.domains().claimants(&filter, 200, None).await)
        },
    }
}

fn writing() -> Vec<Operation> {
    operations! { Tenant:
        "Domains::create" of Application: |cell| {
            let new = NewDomain { name: "new.test".parse()? };
            ok(cell.tenant()?.domains().create(new).await)
        },
        "Domains::create" on "domain name": |cell| {
            let new = NewDomain { name: cell.domain().name.parse()? };
            ok(cell.tenant()?.domains().create(new).await)
        },
        "Domains::verify" on "claim": |cell| {
            let (id, record) = cell.claim();
            ok(cell.tenant()?.domains().verify(id, &[record]).await)
        },
        "Domains::release" on "domain": |cell| {
            ok(cell.tenant()?.domains().release(cell.domain().id).await)
        },
        "Domains::delete" on "domain": |cell| {
            deleted(cell.tenant()?.domains().delete(cell.domain().id).await)
        },
        "Domains::restore" on "domain": |cell| {
            ok(cell.tenant()?.domains().restore(cell.domain().id).await)
        },
    }
}
