//! The floor: what the database itself holds of a tenant's wall while a transaction of the tenant is open.
//!
//! On `PostgreSQL` that transaction opens with the runtime role and the application's id as settings, in the same round trip
//! as `BEGIN`. Row-level security, which the migrator made, then shows that application's rows and no others: a mistake in
//! the SQL inside reaches nobody else. SQL that is out to break it can, since a setting can be set by anyone.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{DbBackend, DbErr, Statement};
use uuid::Uuid;

use super::own::By;
use super::pool::{Answer, Ask};
use super::{Db, On};
use crate::config::IsolatedBy;
use crate::error::Result;

/// Which role tenants' transactions switch to stands in the policies of a table that every schema has: whatever the roles
/// are called, they are found there. `MEMBER` is what 14 and 15 ask of who switches; since 16 a grant can leave `SET` out.
/// On Citus no policy is called `floor`: each of the others is one, the owner's first.
const LOOK: &str = "SELECT (SELECT quote_ident(role.rolname) FROM pg_catalog.pg_policy AS policy \
    JOIN pg_catalog.pg_roles AS role ON role.oid = ANY (policy.polroles) \
    WHERE policy.polrelid = to_regclass('application_memberships') AND policy.polname = 'runtime' \
    AND pg_has_role(role.oid, \
    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) LIMIT 1) AS role, \
    EXISTS (SELECT FROM pg_catalog.pg_policy AS policy \
    WHERE policy.polrelid = to_regclass('application_memberships') AND policy.polname IN ('floor', 'owner')) AS policies";

/// What the database at hand has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Floor {
    /// Policies, and a role to switch to under which no tenant set means no rows.
    Role,
    /// Policies alone: nobody has made the roles, or the login may not switch to the runtime role, or it is Citus, where every role is
    /// held by them and none is switched to.
    Setting,
    /// No policies: `SQLite`, or a schema that the migrator has not brought this far.
    None,
}

/// Where what is done through a [`Db`] is shut in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shut {
    /// In what the open transaction around it is shut in, if anything.
    #[default]
    Inherited,
    /// In one application.
    In(Uuid),
    /// In nothing, also inside a transaction that is: for verbs that must look beyond the tenant.
    Beyond,
}

/// The settings of one transaction or savepoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    application_id: Uuid,
    /// Quoted.
    role: Option<Arc<str>>,
    /// Quoted.
    schema: Arc<str>,
}

/// Nothing is shut in from here on, for what is beyond the tenant.
pub(crate) const UNSHUT: &str = "SET LOCAL ROLE NONE; SET LOCAL app.application_id = ''";

impl Settings {
    /// As `SET LOCAL` takes them. A temporary table of the same name would be found first, were its schema not named last.
    pub(super) fn locals(&self) -> Vec<String> {
        let mut locals = vec![
            format!("app.application_id = '{}'", self.application_id),
            format!("search_path = {}, pg_temp", self.schema),
        ];
        if let Some(role) = &self.role {
            locals.push(format!("ROLE {role}"));
        }
        locals
    }

    /// What goes from one to the other inside a transaction, `"; SET LOCAL …"`; empty where they are the same.
    pub(super) fn between(from: Option<&Self>, to: Option<&Self>) -> String {
        let mut sql = String::new();
        if from == to {
            return sql;
        }
        match to {
            Some(to) => {
                for local in to.locals() {
                    let _ = write!(sql, "; SET LOCAL {local}");
                }
            }
            None => {
                let _ = write!(sql, "; {UNSHUT}");
            }
        }
        sql
    }
}

/// How long it is taken for true that there is no role to switch to: `migration -- roles` may make it at any time.
const LOOKED_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// What was found out about the database; nothing until there are policies: a service can be started before its tables
/// are made.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Policies and a role, once and for all.
    whole: OnceLock<Policies>,
    /// When there were policies, and no role.
    half: Mutex<Option<Instant>>,
}

impl Found {
    /// What is known `now`.
    fn get(&self, now: Instant) -> Option<Policies> {
        if let Some(policies) = self.whole.get() {
            return Some(policies.clone());
        }
        let half = self.half.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since((*half)?);
        (since < LOOKED_AGAIN_AFTER).then_some(Policies { runtime: None })
    }

