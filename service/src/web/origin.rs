//! What a web service is, seen from a browser.

use std::sync::Arc;

use url::{Host, Url};

use super::SessionCookie;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::secret::PlainToken;

/// A web service: the database, and the origin (`https://app.example.com`) that browsers reach it by. Cheap to clone.
///
/// The origin decides about the cookie. Over `https` it is `__Host-aura_session`, which browsers send back over `https`
/// alone and let no other host set (RFC 6265bis §4.1.3.2). Over `http`, which is accepted for the own machine alone
/// (`localhost`, `127.0.0.1`, `[::1]`), it is `aura_session`, without `Secure`: all that runs on that machine's ports
/// shares it.
#[derive(Clone, Debug)]
pub struct Web {
    db: Db,
    origins: Arc<[String]>,
    secure: bool,
}

impl Web {
    /// The service at this origin. A service on the own machine goes by each of its names, at the same port.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] of `origin` where it is no `https://host[:port]`, nor `http://…` on the own machine.
    pub fn new(db: Db, origin: &str) -> Result<Self> {
        let url = read(origin)?;
        let secure = url.scheme() == "https";
        let origins = if secure {
            vec![url.origin().ascii_serialization()]
        } else {
            let port = url.port_or_known_default().unwrap_or(80);
            ["localhost", "127.0.0.1", "[::1]"]
                .iter()
                .filter_map(|host| Url::parse(&format!("http://{host}:{port}")).ok())
                .map(|url| url.origin().ascii_serialization())
                .collect()
        };
        Ok(Self {
            db,
            origins: origins.into(),
            secure,
        })
    }

    /// Lets requests through that pages of this other origin send; they share the cookie where they are of the same
    /// site. Answers to them need CORS headers besides, which are not given here.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn also_from(self, origin: &str) -> Result<Self> {
        let more = read(origin)?.origin().ascii_serialization();
        let origins = self.origins.iter().cloned().chain([more]).collect();
        Ok(Self { origins, ..self })
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The cookie that carries the session from now on, for as long as a session can last.
    #[must_use]
    pub fn cookie(&self, token: &PlainToken) -> SessionCookie {
        let lifetime = self.db.policy().session_lifetime;
        SessionCookie::new(self.cookie_name(), token.reveal(), lifetime, self.secure)
    }

    /// The cookie's end: the browser forgets it.
    #[must_use]
    pub fn no_cookie(&self) -> SessionCookie {
        SessionCookie::new(
            self.cookie_name(),
            "",
            std::time::Duration::ZERO,
            self.secure,
        )
    }

    /// What the cookie is called.
    #[must_use]
    pub fn cookie_name(&self) -> &'static str {
        if self.secure {
            "__Host-aura_session"
        } else {
            "aura_session"
        }
    }

    /// Whether pages of the origin, as the header `Origin` says it, are the service's own.
    pub(super) fn is_own(&self, origin: &[u8]) -> bool {
        self.origins.iter().any(|own| own.as_bytes() == origin)
    }
}

fn read(origin: &str) -> Result<Url> {
    let refused = |reason: &str| Err(Error::invalid("origin", reason));
    let Ok(url) = Url::parse(origin) else {
        return refused("is no URL: it takes https://host");
    };
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return refused("is more than an origin: it takes https://host");
    }
    let local = match url.host() {
        Some(Host::Domain(host)) => host == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        "http" => refused("is http, which is for the own machine alone: it takes https://host"),
        _ => refused("is neither https nor http"),
    }
}
