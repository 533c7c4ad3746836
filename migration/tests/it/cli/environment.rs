//! Where the database's URL comes from.
use super::{Place, Run, known};

#[test]
fn without_a_url_it_is_the_embedded_database() {
    let place = Place::new();
    let path = place.dir.path().canonicalize().unwrap().join("aura.db");
    for (command, code) in [("status", 2), ("down", 0), ("reset --yes", 0)] {
        place
            .run(command)
            .gives(code)
            .says(&["there is no such file yet", "DATABASE_URL is not set"]);
        assert!(!path.exists(), "{command} made it");
    }
    place.run("").succeeds().says(&[
        &format!("database sqlite://{} (the embedded default", path.display()),
        &format!("applied {}, 0 pending\n", known()),
    ]);
    assert!(path.exists());
}

#[test]
fn flags_go_before_and_after_the_subcommand_and_win_over_the_environment() {
    let place = Place::new();
    for args in [
        "-u sqlite://a.db?mode=rwc up",
        "up -u sqlite://b.db?mode=rwc",
        "up --database-url=sqlite:c.db?mode=rwc -n 1",
        "--lock-timeout 1 -u sqlite://d.db?mode=rwc",
    ] {
        place
            .on("sqlite://environment.db?mode=rwc", args)
            .succeeds();
    }
    for name in ["a.db", "b.db", "c.db", "d.db"] {
        assert!(place.path(name).exists(), "{name}");
    }
    assert!(!place.path("environment.db").exists() && !place.path("aura.db").exists());
}

#[test]
fn dot_env_is_read_here_and_above_and_the_environment_wins() {
    let place = Place::new();
    place.write(".env", "# ours\nDATABASE_URL='sqlite://file.db?mode=rwc'\n");
    place.run("up").succeeds();
    assert!(place.path("file.db").exists() && !place.path("aura.db").exists());

    std::fs::create_dir(place.path("below")).unwrap();
    Run::of(place.command().current_dir(place.path("below"))).succeeds();
    assert!(place.path("below/file.db").exists());

    place
        .on("sqlite://environment.db?mode=rwc", "up")
        .succeeds();
    assert!(place.path("environment.db").exists());
}

#[test]
fn a_broken_dot_env_is_said_without_its_content() {
    let place = Place::new();
    place.write(
        ".env",
        "# ours\nDATABASE_URL=postgres://ann:s3cret@localhost/app and more\n",
    );
    place.run("up").fails(&["/.env: line 2 cannot be read"]);
    place.write(".env", "s3cret\n");
    place
        .run("up")
        .fails(&["/.env: line 1 cannot be read", "NAME=value"]);
    place.write(".env", b"DATABASE_URL=\xff\xfe\n");
    place.run("up").fails(&["/.env: ", "UTF-8"]);
    assert!(!place.path("aura.db").exists());
}

#[test]
fn a_malformed_url_is_refused() {
    let place = Place::new();
    for url in [
        "",
        "aura.db",
        "localhost/app",
        "postgres://",
        "postgres://ann:s3cret@localhost:port/app",
        "postgres://ann:12/s3cret@localhost/app",
        "postgres://ann:s3cret@localhost/app?sslmode=sometimes",
        "sqlite://",
        "sqlite://aura.db?mode=maybe",
    ] {
        let run = place.on(url, "up");
        if url == "postgres://" {
            // Nothing is wrong with it: every part has a default, as in psql.
            continue;
        }
        run.fails(&["malformed database URL: ", "postgres://", "sqlite://"]);
    }
    assert!(!place.path("aura.db").exists());
}

#[test]
fn other_databases_are_refused_by_name() {
    let place = Place::new();
    for url in [
        "mysql://root:s3cret@localhost/app",
        "mariadb://localhost/app",
        "mssql://localhost",
    ] {
        let scheme = url.split(':').next().unwrap();
        place.on(url, "up").fails(&[
            &format!("`{scheme}` are not supported"),
            "postgres://",
            "sqlite://",
        ]);
    }
}

#[test]
fn a_database_in_memory_is_refused() {
    for url in ["sqlite::memory:", "sqlite://x?mode=memory"] {
        Place::new()
            .on(url, "up")
            .fails(&["in memory would vanish", "sqlite://aura.db?mode=rwc"]);
    }
}

#[test]
fn what_has_no_effect_is_noted() {
    let place = Place::new();
    let run = place.on("sqlite://a.db?mode=rwc", "up -s app");
    assert_eq!(
        (run.code, run.stderr.lines().count()),
        (0, 1),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("SQLite has no schemas"),
        "{}",
        run.stderr
    );
}
