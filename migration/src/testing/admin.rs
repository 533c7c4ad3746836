//! What the bench asks of a server, as the login that may create databases and roles.
use std::{collections::HashMap, time::Duration};

use sea_orm_migration::sea_orm::sqlx::PgConnection;
use url::Url;

use super::{
    citus::Worker,
    folder,
    history::History,
    server, session,
    session::{all, key, run},
    sweep, template,
};

/// The oldest server that the schema supports, as `server_version_num` has it.
const OLDEST: i32 = 140_000;

/// The administrator's session, and what this process holds on the server.
pub(super) struct Admin {
    pub(super) session: PgConnection,
    pub(super) url: Url,
    /// The workers, where the server is the coordinator of a cluster; else none.
    pub(super) workers: Vec<Worker>,
    /// The server's version, as 150018 for 15.18.
    pub(super) version: i32,
    /// In the name of every database of this process, and the key of the advisory lock that says it lives.
    pub(super) run: String,
    /// Databases made so far.
    made: u32,
    superuser: bool,
    /// What `CREATE DATABASE` says about how to copy.
    strategy: &'static str,
    /// The templates that this process uses, by their histories.
    pub(super) templates: HashMap<&'static str, Owner>,
    /// Keeps the throwaway server up.
    _server: Box<dyn Send>,
}

/// A login that owns a database.
#[derive(Clone)]
pub(super) struct Owner {
    /// The login's name; a template's owner has the template's name.
    pub(super) name: String,
    pub(super) password: String,
}

/// A database that was made for a test.
pub(super) struct Made {
    pub(super) database: String,
    /// The database, as its owner.
    pub(super) url: Url,
    /// The same, as the administrator.
    pub(super) admin_url: Url,
}

impl Admin {
    /// Connects, says that this run lives, and sweeps what dead ones left.
    pub(super) async fn connect() -> Result<Self, String> {
        let server::Server {
            url,
            mut session,
            throwaway,
            user,
            workers,
        } = server::find_or_start().await?;
        let version: String = session::one(&mut session, "SHOW server_version_num").await?;
        let version = version
            .parse()
            .map_err(|_| format!("the server calls its version {version}"))?;
        if version < OLDEST {
            return Err(format!(
                "the tests need PostgreSQL 14 or later, the server is {version}"
            ));
        }
        let rights = "SELECT CASE WHEN rolsuper THEN 2 WHEN rolcreatedb AND rolcreaterole THEN 1 ELSE 0 END FROM pg_roles WHERE rolname = current_user";
        let rights: i32 = session::one(&mut session, rights).await?;
        if rights == 0 {
            return Err("the login of TEST_DATABASE_URL must be a superuser, or have CREATEDB and CREATEROLE".to_owned());
        }
        let run = folder::random();
        // The log that the default writes costs twice to three times as much without durability; with it
        // both are slow, and dropping what was copied by file is quicker.
        let strategy = if version >= 150_000 {
            "STRATEGY FILE_COPY"
        } else {
            ""
        };
        let mut admin = Self {
            session,
            url,
            workers,
            version,
            run,
            made: 0,
            superuser: rights == 2,
            strategy,
            templates: HashMap::new(),
            _server: Box::new(user),
        };
        if throwaway {
            // Random passwords need no stretching, which every connection would pay for.
            let cheap = if version >= 160_000 {
                "SET scram_iterations = 1"
            } else {
                "SET password_encryption = md5"
            };
            admin.execute(cheap).await?;
        }
        admin
            .execute(&format!("SELECT pg_advisory_lock({})", key(&admin.run)))
            .await?;
        sweep::dead_runs(&mut admin).await?;
        Ok(admin)
    }

    /// A database that is a copy of the template of `history`; an empty one for `None`, with an owner of its own.
    pub(super) async fn create(&mut self, history: Option<History>) -> Result<Made, String> {
        self.made += 1;
        let database = format!("aura_test_{}_{}", self.run, self.made);
        let owner = match history {
            Some(history) => self.template(history).await?,
            None => self.create_owner(&database, folder::secret()).await?,
        };
        let template = if history.is_some() {
            &owner.name
        } else {
            "template0"
        };
        self.create_database(&database, &owner.name, template)
            .await?;
        if history.is_none() {
            self.join(&database).await?;
        }
        let (url, admin_url) = (
            self.url_of(&database, Some(&owner)),
            self.url_of(&database, None),
        );
        Ok(Made {
            database,
            url,
            admin_url,
        })
    }

