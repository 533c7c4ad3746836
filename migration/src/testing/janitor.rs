//! The thread that keeps the administrator's session, for tests whose own runtimes come and go.
use std::{
    sync::{OnceLock, mpsc},
    thread,
};

use tokio::sync::{
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    oneshot,
};
use url::Url;

use super::{
    admin::{Admin, Made},
    history::History,
    sweep,
};

type Answer<T> = oneshot::Sender<Result<T, String>>;

/// What is said when the thread has panicked.
const GONE: &str = "the thread that keeps the server's session is gone: its own message is above";

enum Job {
    Server(Answer<(String, i32)>),
    Create(Option<History>, Answer<Made>),
    Login {
        database: String,
        number: usize,
        answer: Answer<(String, Url)>,
    },
    Sweep(Answer<()>),
    /// Answers on a channel that can be waited on from within a runtime, as `Drop` must.
    Drop {
        database: String,
        answer: mpsc::Sender<Result<(), String>>,
    },
}

/// The URL of the server's `postgres` database as the administrator, the password in it: a superuser on the throwaway server.
///
/// Whatever is made with it that is not named `aura_test_…` nobody cleans up.
///
/// # Panics
///
/// When no server can be had; the message says how to get one.
pub async fn postgres_admin_url() -> String {
    ask(Job::Server).await.0
}

/// The server's version, as `server_version_num` has it: 150018 is 15.18.
///
/// # Panics
///
/// When no server can be had; the message says how to get one.
pub async fn postgres_version() -> i32 {
    ask(Job::Server).await.1
}

/// Drops the databases and roles that killed runs left on the server; each process does so before its first database.
///
/// # Panics
///
/// When no server can be had, or when it refuses.
pub async fn sweep_postgres() {
    ask(Job::Sweep).await;
}

/// A database, a copy of the template of `history` or empty.
pub(super) async fn create(history: Option<History>) -> Made {
    ask(|answer| Job::Create(history, answer)).await
}

/// A login without rights, and the URL of `database` as that login.
pub(super) async fn create_login(database: &str, number: usize) -> (String, Url) {
    ask(|answer| Job::Login {
        database: database.to_owned(),
        number,
        answer,
    })
    .await
}

/// Drops a database and then the roles that are named after it; waits for it without a runtime.
pub(super) fn drop_database(database: String) -> Result<(), String> {
    let (answer, answered) = mpsc::channel();
    jobs()
        .send(Job::Drop { database, answer })
        .map_err(|_| GONE.to_owned())?;
    answered.recv().unwrap_or_else(|_| Err(GONE.to_owned()))
}

async fn ask<T>(job: impl FnOnce(Answer<T>) -> Job) -> T {
    let (answer, answered) = oneshot::channel();
    let _ = jobs().send(job(answer));
    answered
        .await
        .unwrap_or_else(|_| Err(GONE.to_owned()))
        .unwrap_or_else(|problem| panic!("{problem}"))
}

fn jobs() -> &'static UnboundedSender<Job> {
    static JOBS: OnceLock<UnboundedSender<Job>> = OnceLock::new();
    JOBS.get_or_init(|| {
        let (sender, receiver) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime for the janitor");
        let janitor = thread::Builder::new().name("janitor".to_owned());
        janitor
            .spawn(move || runtime.block_on(work(receiver)))
            .expect("a thread for the janitor");
        sender
    })
}

async fn work(mut jobs: UnboundedReceiver<Job>) {
    let mut admin = Admin::connect().await;
    while let Some(job) = jobs.recv().await {
        match &mut admin {
            Ok(admin) => job.run(admin).await,
            Err(problem) => job.refuse(problem),
        }
    }
}

/// Whoever asked may have given up: an answer that nobody hears is dropped.
impl Job {
    async fn run(self, admin: &mut Admin) {
        match self {
            Self::Server(answer) => drop(answer.send(Ok((admin.url.to_string(), admin.version)))),
            Self::Create(history, answer) => drop(answer.send(admin.create(history).await)),
            Self::Login {
                database,
                number,
                answer,
            } => {
                drop(answer.send(admin.create_login(&database, number).await));
            }
            Self::Sweep(answer) => drop(answer.send(sweep::dead_runs(admin).await)),
            Self::Drop { database, answer } => {
                let dropped = match admin.drop_database(&database).await {
                    Ok(()) => admin.drop_roles(&database).await,
                    Err(problem) => Err(problem),
                };
                drop(answer.send(dropped));
            }
        }
    }

    fn refuse(self, problem: &str) {
        let problem = problem.to_owned();
        match self {
            Self::Server(answer) => drop(answer.send(Err(problem))),
            Self::Create(_, answer) => drop(answer.send(Err(problem))),
            Self::Login { answer, .. } => drop(answer.send(Err(problem))),
            Self::Sweep(answer) => drop(answer.send(Err(problem))),
            Self::Drop { answer, .. } => drop(answer.send(Err(problem))),
        }
    }
}
