use super::{DEFAULT_URL, DatabaseUrl};
use crate::error::Error;

fn parse(text: &str) -> Result<DatabaseUrl, Error> {
    text.parse()
}

fn shown(text: &str) -> String {
    match parse(text) {
        Ok(url) => {
            assert_eq!(format!("{url:?}"), format!("DatabaseUrl({url})"));
            url.to_string()
        }
        Err(error) => panic!("{text}: {error}"),
    }
}

#[test]
fn passwords_are_never_shown() {
    for text in [
        "postgres://ann:s3cret@db:5433/app",
        "postgresql://ann@db:5433/app?password=s3cret&sslmode=disable",
        "POSTGRES://ann:s3cret@db:5433/app?application_name=x",
        "postgres://ann:s3cret@db:5433/app?sslpassword=s3cret",
    ] {
        assert_eq!(shown(text), "postgres://ann:***@db:5433/app");
    }
    assert_eq!(
        shown("postgres://ann@[::1]:5433/app"),
        "postgres://ann@[::1]:5433/app"
    );
}

#[test]
fn a_password_that_is_not_encoded_is_refused_without_being_shown() {
    for text in [
        "postgres://ann:12/s3cret@db/app",
        "postgres://ann:12?s3cret@db/app",
        "postgres://ann:12#s3cret@db/app",
        "postgres://ann:s3cret/x@db/app",
        "postgres://ann:s3cret@db:port/app",
        "ann:s3cret@db/app",
        "ann:s3cret://db/app?x",
        "postgres://ann:s3cret@db/app?sslmode=sometimes",
        "postgres://ann:s3cret@db/app?port=s",
        "postgres://ann:s3cret@db/app?options=-csearch_path%3Dx",
        "",
        "aura.db",
        "sqlite://",
        "sqlite:?mode=rwc",
        "sqlite://aura.db?mode=maybe",
        "sqlite://aura.db?mod=rwc",
    ] {
        match parse(text) {
            Err(error @ (Error::MalformedUrl { .. } | Error::UnsupportedDatabase { .. })) => {
                assert!(
                    !format!("{error} {error:?}").contains("s3cret"),
                    "{text}: {error}"
                );
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn only_postgresql_and_sqlite_are_supported() {
    for scheme in ["mysql", "mariadb", "mssql", "mongodb+srv", "https"] {
        match parse(&format!("{scheme}://ann:s3cret@db/app")) {
            Err(Error::UnsupportedDatabase { scheme: named }) => assert_eq!(named, scheme),
            other => panic!("{scheme}: {other:?}"),
        }
    }
}

#[test]
fn parameters_of_other_programs_are_named_and_schema_is_taken() {
    let url = parse("postgres://db/app?schema=one&channel_binding=require&sslmode=require");
    let Ok(url) = url else { panic!("{url:?}") };
    assert_eq!(url.schema.as_deref(), Some("one"));
    assert_eq!(url.ignored(), ["channel_binding"]);
}

#[test]
fn files_are_shown_by_their_absolute_path() {
    let here = std::env::current_dir().map(|path| path.display().to_string());
    let here = here.unwrap_or_default();
    for text in [DEFAULT_URL, "sqlite:aura.db", "sqlite://aura.db?mode=ro"] {
        assert_eq!(shown(text), format!("sqlite://{here}/aura.db"));
    }
    assert_eq!(shown("sqlite:///tmp/a%3Fb.db"), "sqlite:///tmp/a?b.db");
    for text in [
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite://x?mode=memory",
    ] {
        assert_eq!(shown(text), "sqlite::memory:");
    }
}

#[test]
fn what_is_on_this_machine_is_local() {
    for text in [
        "postgres://localhost:5432/app",
        "postgres://LocalHost/app",
        "postgres://127.0.0.1:5432/app",
        "postgres://127.3.2.1/app",
        "postgres://[::1]:5432/app",
        "postgres:///app?host=/run/postgresql",
        "sqlite:///home/me/aura.db",
        "sqlite::memory:",
    ] {
        assert!(parse(text).is_ok_and(|url| url.is_local()), "{text}");
    }
    for text in [
        "postgres://db.example.com:5432/app",
        "postgres://10.0.0.1:5432/app",
        "postgres://localhost.example.com/app",
        "postgres://127.0.0.1.example.com:5432/app",
    ] {
        assert!(parse(text).is_ok_and(|url| !url.is_local()), "{text}");
    }
}
