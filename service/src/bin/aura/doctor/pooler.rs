//! Whether a pooler stands between, and whether the service knows.

use super::report::Report;
use crate::context::Global;
use crate::failure::Failure;

/// `met` is how a transaction pooler gave itself away to the migrator; `None`: there is none.
pub(super) fn look(
    global: &Global,
    met: Option<&'static str>,
    report: &mut Report,
) -> Result<(), Failure> {
    const CHECK: &str = "pooler";
    // By the address the service knows it too.
    let known = met.is_some_and(|reason| !reason.starts_with("two statements"));
    let pooled = match global.setting("DATABASE_POOLED").as_deref() {
        None => known,
        Some(said) => said == "true",
    };
    match (met, pooled) {
        (None, false) => report.ok(
            CHECK,
            "none, or one that keeps sessions: statements are prepared once, and kept",
        ),
        (None, true) => report.warning(
            CHECK,
            "the connection keeps its session, and DATABASE_POOLED is true",
            "leave that out: each statement takes four round trips for it",
        ),
        (Some(reason), true) => report.ok(
            CHECK,
            format!("a transaction pooler ({reason}), and the service works as one needs it"),
        ),
        (Some(reason), false) => report.warning(
            CHECK,
            format!("a transaction pooler ({reason}), which the service does not know of"),
            "add pooled=true to the URL, unless it keeps track of prepared statements (PgBouncer from 1.21 on, with \
             max_prepared_statements)",
        ),
    }
}
