//! The policies, as SQL.

use super::roles::Role;
use super::shape::Shape;

/// The tenant that is set; NULL where none is. In a SELECT of its own it is read once for a statement and not for each row.
pub(super) const TENANT: &str =
    "(SELECT nullif(current_setting('app.application_id', true), '')::uuid)";

/// What the policies are called, those of the wall too.
pub(super) const NAMES: [&str; 9] = [
    "guest",
    "guest_tenant",
    "floor",
    "owner",
    "service",
    "runtime",
    "runtime_tenant",
    "runtime_update",
    "reader",
];

/// One policy of a table.
pub(super) struct Policy {
    pub(super) name: &'static str,
    restrictive: bool,
    /// `ALL`, `SELECT` or `UPDATE`.
    command: &'static str,
    /// `None`: everybody.
    pub(super) to: Option<Role>,
    using: String,
    /// `None`: the command writes nothing.
    check: Option<String>,
}

impl Policy {
    fn all(name: &'static str, to: Option<Role>, rows: &str) -> Self {
        Self {
            name,
            restrictive: false,
            command: "ALL",
            to,
            using: rows.to_owned(),
            check: Some(rows.to_owned()),
        }
    }

    fn restrictive(self) -> Self {
        Self {
            restrictive: true,
            ..self
        }
    }

    fn read(name: &'static str, to: Role) -> Self {
        Self {
            command: "SELECT",
            check: None,
            ..Self::all(name, Some(to), "true")
        }
    }

    /// Its kind and command, as `CREATE POLICY` says them.
    pub(super) fn kind(&self) -> String {
        let kind = if self.restrictive {
            "RESTRICTIVE"
        } else {
            "PERMISSIVE"
        };
        format!("AS {kind} FOR {}", self.command)
    }

    /// The rows that it lets through, as `CREATE POLICY` says them.
    pub(super) fn rows(&self) -> String {
        let check = self
            .check
            .as_ref()
            .map(|check| format!(" WITH CHECK ({check})"))
            .unwrap_or_default();
        format!("USING ({}){check}", self.using)
    }
}

/// The policies of a table.
pub(super) fn of(shape: Shape) -> Vec<Policy> {
    let mut policies = vec![
        // CASE and not OR, of which the planner believes that it lets through one row in two hundred.
        Policy::all(
            "floor",
            None,
            &format!(
                "CASE WHEN {TENANT} IS NULL THEN true ELSE {} END",
                shape.of_tenant()
            ),
        )
        .restrictive(),
        Policy::all("owner", None, OWNER),
        Policy::all("service", Some(Role::Service), "true"),
        Policy::read("reader", Role::Reader),
    ];
    match shape {
        Shape::Owned | Shape::Events | Shape::Chains | Shape::Applications => {
            let rows = shape.of_tenant();
            policies.push(Policy::all("runtime", Some(Role::Runtime), "true"));
            // As a condition of its own, so that an index serves it.
            policies.push(Policy::all("runtime_tenant", Some(Role::Runtime), &rows).restrictive());
        }
        Shape::Users | Shape::Sessions => {
            policies.push(Policy::read("runtime", Role::Runtime));
            policies.push(shape.runtime_update());
            let set = format!("{TENANT} IS NOT NULL");
            policies.push(Policy::all("runtime_tenant", Some(Role::Runtime), &set).restrictive());
        }
        Shape::Closed => {}
    }
    policies
}

impl Shape {
    /// What the runtime may update where it may read more, and lock where it may read.
    fn runtime_update(self) -> Policy {
        let (using, check) = match self {
            // A session loses its application, and that alone.
            Self::Sessions => (
                format!("application_id = {TENANT}"),
                "application_id IS NULL".to_owned(),
            ),
            // `FOR KEY SHARE` takes the right to update, but no update passes.
            _ => ("true".to_owned(), "false".to_owned()),
        };
        Policy {
            command: "UPDATE",
            check: Some(check),
            ..Policy::all("runtime_update", Some(Role::Runtime), &using)
        }
    }
}

/// Asks for the table's owner as it is now, once for a statement: `TO` the owner would go dead when the table changes hands.
const OWNER: &str = "(SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_catalog.pg_class AS c WHERE c.oid = <regclass>)";
