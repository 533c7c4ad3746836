//! Rules on what keeps applications apart in the database itself.

use super::{Rule, Schema};
use crate::catalog::Table;
use migration::testing::on_citus;

const CURE: &str = "Say `schema::isolate(manager, …)` after the table is made";

pub(super) const FORCED: Rule = Rule {
    says: "row-level security is enabled, and forced: it holds for the table's owner too",
    cure: CURE,
    exceptions: &[],
    offenders: |schema| {
        schema.tables(|_, table| {
            ["row security", "row security forced"]
                .iter()
                .any(|option| !table.options.iter().any(|has| has == option))
        })
    },
};

pub(super) const POLICIES: Rule = Rule {
    says: "a table has the policies of its kind, each with the condition to read by and, where it lets write, the one to \
           write by",
    cure: CURE,
    exceptions: &[],
    offenders: |schema| schema.parts(|_, table| unlike(table)),
};

pub(super) const GRANTS: Rule = Rule {
    says: "the service may read and write every table, and the runtime read every one that is an application's",
    cure: CURE,
    exceptions: &[],
    offenders: |schema: &Schema| {
        schema.parts(|_, table| {
            let service = ["SELECT", "INSERT", "UPDATE", "DELETE"].map(|right| ("service", right));
            // On Citus as far as the owner may, whom the audit's tables leave less; and no transaction switches its role there.
            let rights = if on_citus() { 2 } else { 4 };
            let runtime = table.tenant_owned() && !on_citus();
            let runtime = runtime.then_some(("runtime", "SELECT"));
            let service = service.into_iter().take(rights);
            let missing = service.chain(runtime).filter(|(role, right)| {
                !table
                    .grants
                    .iter()
                    .any(|grant| grant.name == format!("*_{role}") && grant.definition == *right)
            });
            missing
                .map(|(role, right)| format!("{right} for {role}"))
                .collect()
        })
    },
};

pub(super) const NOT_PUBLIC: Rule = Rule {
    says: "nothing is granted to everybody",
    cure: "Grant it to a role",
    exceptions: &[],
    offenders: |schema| {
        schema.tables(|_, table| table.grants.iter().any(|grant| grant.name == "PUBLIC"))
    },
};

/// The policies that are missing, or are not as they should be.
fn unlike(table: &Table) -> Vec<String> {
    const TENANT: &str = "current_setting('app.application_id'::text, true)";
    let own = table.tenant_owned();
    if on_citus() {
        return unlike_on_citus(table, TENANT);
    }
    let mut wanted = vec![
        ("floor", "RESTRICTIVE FOR * TO PUBLIC", true),
        ("owner", "PERMISSIVE FOR * TO PUBLIC", false),
        ("service", "PERMISSIVE FOR * TO *_service", false),
        ("reader", "PERMISSIVE FOR r TO *_reader", false),
    ];
    if own {
        wanted.push(("runtime", "PERMISSIVE FOR * TO *_runtime", false));
        wanted.push(("runtime_tenant", "RESTRICTIVE FOR * TO *_runtime", true));
    }
    let right = |(name, kind, tenant): &(&str, &str, bool)| {
        table.policies.iter().any(|policy| {
            let text = &policy.definition;
            let (using, check) = text
                .split_once(" WITH CHECK ")
                .unwrap_or((text.as_str(), ""));
            let walled =
                |part: &str| part.contains(TENANT) && (!own || part.contains("application_id = "));
            policy.name == *name
                && text.starts_with(&format!("{kind} USING "))
                && (kind.contains(" r ") || !check.is_empty())
                && (!tenant || (walled(using) && walled(check)))
        })
    };
    wanted
        .iter()
        .filter(|policy| !right(policy))
        .map(|(name, ..)| (*name).to_owned())
        .collect()
}

/// There a policy is permissive at the shards whatever it is called here: each is the floor itself.
fn unlike_on_citus(table: &Table, tenant: &str) -> Vec<String> {
    let walled = |text: &str| {
        !table.tenant_owned() || (text.contains(tenant) && text.contains("application_id = "))
    };
    let mut wrong: Vec<_> = [
        ("owner", "PERMISSIVE FOR * TO "),
        ("service", "PERMISSIVE FOR * TO *_service"),
        ("reader", "PERMISSIVE FOR r TO *_reader"),
    ]
    .iter()
    .filter(|(name, kind)| {
        !table.policies.iter().any(|policy| {
            policy.name == *name
                && policy.definition.starts_with(kind)
                && walled(&policy.definition)
        })
    })
    .map(|(name, _)| (*name).to_owned())
    .collect();
    let more = table
        .policies
        .iter()
        .filter(|policy| !walled(&policy.definition));
    wrong.extend(more.map(|policy| policy.name.clone()));
    wrong
}
