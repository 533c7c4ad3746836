//! The parameters of a database URL on `PostgreSQL`: what is ours, what is the driver's, and what is neither.

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use super::place::unusable;
use crate::error::Result;

/// What the driver reads. Others it would log with their values, which may be secret.
const DRIVERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

#[derive(Default)]
pub(super) struct Parameters {
    pub(super) schema: Option<String>,
    /// Whether a transaction pooler stands before the server; `None` where nothing is said.
    pub(super) pooled: Option<bool>,
    /// `sslrootcert=system`: the certificates that everybody trusts, and the host's name checked.
    system_roots: bool,
    /// A root certificate was given.
    root: bool,
    drivers: Vec<(String, String)>,
}

impl Parameters {
    pub(super) fn read(url: &Url) -> Result<Self> {
        let mut read = Self::default();
        for (key, value) in url.query_pairs() {
            if key.contains("search_path") || (key == "options" && value.contains("search_path")) {
                return Err(unusable(
                    "sets a search_path: give the schema with DATABASE_SCHEMA or ?schema=",
                ));
            }
            match &*key {
                "schema" => read.schema = Some(value.into_owned()),
                // The second is Prisma's word.
                "pooled" | "pgbouncer" => {
                    read.pooled = Some(match &*value {
                        "true" => true,
                        "false" => false,
                        _ => return Err(unusable("has a pooled that is neither true nor false")),
                    });
                }
                "sslrootcert" if value == "system" => read.system_roots = true,
                key if DRIVERS.contains(&key) || key.starts_with("options[") => {
                    read.root |= matches!(key, "sslrootcert" | "ssl-root-cert" | "ssl-ca");
                    read.drivers.push((key.to_owned(), value.into_owned()));
                }
                key => tracing::warn!(
                    key,
                    "a parameter of the database URL that is not known has no effect"
                ),
            }
        }
        Ok(read)
    }

    /// Leaves in `url` what is the driver's.
    pub(super) fn apply(&mut self, url: &mut Url) {
        url.set_query(None);
        if !self.drivers.is_empty() {
            url.query_pairs_mut()
                .extend_pairs(std::mem::take(&mut self.drivers));
        }
    }

    /// What libpq makes of a root certificate (`PostgreSQL` 18 documentation, §32.1.2 and §32.19), where the driver does
    /// not.
    pub(super) fn tls(&self, options: PgConnectOptions) -> PgConnectOptions {
        let root = self.root || std::env::var_os("PGSSLROOTCERT").is_some();
        match options.get_ssl_mode() {
            _ if self.system_roots => options.ssl_mode(PgSslMode::VerifyFull),
            // With a certificate to check by, it is checked.
            PgSslMode::Require if root => options.ssl_mode(PgSslMode::VerifyCa),
            _ => options,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn mode(query: &str) -> PgSslMode {
        let mut url = Url::parse(&format!("postgres://host/database?{query}")).expect("a URL");
        let mut parameters = Parameters::read(&url).expect("parameters");
        parameters.apply(&mut url);
        let options = PgConnectOptions::from_str(url.as_str()).expect("options");
        parameters.tls(options).get_ssl_mode()
    }

    #[test]
    fn a_root_certificate_is_checked_by_as_libpq_does() {
        for (query, wanted) in [
            ("", "Prefer"),
            ("sslmode=require", "Require"),
            ("sslmode=require&sslrootcert=/ca.pem", "VerifyCa"),
            ("sslmode=disable&sslrootcert=/ca.pem", "Disable"),
            ("sslmode=verify-full&sslrootcert=/ca.pem", "VerifyFull"),
            ("sslmode=require&sslrootcert=system", "VerifyFull"),
        ] {
            assert_eq!(format!("{:?}", mode(query)), wanted, "{query}");
        }
    }

    #[test]
    fn a_pooler_is_said_in_either_word() {
        let pooled = |query: &str| {
            let url = Url::parse(&format!("postgres://host/database?{query}")).expect("a URL");
            Parameters::read(&url).map(|read| read.pooled)
        };
        assert_eq!(pooled("pooled=true").expect("read"), Some(true));
        assert_eq!(
            pooled("pgbouncer=true&sslmode=require").expect("read"),
            Some(true)
        );
        assert_eq!(pooled("pooled=false").expect("read"), Some(false));
        assert_eq!(pooled("sslmode=require").expect("read"), None);
        assert!(pooled("pooled=perhaps").is_err());
    }
}
