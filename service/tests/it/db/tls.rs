//! TLS as libpq does it: `sslmode` and certificates in the URL.

use std::path::{Path, PathBuf};

use migration::testing::{OwnServer, ServerSetup, Tls};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use service::Config;

/// Who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for hosts `names`, made out to `common_name`, and its key.
    fn sign(&self, names: &[&str], common_name: &str) -> (String, String) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).expect("names of hosts");
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }
}

struct Site {
    server: OwnServer,
    files: tempfile::TempDir,
    authority: Authority,
}

impl Site {
    /// A server with a certificate for `localhost` that lets in only who comes by TLS.
    async fn new() -> Self {
        let authority = Authority::new("ours");
        let (certificate, key) = authority.sign(&["localhost"], "localhost");
        let server = OwnServer::start(ServerSetup {
            tls: Some(Tls {
                certificate: &certificate,
                key: &key,
                clients: Some(&authority.pem),
            }),
            // By a password, or by a certificate made out to the login.
            hba: &[
                "hostssl certified all 127.0.0.1/32 trust clientcert=verify-ca",
                "hostssl all all 127.0.0.1/32 password",
            ],
            ..ServerSetup::default()
        })
        .await;
        let files = tempfile::tempdir().expect("a folder");
        let site = Self {
            server,
            files,
            authority,
        };
        site.write("ours.crt", &site.authority.pem);
        site.write("other.crt", &Authority::new("another").pem);
        site
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    fn root(&self, name: &str) -> String {
        parameter("sslrootcert", &self.files.path().join(name))
    }

    /// The server's URL with another host and other parameters.
    fn url(&self, host: &str, parameters: &str) -> String {
        let (before, _) = self.server.url().split_once('?').expect("parameters");
        format!("{}?{parameters}", before.replace("127.0.0.1", host))
    }
}

fn parameter(name: &str, path: &Path) -> String {
    format!("&{name}={}", path.display())
}

/// Whether the session is encrypted; what is said where there is none.
async fn encrypted(url: &str) -> Result<bool, String> {
    let config = Config::new(url).connect_timeout(std::time::Duration::from_secs(5));
    let db = crate::rules::connect(config)
        .await
        .map_err(|error| error.to_string())?;
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = db
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .map_err(|error| error.to_string())?;
    let ssl = row.expect("a row").try_get("", "ssl").expect("a boolean");
    db.close().await.map_err(|error| error.to_string())?;
    Ok(ssl)
}

#[tokio::test]
async fn the_mode_and_the_root_certificate_are_honoured() {
    let site = Site::new().await;
    let (ours, other) = (site.root("ours.crt"), site.root("other.crt"));
    let missing = site.root("missing.crt");
    // Host, mode and root certificate; whether it connects.
    let cases = [
        ("127.0.0.1", "disable", "", false),
        ("127.0.0.1", "allow", "", true),
        ("127.0.0.1", "prefer", "", true),
        ("127.0.0.1", "require", "", true),
        // With a root certificate, `require` checks it, as libpq does.
        ("127.0.0.1", "require", ours.as_str(), true),
        ("127.0.0.1", "require", other.as_str(), false),
        ("127.0.0.1", "verify-ca", ours.as_str(), true),
        ("127.0.0.1", "verify-ca", other.as_str(), false),
        ("127.0.0.1", "verify-ca", missing.as_str(), false),
        ("localhost", "verify-ca", ours.as_str(), true),
        ("localhost", "verify-full", ours.as_str(), true),
        ("localhost", "verify-full", other.as_str(), false),
        // The certificate is for another name.
        ("127.0.0.1", "verify-full", ours.as_str(), false),
        // Nobody whom the system trusts signed it.
        ("localhost", "verify-full", "", false),
        ("localhost", "verify-ca", "", false),
        ("localhost", "verify-full", "&sslrootcert=system", false),
        ("localhost", "require", "&sslrootcert=system", false),
    ];
    let mut wrong = vec![];
    for (host, mode, root, connects) in cases {
        let found = encrypted(&site.url(host, &format!("sslmode={mode}{root}"))).await;
        let right = if connects {
            found == Ok(true)
        } else {
            found.is_err()
        };
        if !right {
            wrong.push(format!("{host} {mode} {root}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn without_tls_on_the_server_it_is_demanded_or_done_without() {
    let server = OwnServer::start(ServerSetup::default()).await;
    let (before, _) = server.url().split_once('?').expect("parameters");
    for mode in ["disable", "allow", "prefer"] {
        let found = encrypted(&format!("{before}?sslmode={mode}")).await;
        assert_eq!(found, Ok(false), "{mode}");
    }
    // The default is libpq's: `prefer`.
    assert_eq!(encrypted(before).await, Ok(false));
    for mode in ["require", "verify-ca", "verify-full"] {
        let found = encrypted(&format!("{before}?sslmode={mode}")).await;
        assert!(found.is_err(), "{mode}: {found:?}");
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let site = Site::new().await;
    let admin = sea_orm::Database::connect(site.server.admin_url())
        .await
        .expect("connects");
    admin
        .execute_unprepared("CREATE DATABASE certified")
        .await
        .expect("a database");
    let (certificate, key) = site.authority.sign(&[], "aura");
    let certificate = parameter("sslcert", &site.write("client.crt", &certificate));
    let key = parameter("sslkey", &site.write("client.key", &key));
    let (stranger, strange_key) = Authority::new("another").sign(&[], "aura");
    let stranger = parameter("sslcert", &site.write("stranger.crt", &stranger));
    let strange_key = parameter("sslkey", &site.write("stranger.key", &strange_key));

    let url = |parameters: &str| {
        let root = site.root("ours.crt");
        site.url(
            "localhost",
            &format!("sslmode=verify-full{root}{parameters}"),
        )
        .replace("/aura?", "/certified?")
    };
    assert_eq!(
        encrypted(&url(&format!("{certificate}{key}"))).await,
        Ok(true)
    );
    assert!(encrypted(&url("")).await.is_err());
    assert!(
        encrypted(&url(&format!("{stranger}{strange_key}")))
            .await
            .is_err()
    );
}
