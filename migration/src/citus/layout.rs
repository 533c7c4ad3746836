//! Where the rows of a table lie.

use crate::isolation::quote;

/// Where the rows of a table lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// All of them on every node (a *reference table*): what rows of every application refer to, and what is unique across
    /// applications.
    Everywhere,
    /// Each on one node, by the hash of this column of its key, apart from every other table's.
    Apart(&'static str),
    /// Each on one node, by its `application_id`: all that an application has lies together (*colocated*), so that a
    /// statement about one application is one node's.
    Together,
}

/// The table that all others lie together with.
pub const FIRST: &str = "application_memberships";

/// The column that tells where an application's rows lie.
pub const TENANT: &str = "application_id";

/// The tables of this crate and where each lies, every one after those that it refers to. All of them, but for
/// `email_documents`, which there is none of on Citus.
///
/// Of those that no application owns: `users` and `applications` are referred to from every node, and their unique addresses
/// and names hold across all of them; so does that of a verified domain. Whoever writes to such a table waits for the others
/// who do, and for all nodes: so what is written with every sign-in is found by its key instead, on one node.
pub const TABLES: [(&str, Place); 21] = [
    ("users", Place::Everywhere),
    ("user_passwords", Place::Apart("user_id")),
    ("applications", Place::Everywhere),
    (FIRST, Place::Together),
    ("roles", Place::Together),
    ("role_permissions", Place::Together),
    ("membership_roles", Place::Together),
    ("clients", Place::Together),
    ("client_users", Place::Together),
    ("verification_tokens", Place::Apart("id")),
    ("invitations", Place::Together),
    ("invitation_roles", Place::Together),
    ("sessions", Place::Apart("id")),
    ("domains", Place::Everywhere),
    ("mailboxes", Place::Together),
    ("emails", Place::Together),
    ("email_recipients", Place::Together),
    ("audit_chains", Place::Together),
    ("audit_events", Place::Together),
    ("audit_details", Place::Together),
    ("sign_in_throttles", Place::Apart("id")),
];

/// Where a table lies, by its name and by the first column of its key. An application's own: with the application where it
/// is led by `application_id`, else everywhere, where whatever joins or refers to it finds it.
#[must_use]
pub fn place(table: &str, leads: &str) -> Place {
    let ours = TABLES.iter().find(|(name, _)| *name == table);
    match ours {
        Some((_, place)) => *place,
        None if leads == TENANT => Place::Together,
        None => Place::Everywhere,
    }
}

/// The statement that puts a table of the current schema in its place, with the rows that it has.
#[must_use]
pub fn put(table: &str, place: Place) -> String {
    let name = quote::text(&quote::name(table));
    let by = |column: &str, with: &str| {
        format!("SELECT create_distributed_table({name}, '{column}', colocate_with => '{with}')")
    };
    match place {
        Place::Everywhere => format!("SELECT create_reference_table({name})"),
        Place::Apart(column) => by(column, "none"),
        Place::Together if table == FIRST => by(TENANT, "none"),
        Place::Together => by(TENANT, FIRST),
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, Place, place, put};

    #[test]
    fn an_applications_own_table_lies_with_the_application() {
        assert_eq!(place("invoices", "application_id"), Place::Together);
        assert_eq!(place("countries", "code"), Place::Everywhere);
        // Whatever leads its key.
        assert_eq!(place("domains", "application_id"), Place::Everywhere);
        assert_eq!(place("sessions", "id"), Place::Apart("id"));
    }

    #[test]
    fn all_lie_with_the_first() {
        assert_eq!(
            put("roles", Place::Together),
            "SELECT create_distributed_table('\"roles\"', 'application_id', colocate_with => 'application_memberships')"
        );
        assert_eq!(
            put(FIRST, Place::Together),
            "SELECT create_distributed_table('\"application_memberships\"', 'application_id', colocate_with => 'none')"
        );
        assert_eq!(
            put("it's", Place::Everywhere),
            "SELECT create_reference_table('\"it''s\"')"
        );
    }
}
