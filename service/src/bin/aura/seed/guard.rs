//! Made-up data do not belong where people's own are.

use std::env;

use crate::failure::Failure;

/// Where many programs are told that this is the one that matters; as the migrator has them.
const ENVIRONMENTS: [&str; 6] = [
    "APP_ENV",
    "ENVIRONMENT",
    "ENV",
    "NODE_ENV",
    "RAILS_ENV",
    "RUST_ENV",
];

/// Lets the seed go on where it was confirmed, or where nothing speaks against it. `database` is as `Config` shows it.
///
/// # Errors
///
/// Says what does.
pub(super) fn pass(database: &str, yes: bool) -> Result<(), Failure> {
    let production = ENVIRONMENTS.into_iter().find(|name| {
        env::var(name).is_ok_and(|value| {
            ["production", "prod"].contains(&value.to_ascii_lowercase().as_str())
        })
    });
    let why = match production {
        Some(name) => format!("and {name} says that this is production"),
        None if is_far(database) => "which is on another machine".to_owned(),
        None => return Ok(()),
    };
    if yes {
        return Ok(());
    }
    Err(Failure::NotConfirmed(format!(
        "seed would put made-up data into {database}, {why}: say `--yes` if that is meant"
    )))
}

/// `postgres://host:port/database`, a socket's directory in the place of the host, or a file.
fn is_far(database: &str) -> bool {
    let Some(address) = database.strip_prefix("postgres://") else {
        return false;
    };
    if address.starts_with('/') {
        return false;
    }
    let host = address.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = host
        .parse()
        .map(|host: std::net::IpAddr| host.is_loopback());
    !loopback.unwrap_or(host.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::is_far;

    #[test]
    fn what_is_on_this_machine_is_near() {
        for near in [
            "postgres://localhost:5432/app",
            "postgres://127.0.0.1:5432/app",
            "postgres://127.3.2.1/app",
            "postgres://[::1]:5432/app",
            "postgres://::1:5432/app",
            "postgres:///run/postgresql/app",
            "sqlite:///home/me/aura.db",
            "sqlite::memory:",
        ] {
            assert!(!is_far(near), "{near}");
        }
        for far in [
            "postgres://db.example.com:5432/app",
            "postgres://10.0.0.1:5432/app",
            "postgres://localhost.example.com/app",
            "postgres://127.0.0.1.example.com:5432/app",
        ] {
            assert!(is_far(far), "{far}");
        }
    }
}
