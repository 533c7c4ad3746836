//! Every public operation that reaches rows.

mod applications;
mod audit;
mod clients;
mod domains;
mod emails;
mod invitations;
mod lifecycle;
mod mailboxes;
mod members;
mod passwords;
mod roles;
mod sessions;
mod users;
mod verification_tokens;

use std::fmt;
use std::pin::Pin;

use super::cell::{Answer, Cell, Row};

/// Where an operation hangs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reach {
    /// On the whole: who may call it is the caller's to decide, there is no actor.
    Everything,
    /// On the whole, to get a tenant: for an actor.
    Entrance,
    /// On a tenant.
    Tenant,
}

/// What the rows of the table are for an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum On {
    /// It is given an id, an address, a key: that of the row.
    Row(&'static str),
    /// It is given nothing: the row is the application itself.
    Application,
    /// Nor is it inside an application.
    Nothing,
}

/// `Send`: each runs in a task of its own too, as those of a web server do.
type Run = for<'a> fn(&'a Cell<'a>) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// An operation, with what it is done to. One that takes two rows stands there twice.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    /// `Type::method`
    pub(crate) name: &'static str,
    pub(crate) reach: Reach,
    pub(crate) on: On,
    pub(crate) run: Run,
}

impl Operation {
    pub(crate) fn rows(&self) -> Vec<Row> {
        match (self.reach, self.on) {
            (_, On::Nothing) => vec![Row::Live],
            (Reach::Tenant, _) => Row::ALL.to_vec(),
            _ => vec![Row::Live, Row::Deleted, Row::Other, Row::Unknown],
        }
    }

    /// Whether it only looks.
    pub(crate) fn reads(&self) -> bool {
        let method = self.name.split("::").nth(1).unwrap_or_default();
        [
            "get",
            "find_by",
            "list",
            "count",
            "search",
            "with_",
            "assigned",
            "application",
            "peek",
            "resolve",
            "is_set",
            "claimants",
            "holders",
        ]
        .iter()
        .any(|read| method.starts_with(read))
            || self.name.starts_with("Db::")
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.on {
            On::Row(what) => write!(f, "{} ({what})", self.name),
            On::Application | On::Nothing => f.write_str(self.name),
        }
    }
}

/// `"Type::method" on "what": |cell| answer,` …
macro_rules! operations {
    ($reach:ident: $($name:literal $(on $what:literal)? $(of $on:ident)?: |$cell:ident| $run:expr),+ $(,)?) => {
        vec![$($crate::access::operations::Operation {
            name: $name,
            reach: $crate::access::operations::Reach::$reach,
            on: $crate::access::operations::operations!(@on $($what)? $($on)?),
            run: |$cell| Box::pin(async move { $run }),
        }),+]
    };
    (@on $what:literal) => { $crate::access::operations::On::Row($what) };
    (@on $on:ident) => { $crate::access::operations::On::$on };
}
pub(crate) use operations;

/// The whole list.
pub(crate) fn all() -> Vec<Operation> {
    [
        users::operations(),
        applications::operations(),
        audit::operations(),
        members::operations(),
        roles::operations(),
        clients::operations(),
        domains::operations(),
        mailboxes::operations(),
        emails::operations(),
        passwords::operations(),
        verification_tokens::operations(),
        invitations::operations(),
        lifecycle::operations(),
        sessions::operations(),
    ]
    .concat()
}

/// What is public and asynchronous and stands in no table, and why.
pub(crate) const EXCEPTIONS: [(&[&str], &str); 7] = [
    (
        &["Audit::verify"],
        "reads all chains, as many as the ids at hand have made: tests/it/audit/tampering.rs",
    ),
    (
        &[
            "Db::connect",
            "Db::shared",
            "Db::close_shared",
            "Db::close",
            "Db::reset_connection_afterwards",
            "Db::floor",
        ],
        "reaches no rows: the connection itself",
    ),
    (
        &[
            "Db::transaction",
            "Db::transaction_with",
            "Tenant::transaction",
        ],
        "reaches the rows that what is run in it reaches",
    ),
    (
        &["Tenant::walled"],
        "runs SQL on another login: tests/it/floor/walled.rs",
    ),
    (
        &[
            "Find::one",
            "Find::all",
            "Find::all_as",
            "Find::count",
            "Find::count_by",
            "Find::exists",
            "Find::page",
            "FindAlso::one",
            "FindAlso::all",
            "FindBoth::one",
            "FindBoth::all",
        ],
        "the door, generic over all entities: tests/it/door tries each way of sending a query",
    ),
    (
        &["Tenant::load_many", "Tenant::load_one"],
        "the door, generic over all entities: tests/it/door/relations.rs",
    ),
    (
        &[
            "Tenant::insert",
            "Tenant::upsert",
            "Tenant::update_where",
            "Tenant::delete_where",
            "Tenant::restore",
        ],
        "the door, for an application's own entities alone: tests/it/door/custom.rs and writing.rs",
    ),
];
