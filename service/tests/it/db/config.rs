//! The configuration: from the environment, and never with a password in sight.

use std::time::{Duration, Instant};

use service::{Config, EMBEDDED_URL, Error};

fn from(vars: &[(&str, &str)]) -> Result<Config, Error> {
    Config::from_vars(|name| {
        let found = vars.iter().find(|(var, _)| *var == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn nothing_set_means_the_embedded_database() {
    let shown = format!("{:?}", from(&[]).expect("defaults"));
    assert!(EMBEDDED_URL.starts_with("sqlite://aura.db"));
    assert!(
        shown.contains("/aura.db") && shown.contains("max_connections: 16"),
        "{shown}"
    );
    let empty = format!(
        "{:?}",
        from(&[("DATABASE_URL", ""), ("DATABASE_MAX_CONNECTIONS", "")]).expect("defaults")
    );
    assert_eq!(shown, empty, "empty is unset");
}

#[test]
fn every_variable_has_its_effect() {
    let config = from(&[
        ("DATABASE_URL", "postgres://host/database"),
        ("DATABASE_SCHEMA", "identity"),
        ("DATABASE_MAX_CONNECTIONS", "7"),
        ("DATABASE_CONNECT_TIMEOUT", "11"),
        ("DATABASE_ACQUIRE_TIMEOUT", "12"),
        ("DATABASE_IDLE_TIMEOUT", "13"),
        ("DATABASE_MAX_LIFETIME", " 14 "),
        ("DATABASE_STATEMENT_TIMEOUT", "15"),
        ("DATABASE_POOLED", "true"),
    ]);
    let shown = format!("{:?}", config.expect("valid"));
    for part in [
        "host:5432/database",
        "identity",
        "max_connections: 7",
        "11s",
        "12s",
        "13s",
        "14s",
        "Some(15s)",
        "pooled: Some(true)",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn what_is_no_number_or_out_of_bounds_is_refused_by_the_name_of_its_variable() {
    for name in [
        "DATABASE_MAX_CONNECTIONS",
        "DATABASE_CONNECT_TIMEOUT",
        "DATABASE_ACQUIRE_TIMEOUT",
        "DATABASE_IDLE_TIMEOUT",
        "DATABASE_MAX_LIFETIME",
        "DATABASE_STATEMENT_TIMEOUT",
    ] {
        for value in [
            "many",
            "-1",
            "0",
            "1.5",
            "86401",
            "4294967295",
            "18446744073709551615",
            "99999999999999999999999",
        ] {
            let refused = from(&[(name, value)]);
            assert!(
                matches!(&refused, Err(Error::Config { setting, .. }) if *setting == name),
                "{name}={value}: {refused:?}"
            );
        }
    }
}

#[test]
fn the_pooler_is_taken_before_the_server() {
    let both = [
        ("DATABASE_URL", "postgres://direct/database"),
        ("DATABASE_URL_POOLER", "postgres://pooler:6543/database"),
    ];
    let shown = format!("{:?}", from(&both).expect("valid"));
    assert!(
        shown.contains("pooler:6543") && !shown.contains("direct"),
        "{shown}"
    );
    let shown = format!("{:?}", from(&both[..1]).expect("valid"));
    assert!(shown.contains("direct"), "{shown}");
    let refused = from(&[("DATABASE_POOLED", "yes")]);
    assert!(
        matches!(
            &refused,
            Err(Error::Config {
                setting: "DATABASE_POOLED",
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn no_password_is_shown() {
    for url in [
        "postgres://user:hunter2@host/database",
        "postgres://user:hunter2@host/database?sslmode=require",
        "postgres://user:a@hunter2@host/database",
        "postgres://user:a?hunter2@host/database",
        "postgres://user:a#hunter2@host/database",
        "postgres://host/database?user=user&password=hunter2",
        "postgres://host/database?user=user&password=a@hunter2",
    ] {
        let shown = format!("{:?}", Config::new(url));
        assert!(
            !shown.contains("hunter2") && !shown.contains("user:"),
            "{url}: {shown}"
        );
    }
}

#[tokio::test]
async fn a_database_of_another_kind_is_refused_by_name() {
    for url in ["mysql://user:hunter2@host/database", "host", ""] {
        let refused = crate::rules::connect(Config::new(url))
            .await
            .expect_err("refused");
        assert!(
            matches!(
                &refused,
                Error::Config {
                    setting: "DATABASE_URL",
                    ..
                }
            ),
            "{refused:?}"
        );
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_without_the_password() {
    let config = Config::new("postgres://user:hunter2@127.0.0.1:1/database")
        .connect_timeout(Duration::from_secs(2))
        .acquire_timeout(Duration::from_secs(2));
    let refused = crate::rules::connect(config)
        .await
        .expect_err("nobody is there");
    assert!(matches!(&refused, Error::Database(_)));
    assert!(refused.to_string().contains("127.0.0.1:1: "), "{refused}");
    assert!(
        !format!("{refused} {refused:?}").contains("hunter2"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_a_setter_was_given_has_the_same_bounds() {
    let config = || Config::new("sqlite::memory:");
    for (name, config) in [
        (
            "DATABASE_ACQUIRE_TIMEOUT",
            config().acquire_timeout(Duration::MAX),
        ),
        (
            "DATABASE_CONNECT_TIMEOUT",
            config().connect_timeout(Duration::ZERO),
        ),
        (
            "DATABASE_MAX_CONNECTIONS",
            config().max_connections(u32::MAX),
        ),
        ("DATABASE_MAX_CONNECTIONS", config().max_connections(0)),
    ] {
        let refused = crate::rules::connect(config).await.map(drop);
        assert!(
            matches!(&refused, Err(Error::Config { setting, .. }) if *setting == name),
            "{name}: {refused:?}"
        );
    }
    let greatest = config()
        .acquire_timeout(Duration::from_hours(24))
        .max_connections(10_000);
    assert!(crate::rules::connect(greatest).await.is_ok());
}

#[tokio::test]
async fn a_url_that_cannot_be_read_is_not_quoted() {
    for url in [
        "postgres://u:s3/cret@127.0.0.1:1/db",
        "postgres://u:12/s3cret@127.0.0.1:1/db",
        "postgres://u:s3cret@127.0.0.1:port/db",
        "postgres://u:s3cret@127.0.0.1:1/db?sslmode=s3cret",
        "postgres://u:s3cret@127.0.0.1:1/db?pooled=s3cret",
        "host/db?password=s3cret",
        "u:s3cret@host/db",
        "s3cret-that-is-too-long://host",
    ] {
        let config = Config::new(url);
        assert!(!format!("{config:?}").contains("cret"), "{config:?}");
        let refused = crate::rules::connect(config).await.expect_err("refused");
        let shown = format!("{refused} {refused:?}");
        assert!(shown.contains("DATABASE_URL"), "{shown}");
        assert!(!shown.contains("cret"), "{shown}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let mute = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = mute.local_addr().expect("an address").to_string();
    let config = Config::new(format!("postgres://user:hunter2@{address}/database"))
        .connect_timeout(Duration::from_secs(1))
        .acquire_timeout(Duration::from_hours(1));
    let start = Instant::now();
    let refused = crate::rules::connect(config)
        .await
        .expect_err("nobody answers");
    assert!(start.elapsed() < Duration::from_secs(3), "{refused}");
    let said = refused.to_string();
    assert!(
        said.contains(&address) && said.contains("1 s") && !said.contains("hunter2"),
        "{said}"
    );
}
