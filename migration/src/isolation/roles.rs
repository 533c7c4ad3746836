//! The four roles: what they are called, and whether they are there.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::names::ROLES;
use crate::schema::name::MAX_LENGTH;

/// A role that logins are members of; nobody logs in as it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Of the pool's login: reads and writes the rows of every table, and owns none. It does not inherit from
    /// [`Runtime`](Self::Runtime), which it may switch to.
    Service,
    /// What a tenant transaction switches to: one application's rows, without secrets, and no rows where no tenant is set.
    Runtime,
    /// Of the login that others' SQL runs as.
    Guest,
    /// Of the login of reports and table browsers: reads, without secrets. Never of a login that is a member of another of
    /// these.
    Reader,
}

impl Role {
    /// All of them, in the order in which they are made.
    pub const ALL: [Self; 4] = [Self::Service, Self::Runtime, Self::Guest, Self::Reader];

    /// What its name ends with, after the prefix and an underscore; the name of its policies too.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Runtime => "runtime",
            Self::Guest => "guest",
            Self::Reader => "reader",
        }
    }
}

/// Whether a role can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there.
    There,
    /// There is no role of that name.
    Missing,
    /// A role of that name is there, but it can log in, or row-level security does not hold for it: it is another's, and is
    /// granted nothing. In a [`report`](super::report) also one that has members, as long as the tables know no role and no
    /// prefix was said.
    Unfit,
}

/// The roles of a schema, as they are called on this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    /// The name and state of each, in the order of [`Role::ALL`].
    of: [(String, State); 4],
}

impl Roles {
    /// Reads which roles the current schema has: those that the policies of its tables are for, else those that the prefix
    /// names. The prefix is that of the service role so found, else [`PREFIX_SETTING`](super::PREFIX_SETTING), else the name of the database.
    ///
    /// # Errors
    ///
    /// A prefix that `PostgreSQL` would refuse or cut; what the database refuses.
    pub async fn read<C: ConnectionTrait>(db: &C) -> Result<Self, DbErr> {
        let mut of = [(); 4].map(|()| (String::new(), State::Missing));
        for (row, role) in query(db, ROLES, []).await?.iter().zip(&mut of) {
            let oid: Option<u32> = row.try_get("", "oid")?;
            let state = match oid {
                None => State::Missing,
                Some(_) if row.try_get("", "unfit")? => State::Unfit,
                Some(_) => State::There,
            };
            *role = (row.try_get("", "name")?, state);
        }
        match of.iter().find_map(|(name, _)| refusal(name)) {
            Some(refusal) => Err(refusal),
            None => Ok(Self { of }),
        }
    }

    /// What the role is called, whether it is there or not.
    #[must_use]
    pub fn name(&self, role: Role) -> &str {
        &self.entry(role).0
    }

    /// Whether the role can be used.
    #[must_use]
    pub fn state(&self, role: Role) -> State {
        self.entry(role).1
    }

    /// The name of a role that is there. Returns `None` if it is not.
    #[must_use]
    pub fn present(&self, role: Role) -> Option<&str> {
        (self.state(role) == State::There).then(|| self.name(role))
    }

    fn entry(&self, role: Role) -> &(String, State) {
        let [service, runtime, guest, reader] = &self.of;
        match role {
            Role::Service => service,
            Role::Runtime => runtime,
            Role::Guest => guest,
            Role::Reader => reader,
        }
    }
}

/// Why there can be no role of that name. Returns `None` if there can be.
fn refusal(name: &str) -> Option<DbErr> {
    let reason = if name.len() > MAX_LENGTH {
        "it is longer than 63 bytes"
    } else if name.starts_with("pg_") {
        "PostgreSQL keeps names that begin with pg_ for itself"
    } else {
        return None;
    };
    let shown: String = name.escape_debug().take(80).collect();
    Some(DbErr::Migration(format!(
        "no role can be called `{shown}`: {reason}; choose another prefix"
    )))
}

pub(crate) async fn query<C: ConnectionTrait>(
    db: &C,
    sql: &str,
    values: impl IntoIterator<Item = sea_orm_migration::sea_orm::Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    db.query_all_raw(statement).await
}
