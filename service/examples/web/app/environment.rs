//! What the environment says. A variable that is empty is one that is not set.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// The variables, by name.
pub(crate) struct Environment<F>(pub(crate) F);

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// `None`: not set, or empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// Whether it names a database. Where it names none, the service makes one of its own.
    pub(crate) fn names_a_database(&self) -> bool {
        let names = ["DATABASE_URL_POOLER", "DATABASE_URL"];
        names.iter().any(|name| self.get(name).is_some())
    }

    /// Listens on `PORT`, 3000 where nothing is said.
    ///
    /// # Errors
    ///
    /// In words, for whoever started the service.
    pub(crate) async fn listen(&self) -> Result<TcpListener, String> {
        let port = match self.get("PORT") {
            None => 3000,
            Some(port) => port
                .parse()
                .map_err(|_| format!("PORT takes a number from 0 to 65535, not {port:?}"))?,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        TcpListener::bind(address).await.map_err(|error| {
            format!(
                "port {port} cannot be used: {error}; PORT names another, 0 takes any that is free"
            )
        })
    }
}
