//! The four roles: what they are called, and whether they are there.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::PREFIX_SETTING;
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

    /// What `CREATE ROLE` says besides the name.
    pub(super) fn attributes(self) -> &'static str {
        match self {
            // So that its members may switch to the runtime role, but are not held to its policies before they do.
            Self::Service => "NOLOGIN NOINHERIT",
            Self::Runtime | Self::Guest | Self::Reader => "NOLOGIN",
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
    /// granted nothing.
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
    /// names. The prefix is [`PREFIX_SETTING`], else the name of the database.
    ///
    /// # Errors
    ///
    /// A prefix that `PostgreSQL` would refuse or cut; what the database refuses.
    pub async fn read<C: ConnectionTrait>(db: &C) -> Result<Self, DbErr> {
        let mut names = planned(db).await?;
        let bound = query(
            db,
            "SELECT p.polname::text AS policy, r.rolname::text AS role FROM pg_catalog.pg_policy AS p \
             JOIN pg_catalog.pg_roles AS r ON r.oid = ANY (p.polroles) \
             JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = current_schema() AND c.relname = 'users'",
            [],
        )
        .await?;
        for row in bound {
            let (policy, role): (String, String) =
                (row.try_get("", "policy")?, row.try_get("", "role")?);
            for (index, known) in Role::ALL.iter().enumerate() {
                if known.suffix() == policy {
                    names[index].clone_from(&role);
                }
            }
        }
        let mut states = [State::Missing; 4];
        for (name, state) in names.iter().zip(&mut states) {
            *state = look(db, name).await?;
        }
        let mut states = states.into_iter();
        Ok(Self {
            of: names.map(|name| (name, states.next().unwrap_or(State::Missing))),
        })
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

async fn look<C: ConnectionTrait>(db: &C, name: &str) -> Result<State, DbErr> {
    let found = query(
        db,
        "SELECT rolcanlogin OR rolsuper OR rolbypassrls AS unfit FROM pg_catalog.pg_roles WHERE rolname = $1",
        [name.into()],
    )
    .await?;
    match found.first() {
        None => Ok(State::Missing),
        Some(row) if row.try_get("", "unfit")? => Ok(State::Unfit),
        Some(_) => Ok(State::There),
    }
}

/// The names that the prefix gives.
async fn planned<C: ConnectionTrait>(db: &C) -> Result<[String; 4], DbErr> {
    let rows = query(
        db,
        "SELECT current_setting($1, true) AS prefix, current_database()::text AS database, \
         encode(sha256(convert_to(current_database(), 'UTF8')), 'hex') AS digest",
        [PREFIX_SETTING.into()],
    )
    .await?;
    let row = rows
        .first()
        .ok_or_else(|| DbErr::RecordNotFound("the database has no name".to_owned()))?;
    let given: Option<String> = row.try_get("", "prefix")?;
    let prefix = match given.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => checked(prefix)?,
        None => of_database(
            &row.try_get::<String>("", "database")?,
            &row.try_get::<String>("", "digest")?,
        ),
    };
    Ok(Role::ALL.map(|role| format!("{prefix}_{}", role.suffix())))
}

/// The longest prefix with which every name is kept whole, in bytes.
const LONGEST: usize = MAX_LENGTH - "_service".len();

/// Of a long name as much as fits, and after it what tells it from others that begin so.
fn of_database(database: &str, digest: &str) -> String {
    // Names that begin with `pg_` are not to be had for roles.
    let name = if database.starts_with("pg_") {
        format!("aura_{database}")
    } else {
        database.to_owned()
    };
    if name.len() <= LONGEST {
        return name;
    }
    let mark: String = digest.chars().take(8).collect();
    let mut end = LONGEST - mark.len() - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{mark}", name.get(..end).unwrap_or_default())
}

fn checked(prefix: String) -> Result<String, DbErr> {
    let reason = if prefix.len() > LONGEST {
        "it is longer than 55 bytes"
    } else if prefix.contains(char::is_control) {
        "it contains a control character"
    } else if prefix.starts_with("pg_") {
        "PostgreSQL keeps roles that begin with pg_ for itself"
    } else {
        return Ok(prefix);
    };
    let shown: String = prefix.escape_debug().take(80).collect();
    Err(DbErr::Migration(format!(
        "the names of roles cannot begin with `{shown}`: {reason}"
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

#[cfg(test)]
mod tests {
    use super::{checked, of_database};

    #[test]
    fn names_fit_and_differ() {
        let digest = "0123456789abcdef";
        assert_eq!(of_database("app", digest), "app");
        assert_eq!(of_database("pg_app", digest), "aura_pg_app");
        for long in ["a".repeat(63), "ö".repeat(31), "a".repeat(56)] {
            let prefix = of_database(&long, digest);
            assert!(
                prefix.len() <= 55 && prefix.ends_with("_01234567"),
                "{prefix}"
            );
        }
        assert_eq!(of_database(&"a".repeat(55), digest).len(), 55);
    }

    #[test]
    fn a_prefix_that_postgres_refuses_is_refused_before() {
        for bad in ["pg_x", "a\nb", &"a".repeat(56)] {
            assert!(checked(bad.to_owned()).is_err(), "{bad}");
        }
        assert!(checked("My \"app\"".to_owned()).is_ok());
    }
}
