//! A `PostgreSQL` server of a test's own.
use std::{env, fmt, path::Path, process::Child};

use sea_orm_migration::sea_orm::sqlx::Connection;
use url::Url;

use super::{
    binaries::find_postgres,
    cluster::{Cluster, Started},
    db::{Backend, open},
    folder,
    history::History,
    keeper::{self, Home},
    session,
};
use crate::Migrator;

/// The login and the database of every server of a test's own.
const NAME: &str = "aura";

/// What a server of a test's own is to be like.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerSetup<'a> {
    /// Settings of `postgresql.conf`, such as `max_connections=20`; they come after those that make a throwaway server quick.
    pub settings: &'a [&'a str],
    /// Lines of `pg_hba.conf` for all logins but `postgres`; by default they come from `127.0.0.1` with their password.
    pub hba: &'a [&'a str],
    /// With it TLS is on.
    pub tls: Option<Tls<'a>>,
    /// On disk and with `PostgreSQL`'s own defaults, `fsync` among them, as where it is for good: for benchmarks. A throwaway
    /// server is quick instead, in memory where there is room.
    pub durable: bool,
}

/// What a server needs for TLS, as PEM.
#[derive(Clone, Copy, Debug)]
pub struct Tls<'a> {
    /// The server's certificate.
    pub certificate: &'a str,
    /// The private key of that certificate.
    pub key: &'a str,
    /// Whose signature makes a client's certificate good; without it none is asked for.
    pub clients: Option<&'a str>,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Clients are told and disconnected, transactions rolled back.
    Fast,
    /// As a crash: connections break, the next start recovers.
    Immediate,
}

/// A server that one test has for itself: it may be stopped, started again on its port and filled to the brim.
///
/// It is gone when this is dropped, and soon after a process that was killed. `TEST_DATABASE_URL` has no bearing on it: it is
/// started from the installed binaries.
pub struct OwnServer {
    cluster: Cluster,
    settings: Vec<String>,
    process: Option<Child>,
    port: u16,
    admin_url: Url,
    url: Url,
    _home: Home,
}

impl OwnServer {
    /// Makes and starts a server, with a database and an ordinary login with `CREATEROLE` that owns it.
    ///
    /// # Panics
    ///
    /// When no binaries are found, or the server does not start; the message says why.
    pub async fn start(setup: ServerSetup<'_>) -> Self {
        Self::try_start(setup)
            .await
            .unwrap_or_else(|problem| panic!("{problem}"))
    }

    async fn try_start(setup: ServerSetup<'_>) -> Result<Self, String> {
        let binaries =
            find_postgres(|name| env::var_os(name), Path::new("/")).map_err(|problem| {
                format!("this test starts a server of its own, whatever TEST_DATABASE_URL says: {problem}")
            })?;
        let base = if setup.durable {
            env::temp_dir()
        } else {
            folder::base().to_owned()
        };
        let home = Home::new(&base, "server", "data/cluster/postmaster.pid")?;
        let cluster = Cluster::make(&binaries, home.path(), setup.durable)?;
        let mut settings: Vec<String> = setup.settings.iter().map(ToString::to_string).collect();
        if !setup.durable {
            // It never has more than its test's databases, and stands beside the run's server.
            settings.insert(0, "shared_buffers=16MB".to_owned());
        }
        if let Some(tls) = setup.tls {
            cluster.write("server.crt", tls.certificate)?;
            cluster.write("server.key", tls.key)?;
            settings.push("ssl=on".to_owned());
            if let Some(root) = tls.clients {
                cluster.write("root.crt", root)?;
                settings.push("ssl_ca_file=root.crt".to_owned());
            }
        }
        let own = ["host all all 127.0.0.1/32 password"];
        let hba = if setup.hba.is_empty() {
            &own
        } else {
            setup.hba
        };
        let hba = format!(
            "host all postgres 127.0.0.1/32 password\n{}\n",
            hba.join("\n")
        );
        cluster.write("pg_hba.conf", &hba)?;
        let Started {
            process,
            url: admin_url,
            mut session,
        } = cluster.start(&settings).await?;

        let (mut url, password) = (admin_url.clone(), folder::secret());
        url.set_path(NAME);
        let set = url
            .set_username(NAME)
            .and_then(|()| url.set_password(Some(&password)));
        set.expect("a postgres URL has a host");
        let port = url.port().expect("the URL was made with a port");
        // From here on the process ends with this, whatever fails.
        let server = Self {
            cluster,
            settings,
            process: Some(process),
            port,
            admin_url,
            url,
            _home: home,
        };
        let owner = format!("CREATE ROLE {NAME} LOGIN CREATEROLE PASSWORD '{password}'");
        session::run(&mut session, &owner).await?;
        session::run(
            &mut session,
            &format!("CREATE DATABASE {NAME} OWNER {NAME}"),
        )
        .await?;
        session.close().await.map_err(|error| error.to_string())?;
        Ok(server)
    }

    /// Applies all migrations to the login's database.
    ///
    /// # Panics
    ///
    /// When one of them fails.
    pub async fn migrate(&self) {
        let migrated = async {
            let connection = open(Backend::Postgres, self.url()).await;
            let connection = connection.map_err(|error| error.to_string())?;
            History::of::<Migrator>().apply(connection).await
        };
        migrated.await.unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// The database as its owner, an ordinary login, with `sslmode=disable`; the same after a restart.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The server's `postgres` database as the superuser, who gets in without TLS too.
    #[must_use]
    pub fn admin_url(&self) -> &str {
        self.admin_url.as_str()
    }

    /// The port on `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the server and waits until it has ended; nothing for one that is stopped.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub async fn stop(&mut self, how: Stop) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let signal = match how {
            Stop::Fast => "INT",
            Stop::Immediate => "QUIT",
        };
        let ended = tokio::task::spawn_blocking(move || keeper::end(&mut process, signal)).await;
        ended
            .unwrap_or_else(|panic| Err(panic.to_string()))
            .unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// Starts a stopped server again, on the same port; returns when it answers. Nothing for one that runs.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub async fn start_again(&mut self) {
        if self.process.is_some() {
            return;
        }
        let started = match self.cluster.start_on(self.port, &self.settings).await {
            Ok(Some(started)) => started,
            Ok(None) => panic!("{}", self.cluster.does_not_start()),
            Err(problem) => panic!("{problem}"),
        };
        self.process = Some(started.process);
        // Nothing depends on how it is left.
        let _ = started.session.close().await;
    }

    /// Stops the server and starts it again.
    ///
    /// # Panics
    ///
    /// When it does not end or does not start.
    pub async fn restart(&mut self, how: Stop) {
        self.stop(how).await;
        self.start_again().await;
    }

    /// What the server has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.cluster.log()
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take()
            && let Err(problem) = keeper::end(&mut process, "QUIT")
        {
            // A panic here would hide the one that may be under way.
            eprintln!("{self:?} is left behind: {problem}");
        }
    }
}

impl fmt::Debug for OwnServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL on 127.0.0.1:{}", self.port)
    }
}
