//! What users of Node would pick: a process for each, in `benches/peers`, that answers single questions for the checks and
//! measures its windows itself, so that nothing of ours is in what it is measured by.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io};

use entity::{applications, sessions, users};
use serde::Deserialize;
use serde_json::{Value, from_value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::oneshot;

use super::hand::places;
use crate::keys::{Keys, Kind, id};
use crate::measure::{Task, Times, Window, float, micros};
use crate::operation::{Access, Answer, Ask, Carrier, Operation, Outcome};
use crate::server::{Server, run_between};

/// What is hot is compiled only after a while: windows begin no sooner.
const WARM_UP: Duration = Duration::from_secs(1);

/// A stack in a process of its own, which ends with it.
#[derive(Clone)]
pub(crate) struct Node(Arc<Process>);

struct Process {
    keys: Arc<Keys>,
    input: tokio::sync::Mutex<ChildStdin>,
    waiting: Arc<Mutex<Waiting>>,
    next: AtomicU64,
    _child: Child,
}

/// Who waits for which answer.
type Waiting = BTreeMap<u64, oneshot::Sender<Value>>;

/// A window as the process tells it; times in µs.
#[derive(Deserialize)]
struct Told {
    per_second: f64,
    operations: usize,
    p50: f64,
    p99: f64,
    slowest: f64,
    client_cpu: f64,
    asked: usize,
    found: usize,
}

#[derive(Deserialize)]
struct ToldCarrier {
    session: sessions::Model,
    user: users::Model,
    application: Option<applications::Model>,
    access: Option<Access>,
    rotation_due: bool,
}

impl Node {
    /// Starts `node SCRIPT`; the URL is in its environment, as arguments are for everyone to read.
    pub(crate) fn start(script: &[&str], url: &str, keys: Arc<Keys>) -> Outcome<Self> {
        let mut child = tokio::process::Command::new("node")
            .args(script)
            .current_dir(folder())
            .env("PEER_DATABASE_URL", url)
            .env("NODE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().ok_or("node has no input")?;
        let output = child.stdout.take().ok_or("node has no output")?;
        let waiting = Arc::default();
        tokio::spawn(listen(output, Arc::clone(&waiting)));
        Ok(Self(Arc::new(Process {
            keys,
            input: input.into(),
            waiting,
            next: AtomicU64::new(0),
            _child: child,
        })))
    }

    /// Answers outside of what is measured.
    pub(crate) async fn answer(&self, ask: Ask) -> Outcome<Answer> {
        let (operation, keys) = self.request(&ask);
        let rest = format!("{} {keys}", operation.key());
        read(&ask, self.say("ask", &rest, "answer").await?)
    }

    /// Has the process measure a window.
    pub(crate) async fn window(
        &self,
        task: Task,
        times: Times,
        server: Option<&Server>,
    ) -> Outcome<Window> {
        let warm_up = times.warm_up.max(WARM_UP);
        self.say("prepare", task.operation.key(), "prepared")
            .await?;
        let rest = format!(
            "{} {} {} {} {}",
            task.operation.key(),
            task.workers,
            warm_up.as_millis(),
            times.window.as_millis(),
            task.number
        );
        let at_server = async {
            let from = Instant::now() + warm_up;
            tokio::time::sleep_until(from.into()).await;
            let before = server.and_then(Server::cpu)?;
            tokio::time::sleep_until((from + times.window).into()).await;
            Some(run_between(&before, &server.and_then(Server::cpu)?))
        };
        let (told, at_server) = tokio::join!(self.say("run", &rest, "window"), at_server);
        let told: Told = from_value(told?)?;
        // A stack that asks for the wrong keys finds nothing, fast; of the right ones about one in twenty is not live.
        if told.found * 2 < told.asked {
            let title = task.operation.title();
            let (found, asked) = (told.found, told.asked);
            return Err(format!("{title}: node found {found} of {asked}").into());
        }
        Ok(Window {
            per_second: told.per_second,
            p50: told.p50,
            p99: told.p99,
            slowest: told.slowest,
            client_cpu: told.client_cpu,
            server_cpu: at_server.map(|total| micros(total) / float(told.operations)),
            found: told.found,
            locked: 0,
        })
    }

    fn request(&self, ask: &Ask) -> (Operation, Value) {
        let keys = &self.0.keys;
        match ask {
            Ask::UserByEmail(number) => (
                Operation::UserByEmail,
                json!({ "email": keys.emails[*number].as_str() }),
            ),
            Ask::Tenant { user, application } => (
                Operation::Tenant,
                json!({ "user": user, "application": application }),
            ),
            Ask::Page(number) => {
                let application = id(Kind::Application, *number);
                let keys = json!({ "application": application, "after": Keys::after(*number) });
                (Operation::Page, keys)
            }
            Ask::SignUp {
                email, application, ..
            } => {
                let (application, admin) = places(*application);
                let keys = json!({ "email": email, "application": application, "admin": admin });
                (Operation::SignUp, keys)
            }
            Ask::Consume(number) => (
                Operation::Consume,
                json!({ "token": keys.links[*number].as_str() }),
            ),
            Ask::Resolve(number) => (
                Operation::Resolve,
                json!({ "token": keys.sessions[*number].as_str() }),
            ),
        }
    }

    /// Sends a line and waits for what `field` of its answer says.
    async fn say(&self, command: &str, rest: &str, field: &str) -> Outcome<Value> {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        lock(&self.0.waiting).insert(id, sender);
        let line = format!("{command} {id} {rest}\n");
        self.0.input.lock().await.write_all(line.as_bytes()).await?;
        let mut said = answer.await.map_err(|_| "node has ended")?;
        if let Some(error) = said.get("error") {
            return Err(format!("node: {error}").into());
        }
        Ok(said[field].take())
    }
}

/// Hands answers to whoever waits for them; whoever waits still when the process ends hears that.
async fn listen(output: ChildStdout, waiting: Arc<Mutex<Waiting>>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(said) = serde_json::from_str::<Value>(&line) else {
            eprintln!("node: {line}");
            continue;
        };
        let waits = said["id"]
            .as_u64()
            .and_then(|id| lock(&waiting).remove(&id));
        if let Some(waits) = waits {
            // Who does not wait any more needs no answer.
            let _ = waits.send(said);
        }
    }
    lock(&waiting).clear();
}

fn lock(waiting: &Mutex<Waiting>) -> std::sync::MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(ask: &Ask, said: Value) -> Outcome<Answer> {
    if said.is_null() {
        return Ok(Answer::Nothing);
    }
    Ok(match ask {
        Ask::UserByEmail(_) | Ask::Consume(_) => Answer::User(from_value(said)?),
        Ask::Tenant { .. } => Answer::Access(from_value(said)?),
        Ask::Page(_) => Answer::Page(from_value(said)?),
        Ask::SignUp { .. } => Answer::SignedUp(from_value(said)?),
        Ask::Resolve(_) => {
            let told: ToldCarrier = from_value(said)?;
            Answer::Carrier(Carrier {
                session: told.session.into(),
                user: told.user,
                application: told.application,
                access: told.access,
                rotation_due: told.rotation_due,
            })
        }
    })
}

/// Where the scripts are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

/// Installs what the scripts need, where it is not there yet.
pub(crate) fn install() -> Outcome<()> {
    let folder = folder();
    // Written last; what is newer came after it.
    let installed = folder.join("node_modules/.installed");
    let when = |path: &Path| fs::metadata(path)?.modified();
    let newest = when(&folder.join("package-lock.json"))?.max(when(&folder.join("schema.prisma"))?);
    if when(&installed).is_ok_and(|when| when >= newest) {
        return Ok(());
    }
    eprintln!("installing Drizzle and Prisma");
    // Scripts of packages would fetch programs that only Prisma's migrations need.
    npm(
        &folder,
        &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    )?;
    npm(&folder, &["run", "generate"])?;
    Ok(fs::write(installed, "")?)
}

fn npm(folder: &Path, arguments: &[&str]) -> Outcome<()> {
    let done = Command::new("npm")
        .args(arguments)
        .current_dir(folder)
        // Another such program, which it asks for and does not run here.
        .env("PRISMA_SCHEMA_ENGINE_BINARY", "/bin/true")
        .env("CHECKPOINT_DISABLE", "1")
        // Standard output is for the tables.
        .stdout(io::stderr())
        .status()
        .map_err(|error| format!("the peers need Node 20.19 or later, with npm: {error}"))?;
    if done.success() {
        Ok(())
    } else {
        Err(format!("npm {} failed", arguments.join(" ")).into())
    }
}
