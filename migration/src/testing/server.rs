//! The `PostgreSQL` server of a run: the given one, or a throwaway one that all processes of the run share.
//!
//! The throwaway server has a directory named after the user, the directory of the test binaries and that of the `PostgreSQL`
//! binaries. In it: `start.lock` (held while starting or joining), `users.lock` (shared by every user, for life: what `keeper.sh`
//! waits for), `server` (its URL, for those who join), `id`, `data` and `log`.
use std::{
    env,
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm_migration::sea_orm::sqlx::{Connection, Error, PgConnection};
use url::Url;

use super::{
    binaries::find_postgres,
    citus::{self, Worker},
    cluster::Cluster,
    folder, keeper,
};

/// Seconds that a server outlives its last user, so that the next test binary of a run finds it.
const LINGER: u8 = 3;

/// A server that answers.
pub(super) struct Server {
    /// Its maintenance database, as who may create databases and roles.
    pub(super) url: Url,
    pub(super) session: PgConnection,
    /// Whether durability is off: it is our own.
    pub(super) throwaway: bool,
    /// Held for life: the server stays as long as somebody has it.
    pub(super) user: Option<File>,
    /// Those of the cluster, where it is the coordinator of one.
    pub(super) workers: Vec<Worker>,
}

/// Connects to the coordinator of `TEST_CITUS_URL`, else to the server of `TEST_DATABASE_URL`, else joins or starts the
/// throwaway one.
pub(super) async fn find_or_start() -> Result<Server, String> {
    if let Some(given) = citus::given() {
        return given_server("TEST_CITUS_URL", &given).await;
    }
    if let Some(given) = env::var("TEST_DATABASE_URL")
        .ok()
        .filter(|given| !given.is_empty())
    {
        return given_server("TEST_DATABASE_URL", &given).await;
    }
    let binaries = find_postgres(|name| env::var_os(name), Path::new("/"))?;
    let directory = directory(&binaries)?;
    let _start = lock_start(&directory)?;
    let fail = |error: std::io::Error| format!("{}: {error}", directory.display());
    let user = open(&directory.join("users.lock")).map_err(fail)?;
    user.lock_shared().map_err(fail)?;
    let joined = join(&directory).await;
    if joined.is_none() {
        fs::write(directory.join("id"), folder::random()).map_err(fail)?;
    }
    // Before the server: whatever happens to us while it starts, somebody cleans up.
    keeper::keep(&directory, "data/cluster/postmaster.pid", LINGER)?;
    let (url, session) = if let Some(joined) = joined {
        joined
    } else {
        // What is left there is not ours: a server that crashed, or one that is not joined.
        let _ = fs::remove_file(directory.join("log"));
        let started = Cluster::make(&binaries, &directory, false)?
            .start(&[])
            .await?;
        announce(&directory, &started.url).map_err(fail)?;
        (started.url, started.session)
    };
    Ok(Server {
        url,
        session,
        throwaway: true,
        user: Some(user),
        workers: Vec::new(),
    })
}

async fn given_server(variable: &str, given: &str) -> Result<Server, String> {
    // The message never repeats the URL: it has a password in it.
    let mut url = Url::parse(given).map_err(|error| format!("{variable} is not a URL: {error}"))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(format!(
            "{variable} must be a postgres:// URL, not {}://",
            url.scheme()
        ));
    }
    let workers = if variable == "TEST_CITUS_URL" {
        citus::workers(&url).await?
    } else {
        Vec::new()
    };
    // Advisory locks belong to a database: all runs on a server must meet in the same one.
    url.set_path("/postgres");
    let session = connect(&url)
        .await
        .map_err(|error| format!("the server of {variable} does not let us in: {error}"))?;
    Ok(Server {
        url,
        session,
        throwaway: false,
        user: None,
        workers,
    })
}

fn directory(binaries: &Path) -> Result<PathBuf, String> {
    let program = env::current_exe()
        .map_err(|error| format!("this program does not know its own path: {error}"))?;
    let key = folder::digest((program.parent(), binaries));
    Ok(folder::base().join(format!("aura-postgres-{}-{key:016x}", folder::uid())))
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

/// Takes `start.lock` in a directory that is still in its place: the keeper of the last server may be removing it.
fn lock_start(directory: &Path) -> Result<File, String> {
    for _ in 0..100 {
        // The server may run as another user, who has to pass through.
        folder::own(directory, 0o711)?;
        let path = directory.join("start.lock");
        let Ok(lock) = open(&path) else { continue };
        lock.lock()
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let locked = lock.metadata().map(|locked| locked.ino()).ok();
        if locked.is_some() && locked == fs::metadata(&path).map(|present| present.ino()).ok() {
            return Ok(lock);
        }
    }
    Err(format!(
        "{} does not stay in its place",
        directory.display()
    ))
}

/// The server that another process started, if it lives.
async fn join(directory: &Path) -> Option<(Url, PgConnection)> {
    let url = Url::parse(&fs::read_to_string(directory.join("server")).ok()?).ok()?;
    // A busy server may need more than one try; nobody there, or somebody else there, shows at once.
    for _ in 0..6 {
        match connect(&url).await {
            Ok(session) => return Some((url, session)),
            Err(Error::Io(error)) if error.kind() == ErrorKind::TimedOut => {}
            Err(_) => return None,
        }
    }
    None
}

/// Connects once, within five seconds: whatever else has the port by now may never answer.
pub(super) async fn connect(url: &Url) -> Result<PgConnection, Error> {
    tokio::time::timeout(Duration::from_secs(5), PgConnection::connect(url.as_str()))
        .await
        .unwrap_or_else(|_| Err(Error::Io(ErrorKind::TimedOut.into())))
}

/// Writes what those who join need to know.
fn announce(directory: &Path, url: &Url) -> std::io::Result<()> {
    let path = directory.join("server");
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)?
        .write_all(url.as_str().as_bytes())
}
