//! The wall: transactions for SQL that nobody vouches for, on a login of their own.
//!
//! That login can switch to no other role, and the tenant is a signed setting: what the statements do with settings makes them
//! see nothing, and nothing more. See `migration`'s `wall` for the database's side.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{DbBackend, DbErr, Statement};
use uuid::Uuid;

use super::Db;
use super::begin::Transaction;
use super::open::Open;
use super::opening::Opening;
use super::own::By;
use super::pool::{Answer, Ask, Pool};
use crate::error::{Error, Result};

/// How long a signature is used. The database lets one hold for an hour; after this it is signed with the key of then.
const USED_FOR: Duration = Duration::from_secs(30);

/// How many signatures are kept at hand.
const MOST_SIGNED: usize = 10_000;

/// Whether nothing can be switched to from the login: it is a member of nothing but the guest role, and no ruler.
const LOGIN: &str = "SELECT login.rolsuper OR login.rolbypassrls OR login.rolcreaterole AS rules, \
    (SELECT string_agg(role.rolname::text, ', ') FROM pg_catalog.pg_roles AS role \
    WHERE role.oid <> login.oid AND pg_has_role(login.oid, role.oid, 'MEMBER') AND role.oid <> ALL (guests.oids)) AS others, \
    cardinality(guests.oids) > 0 AND pg_has_role(login.oid, guests.oids[1], 'USAGE') AS guest, \
    (SELECT quote_ident(space.nspname) FROM pg_catalog.pg_policy AS policy \
    JOIN pg_catalog.pg_depend AS uses ON uses.classid = 'pg_catalog.pg_policy'::regclass AND uses.objid = policy.oid \
    AND uses.refclassid = 'pg_catalog.pg_proc'::regclass \
    JOIN pg_catalog.pg_proc AS function ON function.oid = uses.refobjid AND function.proname = 'signed' \
    JOIN pg_catalog.pg_namespace AS space ON space.oid = function.pronamespace \
    WHERE policy.polrelid = to_regclass('clients') AND policy.polname = 'guest_tenant' LIMIT 1) AS schema \
    FROM pg_catalog.pg_roles AS login, \
    (SELECT coalesce((SELECT policy.polroles FROM pg_catalog.pg_policy AS policy \
    WHERE policy.polrelid = to_regclass('clients') AND policy.polname = 'guest'), '{}') AS oids) AS guests \
    WHERE login.rolname = session_user";

/// The pool of the second login, and what has been signed for it.
pub(super) struct Wall {
    pool: Pool,
    /// Where its functions are, quoted.
    schema: OnceLock<String>,
    signed: Mutex<HashMap<Uuid, (Arc<str>, Instant)>>,
}

impl Wall {
    pub(super) fn new(pool: Pool) -> Self {
        Self {
            pool,
            schema: OnceLock::new(),
            signed: Mutex::default(),
        }
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// That the login is fit for it.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] says why it is not; [`Error::Database`].
    pub(super) async fn check(&self) -> Result<()> {
        let login = Statement::from_string(DbBackend::Postgres, LOGIN);
        let Answer::One(Some(row)) = self.pool.ask(Ask::One(&login)).await? else {
            return Ok(());
        };
        let others: Option<String> = row.try_get("", "others")?;
        if row.try_get("", "rules")? {
            return Err(unfit("may do more than any role grants it"));
        }
        if let Some(others) = others {
            return Err(unfit(&format!("is a member of {others} too")));
        }
        if !row.try_get::<bool>("", "guest")? {
            return Err(unfit("is no member of the guest role"));
        }
        let Some(schema) = row.try_get("", "schema")? else {
            return Err(unfit("finds no wall: apply the migrations"));
        };
        let _ = self.schema.set(schema);
        Ok(())
    }

    fn at_hand(&self, application_id: Uuid) -> Option<Arc<str>> {
        let signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let (signature, since) = signed.get(&application_id)?;
        (since.elapsed() < USED_FOR).then(|| Arc::clone(signature))
    }

    fn keep(&self, application_id: Uuid, signature: &Arc<str>) {
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if signed.len() >= MOST_SIGNED {
            signed.retain(|_, (_, since)| since.elapsed() < USED_FOR);
        }
        if signed.len() < MOST_SIGNED {
            signed.insert(application_id, (Arc::clone(signature), Instant::now()));
        }
    }
}

fn unfit(reason: &str) -> Error {
    Error::Config {
        setting: "DATABASE_URL_RUNTIME",
        reason: format!(
            "names a login that {reason}: it takes an ordinary one that is a member of the guest role and of no other \
             (`migration -- roles` says which that is)"
        ),
    }
}

impl Db {
    /// Runs `work` on the second login, with the application signed for it.
    pub(crate) async fn walled<T, E>(
        &self,
        application_id: Uuid,
        work: impl AsyncFnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let transaction = self.open_walled(application_id).await?;
        match work(&transaction).await {
            Ok(done) => {
                transaction.keep().await?;
                Ok(done)
            }
            Err(error) => {
                transaction.undo().await;
                Err(error)
            }
        }
    }

    async fn open_walled(&self, application_id: Uuid) -> Result<Transaction> {
        let Some(wall) = &self.shared.wall else {
            return Err(Error::Config {
                setting: "DATABASE_URL_RUNTIME",
                reason: "is not set: the wall takes a login of its own on PostgreSQL".into(),
            });
        };
        let signature = self.signature(wall, application_id).await?;
        let opening = Opening {
            locals: vec![format!("search_path = {}, pg_temp", self.shared.schema)],
            ..Opening::default()
        };
        self.observe("BEGIN");
        let lease = wall.pool.begin(&opening).await?;
        let open = Open::new(lease, Arc::clone(wall.pool.core()), opening, None);
        let transaction = Transaction::new(&self.beyond(), open, None);
        // As a parameter: in the text of a statement every session of the login could read it.
        let set = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT set_config('app.tenant', $1, true)",
            [signature.as_ref().into()],
        );
        transaction.ask_in(By::Caller, Ask::One(&set)).await?;
        Ok(transaction)
    }

    async fn signature(&self, wall: &Wall, application_id: Uuid) -> Result<Arc<str>> {
        if let Some(signature) = wall.at_hand(application_id) {
            return Ok(signature);
        }
        let schema = wall.schema.get().map_or("aura_wall", String::as_str);
        // As late as the database gives: it knows by its own clock when that is.
        let sign = Statement::from_sql_and_values(
            DbBackend::Postgres,
            format!("SELECT {schema}.sign($1, $2) AS signature"),
            [application_id.into(), i64::MAX.into()],
        );
        // Only the service may sign: inside a tenant's transaction that is beyond the floor.
        let beyond = self.beyond();
        let asked = async |db: &Self| Ok::<_, Error>(db.one(By::Crate, sign).await?);
        let row = if self.in_transaction() {
            beyond.transaction(asked).await?
        } else {
            asked(&beyond).await?
        };
        let signature: Option<String> = match row {
            Some(row) => row.try_get("", "signature")?,
            None => None,
        };
        let signature = signature.ok_or_else(|| {
            DbErr::Custom(
                "the database has no key to sign with: `migration -- rotate-key` makes one".into(),
            )
        })?;
        let signature = Arc::from(signature);
        wall.keep(application_id, &signature);
        Ok(signature)
    }
}
