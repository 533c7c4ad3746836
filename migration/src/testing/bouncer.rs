//! `PgBouncer` in front of a server.
use std::{
    env,
    ffi::OsString,
    fmt::{self, Write},
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use sea_orm_migration::sea_orm::sqlx::Error;
use url::Url;

use super::{
    account::Account,
    cluster::{PATIENCE, free_port},
    folder,
    keeper::{self, Home},
    server,
};

/// When a server connection goes back to the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolMode {
    /// After each transaction.
    Transaction,
    /// When the client goes.
    Session,
}

/// A `PgBouncer` of a test's own, ended when it is dropped, and soon after a process that was killed.
pub struct Bouncer {
    // Before its directory: fields are dropped in their order.
    _running: Running,
    url: Url,
    home: Home,
}

struct Running {
    process: Child,
}

/// Finds the program `pgbouncer`, by the variables that `variable` looks up and below `root`.
///
/// The order: `TEST_PGBOUNCER` (the program itself), the directories of `PATH`, `/usr/sbin`, `/usr/local/bin`.
///
/// # Errors
///
/// A message for people that says how to get it, when there is none.
pub fn find_pgbouncer(
    variable: impl Fn(&str) -> Option<OsString>,
    root: &Path,
) -> Result<PathBuf, String> {
    let named = variable("TEST_PGBOUNCER").filter(|named| !named.is_empty());
    if let Some(named) = named.map(PathBuf::from) {
        return if named.is_file() {
            Ok(named)
        } else {
            Err(format!(
                "TEST_PGBOUNCER is {}, which is no file: name the program `pgbouncer`",
                named.display()
            ))
        };
    }
    let path = variable("PATH").unwrap_or_default();
    // Debian puts it where the PATH of an ordinary user does not look.
    env::split_paths(&path)
        .chain(["usr/sbin", "usr/local/bin", "opt/homebrew/bin"].map(|place| root.join(place)))
        .map(|directory| directory.join("pgbouncer"))
        .find(|program| program.is_absolute() && program.is_file())
        .ok_or_else(|| {
            "no PgBouncer for the tests: looked in TEST_PGBOUNCER, PATH and the usual places. Install it, no set-up needed: \
             `apt-get install pgbouncer` (Debian), `brew install pgbouncer` (macOS)"
                .to_owned()
        })
}

impl Bouncer {
    /// Starts a `PgBouncer` in front of the server and database of `url`, for the login of `url` and those of `others`.
    ///
    /// `settings` are lines of its `[pgbouncer]` section, such as `default_pool_size=3`, and come after those made here: a
    /// client may send `extra_float_digits`, as drivers do, and proves its password by SCRAM (`auth_type`).
    ///
    /// # Panics
    ///
    /// When the program is not found or does not start; the message says why.
    pub async fn start(url: &str, mode: PoolMode, settings: &[&str], others: &[&str]) -> Self {
        Self::try_start(url, mode, settings, others)
            .await
            .unwrap_or_else(|problem| panic!("{problem}"))
    }

    async fn try_start(
        url: &str,
        mode: PoolMode,
        settings: &[&str],
        others: &[&str],
    ) -> Result<Self, String> {
        let program = find_pgbouncer(|name| env::var_os(name), Path::new("/"))?;
        let account = Account::find()?;
        let home = Home::new(folder::base(), "bouncer", "data/pid")?;
        let data = home.path().join("data");
        account.make_directory(&data)?;
        let server = parse(url)?;
        let mut logins = String::new();
        for url in others.iter().chain([&url]) {
            let url = parse(url)?;
            let password = url.password().unwrap_or_default();
            writeln!(logins, "\"{}\" \"{password}\"", url.username())
                .expect("a string takes everything");
        }
        account.write(&data.join("logins"), &logins)?;
        let mut url = server.clone();
        // Somebody else can take a free port first.
        for _ in 0..5 {
            let port = free_port()?;
            url.set_port(Some(port)).expect("a postgres URL has a port");
            let text = configuration(&server, port, mode, &data, settings);
            account.write(&data.join("pgbouncer.ini"), &text)?;
            let mut bouncer = Running {
                process: spawn(&program, account, home.path())?,
            };
            if bouncer.answers(&url).await? {
                return Ok(Self {
                    _running: bouncer,
                    url,
                    home,
                });
            }
        }
        Err(format!(
            "{} does not start: {}",
            program.display(),
            log(&home)
        ))
    }

    /// The same database and login, by way of the pooler.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The pooler's console (`SHOW POOLS`, `RECONNECT`, …), which takes simple queries alone.
    #[must_use]
    pub fn console_url(&self) -> String {
        console(&self.url).into()
    }

    /// What the pooler has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        log(&self.home)
    }
}

impl fmt::Debug for Bouncer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PgBouncer on 127.0.0.1:{}",
            self.url.port().unwrap_or_default()
        )
    }
}

impl Running {
    /// Whether it answers; `false` when it ends instead.
    async fn answers(&mut self, url: &Url) -> Result<bool, String> {
        let (console, begun) = (console(url), Instant::now());
        while begun.elapsed() < PATIENCE {
            // Whatever it says, it is there: a login or a setting that it refuses is the test's affair.
            if matches!(
                server::connect(&console).await,
                Ok(_) | Err(Error::Database(_))
            ) {
                return Ok(true);
            }
            let ended = self.process.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("PgBouncer does not answer".to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(problem) = keeper::end(&mut self.process, "TERM") {
            // A panic here would hide the one that may be under way.
            eprintln!("a PgBouncer is left behind: {problem}");
        }
    }
}

fn parse(url: &str) -> Result<Url, String> {
    // The message never repeats the URL: it has a password in it.
    Url::parse(url).map_err(|error| format!("not a URL for PgBouncer: {error}"))
}

fn configuration(
    server: &Url,
    port: u16,
    mode: PoolMode,
    data: &Path,
    settings: &[&str],
) -> String {
    let mode = match mode {
        PoolMode::Transaction => "transaction",
        PoolMode::Session => "session",
    };
    let mut lines = vec![
        "[databases]".to_owned(),
        format!(
            "* = host={} port={}",
            server.host_str().unwrap_or("127.0.0.1"),
            server.port().unwrap_or(5432)
        ),
        "[pgbouncer]".to_owned(),
        "listen_addr = 127.0.0.1".to_owned(),
        format!("listen_port = {port}"),
        "unix_socket_dir =".to_owned(),
        "auth_type = scram-sha-256".to_owned(),
        format!("auth_file = {}/logins", data.display()),
        format!("admin_users = {}", server.username()),
        format!("pidfile = {}/pid", data.display()),
        format!("pool_mode = {mode}"),
        "ignore_startup_parameters = extra_float_digits".to_owned(),
    ];
    lines.extend(settings.iter().map(ToString::to_string));
    lines.push(String::new());
    lines.join("\n")
}

fn spawn(program: &Path, account: Account, directory: &Path) -> Result<Child, String> {
    let log = directory.join("log");
    let out = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    account
        .program(program)
        .arg(directory.join("data/pgbouncer.ini"))
        // Ctrl-C is for the tests.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(out)
        .spawn()
        .map_err(|error| format!("{} cannot be run: {error}", program.display()))
}

fn console(url: &Url) -> Url {
    let mut console = url.clone();
    console.set_path("pgbouncer");
    console
}

fn log(home: &Home) -> String {
    fs::read_to_string(home.path().join("log")).unwrap_or_default()
}