    fn keep(&self, policies: &Policies, now: Instant) {
        if policies.runtime.is_some() {
            let _ = self.whole.set(policies.clone());
        } else {
            *self.half.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
    }

    /// Forgets that there was no role.
    fn doubt(&self) {
        *self.half.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// That there are policies, and which role they are for.
#[derive(Clone, Debug)]
struct Policies {
    /// What tenants' transactions switch to, quoted; `None`: nobody has made it, or this login may not.
    runtime: Option<Arc<str>>,
}

impl Db {
    /// What the database has of the floor: for a check at the start of a program. One query until a role has been found.
    ///
    /// A role that is made later (`migration -- roles`) is found by this at once, and by what is done meanwhile within a minute.
    ///
    /// # Errors
    ///
    /// [`Error::Database`](crate::Error::Database).
    pub async fn floor(&self) -> Result<Floor> {
        self.shared.found.doubt();
        Ok(match self.look().await? {
            None => Floor::None,
            Some(Policies { runtime: None }) => Floor::Setting,
            Some(Policies { runtime: Some(_) }) => Floor::Role,
        })
    }

    /// The policies. Returns `None` if there are none.
    async fn look(&self) -> Result<Option<Policies>, DbErr> {
        // The wall's login has no floor: it is held by more, and may switch to nothing.
        let walled = matches!(&self.on, On::Transaction(open)
            if !Arc::ptr_eq(&open.line.core, self.shared.pool.core()));
        if self.shared.backend != DbBackend::Postgres || walled {
            return Ok(None);
        }
        let (found, now) = (&self.shared.found, Instant::now());
        if let Some(policies) = found.get(now) {
            return Ok(Some(policies));
        }
        let look = Statement::from_string(DbBackend::Postgres, LOOK);
        let look = Ask::One(&look);
        // On the connection at hand: inside a transaction there may be no other.
        let answer = match &self.on {
            On::Pool => self.shared.pool.ask(look).await?,
            On::Transaction(open) => open.ask(By::Crate, look).await?,
        };
        let Answer::One(Some(row)) = answer else {
            return Ok(None);
        };
        if !row.try_get("", "policies")? {
            return Ok(None);
        }
        let role: Option<String> = row.try_get("", "role")?;
        let policies = Policies {
            runtime: role.map(Arc::from),
        };
        found.keep(&policies, now);
        Ok(Some(policies))
    }

    /// What a transaction begun on this is shut in.
    pub(super) async fn settings(&self) -> Result<Option<Settings>, DbErr> {
        let around = match &self.on {
            On::Transaction(open) => open.settings(),
            On::Pool => None,
        };
        let application_id = match self.shut {
            Shut::Inherited => return Ok(around.cloned()),
            Shut::Beyond => return Ok(None),
            Shut::In(application_id) => application_id,
        };
        if let Some(settings) = around
            && settings.application_id == application_id
        {
            return Ok(around.cloned());
        }
        match self.look().await? {
            Some(policies) => Ok(Some(Settings {
                application_id,
                role: policies.runtime,
                schema: Arc::clone(&self.shared.schema),
            })),
            None if self.shared.isolated_by == IsolatedBy::Database => {
                Err(DbErr::Custom(
                    "DATABASE_ISOLATION is `database`, and the tables have no row-level security: apply the migrations"
                        .into(),
                ))
            }
            None => Ok(None),
        }
    }

    /// Whether a single statement needs a transaction of its own, for the database to hold the wall.
    pub(super) fn is_to_be_shut(&self) -> bool {
        let Shut::In(application_id) = self.shut else {
            return false;
        };
        if self.shared.isolated_by != IsolatedBy::Database {
            return false;
        }
        match &self.on {
            On::Pool => true,
            On::Transaction(open) => open
                .settings()
                .is_none_or(|settings| settings.application_id != application_id),
        }
    }

    /// The same database, shut in one application.
    pub(crate) fn shut_in(&self, application_id: Uuid) -> Self {
        self.shut(Shut::In(application_id))
    }

    fn shut(&self, shut: Shut) -> Self {
        Self {
            shut,
            ..self.clone()
        }
    }

    /// The same database, where a transaction is shut in nothing: for verbs that must see more than their tenant may, as a
    /// user who is no member yet. Inside a tenant's transaction it is a savepoint, after which the floor is as it was,
    /// however it ends.
    pub(crate) fn beyond(&self) -> Self {
        self.shut(Shut::Beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(id: u128) -> Settings {
        Settings {
            application_id: Uuid::from_u128(id),
            role: Some("\"app_runtime\"".into()),
            schema: "\"public\"".into(),
        }
    }

    #[test]
    fn that_there_is_no_role_is_known_for_a_minute_and_that_there_is_one_for_good() {
        let (found, start) = (Found::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!(found.get(start).is_none());
        found.keep(&Policies { runtime: None }, start);
        assert!(
            found
                .get(after(59))
                .is_some_and(|known| known.runtime.is_none())
        );
        assert!(found.get(after(60)).is_none());
        let role = Some("\"app_runtime\"".into());
        found.keep(&Policies { runtime: role }, after(60));
        let known = found.get(after(1_000_000)).expect("a role");
        assert_eq!(known.runtime.as_deref(), Some("\"app_runtime\""));
    }

    #[test]
    fn a_savepoint_sets_what_differs_and_nothing_else() {
        let (one, other) = (settings(1), settings(2));
        assert_eq!(Settings::between(Some(&one), Some(&one)), "");
        assert_eq!(Settings::between(None, None), "");
        assert_eq!(
            Settings::between(Some(&one), Some(&other)),
            "; SET LOCAL app.application_id = '00000000-0000-0000-0000-000000000002'; \
             SET LOCAL search_path = \"public\", pg_temp; SET LOCAL ROLE \"app_runtime\""
        );
        assert_eq!(
            Settings::between(Some(&one), None),
            "; SET LOCAL ROLE NONE; SET LOCAL app.application_id = ''"
        );
    }
}
