//! On the audit.

use service::audit::AuditFilter;

use super::{Operation, operations};
use crate::access::cell::ok;

pub(super) fn operations() -> Vec<Operation> {
    [of_an_application(), of_the_whole()].concat()
}

fn of_an_application() -> Vec<Operation> {
    operations! { Tenant:
        "AdminAudit::list" of Application: |cell| {
            let audit = cell.tenant()?.admin()?.audit();
            ok(audit.list(&AuditFilter::default(), 200, None).await)
        },
        "AdminAudit::verify" of Application: |cell| {
            ok(cell.tenant()?.admin()?.audit().verify(&[]).await)
        },
    }
}

fn of_the_whole() -> Vec<Operation> {
    operations! { Everything:
        "Audit::list" of Nothing: |cell| {
            ok(cell.db.audit().list(&AuditFilter::default(), 200, None).await)
        },
    }
}
