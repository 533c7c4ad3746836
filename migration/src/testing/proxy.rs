//! A proxy that counts round trips, and cuts connections.
use std::{
    fmt,
    io::Result,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use url::Url;

/// A TCP proxy in front of a server, in the runtime of whoever starts it; gone when it is dropped.
///
/// What a client sends until the server answers is one round trip, however many packets and messages it is made of.
pub struct Proxy {
    url: Url,
    shared: Arc<Shared>,
    accepting: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    trips: AtomicU64,
    accepted: AtomicU64,
    refusing: AtomicBool,
    /// A task for each connection.
    connections: Mutex<JoinSet<()>>,
}

impl Proxy {
    /// A proxy in front of the server of `url`.
    ///
    /// # Panics
    ///
    /// When `url` is no URL with a host and a port, or no port is to be had.
    pub async fn start(url: &str) -> Self {
        let mut url = Url::parse(url).expect("a URL");
        let host = url.host_str().expect("a URL with a host").to_owned();
        let server = (host, url.port().expect("a URL with a port"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a port for the proxy");
        let port = listener.local_addr().expect("a bound port").port();
        let set = url.set_host(Some("127.0.0.1")).is_ok() && url.set_port(Some(port)).is_ok();
        assert!(set, "a postgres URL has a host and a port");
        let shared = Arc::new(Shared::default());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, server, Arc::clone(&shared)));
        Self {
            url,
            shared,
            accepting,
        }
    }

    /// The same database and login, by way of the proxy.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Round trips so far, those of connecting included.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.shared.trips.load(Ordering::SeqCst)
    }

    /// Connections that were made so far, by whomever.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    #[must_use]
    pub fn open(&self) -> usize {
        let mut connections = self.shared.connections();
        while connections.try_join_next().is_some() {}
        connections.len()
    }

    /// Cuts all open connections, on both sides.
    pub async fn cut(&self) {
        let mut cut = std::mem::take(&mut *self.shared.connections());
        cut.shutdown().await;
    }

    /// Whether new connections are closed as soon as they are made, as a server does that is going down.
    pub fn refuse(&self, refusing: bool) {
        self.shared.refusing.store(refusing, Ordering::SeqCst);
    }
}

impl Shared {
    fn connections(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.url.port().unwrap_or_default();
        write!(
            f,
            "proxy on 127.0.0.1:{port}, {} round trips",
            self.round_trips()
        )
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort_all();
        self.shared.connections().abort_all();
    }
}

async fn accept(listener: TcpListener, server: (String, u16), shared: Arc<Shared>) {
    // An error is one client's that has gone again.
    loop {
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        if shared.refusing.load(Ordering::SeqCst) {
            continue;
        }
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        let (server, counted) = (server.clone(), Arc::clone(&shared));
        shared.connections().spawn(async move {
            // However it ends, both sides are closed when this returns.
            let _ = carry(client, server, &counted).await;
        });
    }
}

async fn carry(client: TcpStream, server: (String, u16), shared: &Shared) -> Result<()> {
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let asked = AtomicBool::new(false);
    let asking = pass(from_client, to_server, || {
        asked.store(true, Ordering::SeqCst);
    });
    let answering = pass(from_server, to_client, || {
        if asked.swap(false, Ordering::SeqCst) {
            shared.trips.fetch_add(1, Ordering::SeqCst);
        }
    });
    tokio::select! {
        done = asking => done,
        done = answering => done,
    }
}

/// Hands on what comes, after `seen` has heard of it.
async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    seen: impl Fn(),
) -> Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match from.read(&mut buffer).await? {
            0 => return to.shutdown().await,
            read => {
                seen();
                to.write_all(&buffer[..read]).await?;
            }
        }
    }
}
