//! Making and starting a throwaway server from its binaries.
use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sea_orm_migration::sea_orm::sqlx::PgConnection;
use url::Url;

use super::{folder, server};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Nothing here has to survive a power cut, and everything has to be ready at once.
const SETTINGS: [&str; 16] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
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
    "logging_collector=off",
];

/// Who runs the server: `PostgreSQL` refuses to run as root.
#[derive(Clone, Copy)]
struct Account {
    uid: u32,
    gid: u32,
}

/// Makes a cluster in `directory` and starts its server, in place of whatever was there.
pub(super) async fn start(
    binaries: &Path,
    directory: &Path,
) -> Result<(Url, PgConnection), String> {
    let account = account()?;
    let data = directory.join("data");
    let fail = |error: std::io::Error| format!("{}: {error}", directory.display());
    remove(&data).map_err(fail)?;
    fs::DirBuilder::new().create(&data).map_err(fail)?;
    give(&data, account).map_err(fail)?;
    let password = folder::secret();
    initialize(binaries, directory, account, &password)?;

    let begun = Instant::now();
    // Somebody else can take a free port before the server does.
    for _ in 0..5 {
        let port = free_port().map_err(|error| format!("no free port on 127.0.0.1: {error}"))?;
        let url =
            format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres?sslmode=disable");
        let url = Url::parse(&url).expect("the URL is made of safe characters");
        let mut process = spawn(binaries, directory, account, port)?;
        while begun.elapsed() < PATIENCE {
            if let Ok(session) = server::connect(&url).await {
                return Ok((url, session));
            }
            if process.try_wait().map_err(fail)?.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if process.try_wait().map_err(fail)?.is_none() {
            process.kill().map_err(fail)?;
            break;
        }
    }
    Err(format!(
        "PostgreSQL of {} does not start: {}",
        binaries.display(),
        tail(&directory.join("log"))
    ))
}

fn initialize(
    binaries: &Path,
    directory: &Path,
    account: Option<Account>,
    password: &str,
) -> Result<(), String> {
    let secret = directory.join("data/password");
    let mut problems = vec![];
    // Not every system has the locale, and not every build of PostgreSQL takes it.
    for locale in ["C.UTF-8", "C"] {
        let data = directory.join("data");
        let fail = |error: std::io::Error| format!("{}: {error}", data.display());
        // The password file lies where only the server's user can look; initdb wants an empty directory beside it.
        fs::write(&secret, password).map_err(fail)?;
        give(&secret, account).map_err(fail)?;
        let output = program(&binaries.join("initdb"), account)
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
            .map_err(|error| {
                format!(
                    "{} cannot be run: {error}",
                    binaries.join("initdb").display()
                )
            })?;
        fs::remove_file(&secret).map_err(fail)?;
        if output.status.success() {
            return Ok(());
        }
        problems.push(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Err(format!(
        "initdb of {} fails: {}",
        binaries.display(),
        problems.join("; ")
    ))
}

fn spawn(
    binaries: &Path,
    directory: &Path,
    account: Option<Account>,
    port: u16,
) -> Result<Child, String> {
    let path = directory.join("log");
    let log = File::create(&path).and_then(|log| Ok((log.try_clone()?, log)));
    let (out, err) = log.map_err(|error| format!("{}: {error}", path.display()))?;
    program(&binaries.join("postgres"), account)
        .arg("-D")
        .arg(directory.join("data/cluster"))
        .args(["-p", &port.to_string()])
        .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
        // Ctrl-C is for the tests: the keeper ends the server.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .map_err(|error| {
            format!(
                "{} cannot be run: {error}",
                binaries.join("postgres").display()
            )
        })
}

/// A command that runs as `account` and hears nothing of the `PG…` variables of whoever runs the tests.
fn program(path: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(path);
    command.env("LC_ALL", "C").current_dir("/");
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG"))
    {
        command.env_remove(name);
    }
    if let Some(Account { uid, gid }) = account {
        command.uid(uid).gid(gid);
    }
    command
}

/// The account for the server when this process is root's; `None`: as oneself.
fn account() -> Result<Option<Account>, String> {
    if folder::uid() != 0 {
        return Ok(None);
    }
    let accounts =
        fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
    let named = |name: &str| {
        let fields: Vec<&str> = accounts
            .lines()
            .map(|line| line.split(':').collect())
            .find(|fields: &Vec<&str>| fields[0] == name)?;
        Some(Account {
            uid: fields.get(2)?.parse().ok()?,
            gid: fields.get(3)?.parse().ok()?,
        })
    };
    named("postgres")
        .or_else(|| named("nobody"))
        .map(Some)
        .ok_or_else(|| "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as".to_owned())
}

fn give(path: &Path, account: Option<Account>) -> std::io::Result<()> {
    fs::set_permissions(
        path,
        std::os::unix::fs::PermissionsExt::from_mode(if path.is_dir() { 0o700 } else { 0o600 }),
    )?;
    account.map_or(Ok(()), |Account { uid, gid }| {
        chown(path, Some(uid), Some(gid))
    })
}

fn remove(data: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(data) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The last lines of the server's log.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n  ")
}
