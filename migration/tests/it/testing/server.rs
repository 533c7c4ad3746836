//! The server that the databases are on, and what is left when a run is killed.

use super::*;

#[tokio::test]
async fn tests_are_ordinary_logins() {
    let db = TestDb::migrated::<Notes>(Backend::Postgres).await;
    let owner = db.connect().await;
    let rights = "SELECT concat_ws(' ', rolsuper, rolbypassrls, rolreplication, rolcreatedb, rolcreaterole) \
        FROM pg_roles WHERE rolname = current_user";
    assert_eq!(
        text(&owner, rights).await,
        "f f f f t",
        "no superuser, whom row-level security would not bind, but one that may make roles"
    );
    let theirs =
        "SELECT (tableowner = current_user)::text FROM pg_tables WHERE tablename = 'notes'";
    assert_eq!(text(&owner, theirs).await, "true");
    assert!(postgres_version().await >= 140_000);

    let login = db.create_login().await;
    let stranger = Database::connect(&login.url).await.unwrap();
    assert_eq!(
        text(&stranger, "SELECT current_user::text").await,
        login.name
    );
    let refused = stranger
        .execute_unprepared("SELECT * FROM notes")
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    migration::not_on_citus!("whom a cluster lets in, and how, is its administrator's affair");
    let db = TestDb::empty(Backend::Postgres).await;
    let (before, after) = db.url().split_once('@').unwrap();
    let (login, _) = before.rsplit_once(':').unwrap();
    let refused = Database::connect(format!("{login}:wrong@{after}"))
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("password authentication failed"),
        "{refused}"
    );
}

#[tokio::test]
async fn leftovers_of_a_dead_run_are_swept() {
    let live = TestDb::empty(Backend::Postgres).await;
    let dead = format!("aura_test_{:016x}_1", Uuid::new_v4().as_u64_pair().1);
    let admin = Database::connect(postgres_admin_url().await).await.unwrap();
    admin
        .execute_unprepared(&format!("CREATE DATABASE {dead}"))
        .await
        .unwrap();
    admin
        .execute_unprepared(&format!("CREATE ROLE {dead}_1"))
        .await
        .unwrap();
    sweep_postgres().await;
    assert!(!exists(&dead).await && !exists(&format!("{dead}_1")).await);
    live.execute("SELECT 1").await.unwrap();

    let live = TestDb::new(Backend::Sqlite).await;
    let own = live.path().unwrap().parent().unwrap();
    let (prefix, _) = own.to_str().unwrap().rsplit_once('-').unwrap();
    let dead = PathBuf::from(format!("{prefix}-{:016x}", Uuid::new_v4().as_u64_pair().1));
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("lock"), "").unwrap();
    sweep_sqlite();
    assert!(!dead.exists() && own.exists());
}

#[tokio::test]
async fn a_template_outlasts_a_long_run() {
    let before = TestDb::new(Backend::Postgres).await;
    let (login, _) = before
        .url()
        .split_once("://")
        .unwrap()
        .1
        .split_once(':')
        .unwrap();
    let admin = Database::connect(postgres_admin_url().await).await.unwrap();
    // As if it had been made long ago.
    admin
        .execute_unprepared(&format!("COMMENT ON DATABASE {login} IS '1'"))
        .await
        .unwrap();
    sweep_postgres().await;
    assert!(exists(login).await);
    before.execute("SELECT 1").await.unwrap();
    TestDb::new(Backend::Postgres).await;
}

/// The test that stays when it is told to.
const HOLDER: &str = "testing::server::a_url_leads_to_the_database";

/// The URL that a client is given leads to the database; the other process of the tests below says where it is.
#[tokio::test]
async fn a_url_leads_to_the_database() {
    let file = TestDb::migrated::<Notes>(Backend::Sqlite).await;
    let db = TestDb::migrated::<Notes>(Backend::Postgres).await;
    for url in [file.url(), db.url()] {
        Database::connect(url)
            .await
            .unwrap()
            .execute_unprepared("SELECT text FROM notes")
            .await
            .unwrap();
    }
    if env::var_os(STAY).is_some() {
        println!("\nat {}\nat {}", file.url(), db.url());
        std::io::stdout().flush().unwrap();
        thread::sleep(Duration::from_mins(2));
    }
}

#[test]
fn a_killed_process_leaves_no_server_behind() {
    // Binaries by another name make another server: nobody else uses it.
    let own = TemporaryDirectory::new();
    let binaries = own.0.join("bin");
    symlink(
        find_postgres(|name| env::var_os(name), Path::new("/")).unwrap(),
        &binaries,
    )
    .unwrap();
    let settings = [("TEST_POSTGRES_BIN", binaries.to_str().unwrap())];

    let (mut first, [_, url]) = another(HOLDER, &settings);
    let (mut second, [file, joined]) = another(HOLDER, &settings);
    let port = (port_of(&url), port_of(&joined));
    assert_eq!(port.0, port.1, "two processes share a server");

    let directory = PathBuf::from(file.strip_prefix("sqlite://").unwrap())
        .parent()
        .unwrap()
        .to_owned();
    assert!(directory.exists());

    // Neither the one that started it nor the one that joined is asked to clean up.
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port.0)).is_ok());
    second.kill().unwrap();
    second.wait().unwrap();
    within(Duration::from_secs(20), "stopping", || {
        TcpStream::connect(("127.0.0.1", port.0)).is_err()
    });
    sweep_sqlite();
    assert!(!directory.exists());
}

#[tokio::test]
async fn a_given_server_needs_no_superuser() {
    let admin_url = postgres_admin_url().await;
    let db = TestDb::empty(Backend::Postgres).await;
    let login = db.create_login().await;
    let admin = Database::connect(&admin_url).await.unwrap();
    let refused = Command::new(env::current_exe().unwrap())
        .args(["--exact", HOLDER])
        .env("TEST_DATABASE_URL", &login.url)
        .env_remove("TEST_CITUS_URL")
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let refused = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(
        refused.contains("must be a superuser, or have CREATEDB and CREATEROLE"),
        "{refused}"
    );

    admin
        .execute_unprepared(&format!("ALTER ROLE {} CREATEDB CREATEROLE", login.name))
        .await
        .unwrap();
    let (mut process, [_, url]) = another(HOLDER, &[("TEST_DATABASE_URL", &login.url)]);
    let made = url
        .rsplit('/')
        .next()
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    assert!(exists(&made).await);
    sweep_postgres().await;
    assert!(
        exists(&made).await,
        "what a living process made is left alone"
    );
    process.kill().unwrap();
    process.wait().unwrap();
    within_async("sweeping", async || {
        sweep_postgres().await;
        !exists(&made).await
    })
    .await;

    // The template stays for the next process of this program: its role hangs on the login that is about to go.
    let template = url
        .split_once("://")
        .unwrap()
        .1
        .split(':')
        .next()
        .unwrap()
        .to_owned();
    admin
        .execute_unprepared(&format!("DROP DATABASE {template}"))
        .await
        .unwrap();
    admin
        .execute_unprepared(&format!("DROP ROLE {template}"))
        .await
        .unwrap();
}
