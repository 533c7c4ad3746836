//! Making a cluster from `PostgreSQL`'s binaries, and starting its server.
use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use sea_orm_migration::sea_orm::sqlx::PgConnection;
use url::Url;

use super::{account::Account, folder, server};

/// How long a server may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// Where every server here listens, and where it writes its log.
const PLACE: [&str; 3] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "logging_collector=off",
];

/// Nothing here has to survive a power cut, and everything has to be ready at once.
const QUICK: [&str; 13] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "wal_init_zero=off",
    "wal_recycle=off",
    "max_wal_size=512MB",
    "checkpoint_timeout=1h",
    // Test databases do not live long enough to need it, and it would hold on to templates.
    "autovacuum=off",
    "max_connections=300",
    "max_locks_per_transaction=256",
    "shared_buffers=128MB",
];

/// A cluster on disk, in `<directory>/data/cluster`; its server's log is `<directory>/log`.
pub(super) struct Cluster {
    binaries: PathBuf,
    directory: PathBuf,
    account: Account,
    /// The superuser's, whose name is `postgres`.
    password: String,
    /// Settings that all its starts have.
    defaults: &'static [&'static str],
}

/// A server that answers.
pub(super) struct Started {
    pub(super) process: Child,
    /// Its `postgres` database, as the superuser.
    pub(super) url: Url,
    pub(super) session: PgConnection,
}

impl Cluster {
    /// Makes a cluster in `directory`, in place of whatever was there. What is committed on a `durable` one survives a power
    /// cut.
    pub(super) fn make(binaries: &Path, directory: &Path, durable: bool) -> Result<Self, String> {
        let cluster = Self {
            binaries: binaries.to_owned(),
            directory: directory.to_owned(),
            account: Account::find()?,
            password: folder::secret(),
            defaults: if durable { &[] } else { &QUICK },
        };
        cluster.account.make_directory(&directory.join("data"))?;
        cluster.initialize()?;
        Ok(cluster)
    }

    /// Writes a file into the cluster that only the server reads.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.directory.join("data/cluster").join(name);
        self.account.write(&path, text)
    }

    /// Starts the server on a free port; `settings` come after those that all servers here have.
    pub(super) async fn start(&self, settings: &[String]) -> Result<Started, String> {
        // Somebody else can take a free port before the server does.
        for _ in 0..5 {
            let port = free_port()?;
            if let Some(started) = self.start_on(port, settings).await? {
                return Ok(started);
            }
        }
        Err(self.does_not_start())
    }

    /// Starts the server on `port`; `None` when it ends at once, as it does where the port is taken.
    pub(super) async fn start_on(
        &self,
        port: u16,
        settings: &[String],
    ) -> Result<Option<Started>, String> {
        let fail = |error: std::io::Error| format!("{}: {error}", self.directory.display());
        let url = self.url(port);
        let begun = Instant::now();
        let mut process = self.spawn(port, settings)?;
        while begun.elapsed() < PATIENCE {
            if let Ok(session) = server::connect(&url).await {
                return Ok(Some(Started {
                    process,
                    url,
                    session,
                }));
            }
            if process.try_wait().map_err(fail)?.is_some() {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process.kill().map_err(fail)?;
        Err(self.does_not_start())
    }

    /// What its server wrote.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    pub(super) fn does_not_start(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        format!(
            "PostgreSQL of {} does not start: {}",
            self.binaries.display(),
            lines[lines.len().saturating_sub(8)..].join("\n  ")
        )
    }

    fn url(&self, port: u16) -> Url {
        let password = &self.password;
        let url =
            format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres?sslmode=disable");
        Url::parse(&url).expect("the URL is made of safe characters")
    }

    fn initialize(&self) -> Result<(), String> {
        let data = self.directory.join("data");
        let secret = data.join("password");
        let initdb = self.binaries.join("initdb");
        let mut problems = vec![];
        // Not every system has the locale, and not every build of PostgreSQL takes it.
        for locale in ["C.UTF-8", "C"] {
            // The password file lies where only the server's user can look; initdb wants an empty directory beside it.
            self.account.write(&secret, &self.password)?;
            let output = self
                .account
                .program(&initdb)
                .arg("--pgdata")
                .arg(data.join("cluster"))
                .args([
                    "--username=postgres",
                    "--auth=password",
                    "--encoding=UTF8",
                    "--no-sync",
                    "--no-instructions",
                ])
                .arg(format!("--locale={locale}"))
                .arg("--pwfile")
                .arg(&secret)
                .stdin(Stdio::null())
                .output()
                .map_err(|error| format!("{} cannot be run: {error}", initdb.display()))?;
            fs::remove_file(&secret).map_err(|error| format!("{}: {error}", secret.display()))?;
            if output.status.success() {
                return Ok(());
            }
            problems.push(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Err(format!(
            "initdb of {} fails: {}",
            self.binaries.display(),
            problems.join("; ")
        ))
    }

    fn spawn(&self, port: u16, settings: &[String]) -> Result<Child, String> {
        let path = self.directory.join("log");
        // Each start writes where the one before it ended: what a test asks for may have been said before a restart.
        let log = File::options().create(true).append(true).open(&path);
        let log = log.and_then(|log| Ok((log.try_clone()?, log)));
        let (out, err) = log.map_err(|error| format!("{}: {error}", path.display()))?;
        let postgres = self.binaries.join("postgres");
        let settings = PLACE
            .iter()
            .chain(self.defaults)
            .copied()
            .chain(settings.iter().map(String::as_str));
        self.account
            .program(&postgres)
            .arg("-D")
            .arg(self.directory.join("data/cluster"))
            .args(["-p", &port.to_string()])
            .args(settings.flat_map(|setting| ["-c", setting]))
            // Ctrl-C is for the tests: the keeper ends the server.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .map_err(|error| format!("{} cannot be run: {error}", postgres.display()))
    }
}

/// A port that nobody listens on, outside the range from which systems take the ports of clients: a server that is started
/// anew finds it free, and a client that knocks meanwhile is not answered by itself.
pub(super) fn free_port() -> Result<u16, String> {
    for _ in 0..100 {
        let port = 10_000 + folder::number() % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err("no free port on 127.0.0.1 between 10000 and 30000".to_owned())
}