    /// A login without any rights, as number `number` of those of `database`.
    pub(super) async fn create_login(
        &mut self,
        database: &str,
        number: usize,
    ) -> Result<(String, Url), String> {
        let name = format!("{database}_{number}");
        let login = if self.workers.is_empty() {
            self.create_role(&name, folder::secret(), "").await?
        } else {
            self.create_role_in(database, &name).await?
        };
        Ok((login.name.clone(), self.url_of(database, Some(&login))))
    }

    /// Drops a database, whoever is connected to it.
    pub(super) async fn drop_database(&mut self, database: &str) -> Result<(), String> {
        // `DROP DATABASE` looks every 100 ms whether those that it ended are gone: ending them first is ten times faster.
        self.leave(database).await?;
        let drop = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        for worker in &mut self.workers {
            run(&mut worker.session, &drop).await?;
        }
        // Last where it is looked for.
        self.execute(&drop).await
    }

    /// Ends every session in a database, on every node.
    pub(super) async fn leave(&mut self, database: &str) -> Result<(), String> {
        let end = format!(
            "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = '{database}'"
        );
        let workers = self.workers.iter_mut().map(|worker| &mut worker.session);
        for session in std::iter::once(&mut self.session).chain(workers) {
            for _ in 0..100 {
                if all(session, &end).await?.is_empty() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        Ok(())
    }

    /// Drops the role `name` and those named after it (`name_…`): logins, and what migrations of the database made.
    pub(super) async fn drop_roles(&mut self, name: &str) -> Result<(), String> {
        // The longest first: the owner granted what the others have, and cannot go before them.
        let roles = format!(
            "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname ~ '^{name}(_|$)' ORDER BY length(rolname) DESC"
        );
        let mut done = Ok(());
        let workers = self.workers.iter_mut().map(|worker| &mut worker.session);
        for session in workers.chain(std::iter::once(&mut self.session)) {
            for role in all(session, &roles).await? {
                // A role can be held fast by what a test granted elsewhere: that is no reason to stop.
                let dropped = run(session, &format!("DROP ROLE IF EXISTS {role}")).await;
                done = done.and(dropped);
            }
        }
        done
    }

    pub(super) async fn create_database(
        &mut self,
        name: &str,
        owner: &str,
        template: &str,
    ) -> Result<(), String> {
        let strategy = if template == "template0" {
            ""
        } else {
            self.strategy
        };
        self.everywhere(&format!(
            "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template} {strategy}"
        ))
        .await
    }

    /// An ordinary login that may make roles, as the login that migrates does; the rest it has by owning its database.
    pub(super) async fn create_owner(
        &mut self,
        name: &str,
        password: String,
    ) -> Result<Owner, String> {
        self.create_role(name, password, "CREATEROLE").await
    }

    async fn create_role(
        &mut self,
        name: &str,
        password: String,
        rights: &str,
    ) -> Result<Owner, String> {
        self.everywhere(&format!(
            "CREATE ROLE {name} LOGIN {rights} PASSWORD '{password}'"
        ))
        .await?;
        if !self.superuser {
            // To give a database to somebody, one must be able to act as them.
            self.everywhere(&format!("GRANT {name} TO CURRENT_USER"))
                .await?;
        }
        Ok(Owner {
            name: name.to_owned(),
            password,
        })
    }

    async fn template(&mut self, history: History) -> Result<Owner, String> {
        if let Some(owner) = self.templates.get(history.name) {
            return Ok(owner.clone());
        }
        let owner = template::prepare(self, history).await?;
        self.templates.insert(history.name, owner.clone());
        Ok(owner)
    }

    /// The URL of a database on this server, as `login`; as the administrator for `None`.
    pub(super) fn url_of(&self, database: &str, login: Option<&Owner>) -> Url {
        let mut url = self.url.clone();
        url.set_path(database);
        if let Some(login) = login {
            let set = url
                .set_username(&login.name)
                .and_then(|()| url.set_password(Some(&login.password)));
            set.expect("a postgres URL has a host");
        }
        url
    }
}
