//! The service of the example, running.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::DateTime;
use migration::testing::TestDb;
use serde_json::{Value, json};
use service::secret::Hashing;
use service::web::Web;
use service::{Clock, Config, Db, Email};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::{self, App, Mail};
use crate::http::Visitor;

pub(crate) const PASSWORD: &str = "seven quiet herons at dawn";

/// A mail: to whom, about what, and the way on.
pub(crate) type Sent = (String, String, Option<String>);

/// The mails that were sent.
#[derive(Clone, Default)]
pub(crate) struct Mails(Arc<Mutex<Vec<Sent>>>);

impl Mail for Mails {
    fn send(&self, to: &Email, subject: &str, link: Option<&str>) {
        let mail = (
            to.to_string(),
            subject.to_owned(),
            link.map(ToOwned::to_owned),
        );
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(mail);
    }
}

impl Mails {
    /// All since the last time.
    pub(crate) fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The token behind `/#kind=` of the only mail since the last time.
    pub(crate) fn token(&self, kind: &str) -> String {
        let mails = self.take();
        let [(_, _, Some(link))] = mails.as_slice() else {
            panic!("one mail with a link: {mails:?}");
        };
        let token = link.strip_prefix(&format!("/#{kind}="));
        token.expect("a link of the kind").to_owned()
    }
}

/// The service, on a port of its own.
pub(crate) struct Running {
    pub(crate) at: SocketAddr,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) mails: Mails,
    server: JoinHandle<()>,
    // Dropped last: the database goes with it.
    pub(crate) test: TestDb,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A configuration whose hashes cost as little as is allowed.
pub(crate) fn config(test: &TestDb) -> Config {
    let hashing = Hashing {
        memory_kib: 7168,
        passes: 5,
        lanes: 1,
        concurrency: 2,
        queue: 1024,
    };
    Config::new(test.url()).hashing(hashing)
}

impl Running {
    pub(crate) async fn start(test: TestDb) -> Self {
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).expect("an instant"));
        let db = Db::connect(config(&test).clock(clock.clone()));
        let db = db.await.expect("connects");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a port");
        let at = listener.local_addr().expect("an address");
        let web = Web::new(db.clone(), &format!("http://{at}")).expect("an origin");
        let mails = Mails::default();
        let router = app::router(App::new(web, mails.clone()));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move {
            axum::serve(listener, service).await.expect("serves");
        });
        Self {
            at,
            db,
            clock,
            mails,
            server,
            test,
        }
    }

    /// Somebody who is signed in.
    pub(crate) async fn person(&self, email: &str) -> Visitor {
        let mut visitor = Visitor::new(self.at);
        let new = json!({ "email": email, "name": email.split('@').next(), "password": PASSWORD });
        let signed_up = visitor.post("/api/sign-up", new).await;
        assert_eq!(signed_up.status, 202, "{signed_up:?}");
        let token = self.mails.token("verify");
        let verified = visitor.post("/api/verify", json!({ "token": token })).await;
        assert_eq!(verified.status, 204, "{verified:?}");
        self.sign_in(&mut visitor, email).await;
        visitor
    }

    pub(crate) async fn sign_in(&self, visitor: &mut Visitor, email: &str) {
        let credentials = json!({ "email": email, "password": PASSWORD });
        let signed_in = visitor.post("/api/session", credentials).await;
        assert_eq!(signed_in.status, 204, "{signed_in:?}");
    }

    /// Somebody who owns an application and has it open; with its id.
    pub(crate) async fn owner(&self, email: &str, slug: &str) -> (Visitor, String) {
        let mut owner = self.person(email).await;
        let new = json!({ "name": format!("The {slug}"), "slug": slug });
        let made = owner.post("/api/applications", new).await;
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.json()["id"].as_str().expect("an id").to_owned();
        let chosen = choose(&mut owner, &id).await;
        assert_eq!(chosen, 204);
        (owner, id)
    }
}

pub(crate) async fn choose(visitor: &mut Visitor, application_id: &str) -> u16 {
    let choice = json!({ "application_id": application_id });
    let path = "/api/session/application";
    visitor.send("PUT", path, Some(choice)).await.status
}

/// Makes a client; its id.
pub(crate) async fn client(visitor: &mut Visitor, name: &str) -> String {
    let made = visitor.post("/api/clients", json!({ "name": name })).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["id"].as_str().expect("an id").to_owned()
}

/// What the items of a list are called.
pub(crate) fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["name"].as_str().expect("a name"))
        .collect()
}
