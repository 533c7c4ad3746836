//! The extractors in a service of somebody else's, with a state of its own.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::FromRef;
use axum::routing::{get, post};
use axum::{Json, Router};
use migration::testing::TestDb;
use serde::Deserialize;
use serde_json::{Value, json};
use service::web::{Input, Rejection, Web};
use service::{Db, Email, Error, NewApplication, NewSession, NewUser, Session, SignedIn, Tenant};
use tokio::net::TcpListener;

use crate::http::Visitor;
use crate::running::config;

#[derive(Clone)]
struct Shop {
    web: Web,
    till: u64,
}

impl FromRef<Shop> for Web {
    fn from_ref(shop: &Shop) -> Self {
        shop.web.clone()
    }
}

impl FromRef<Shop> for u64 {
    fn from_ref(shop: &Shop) -> Self {
        shop.till
    }
}

async fn all(
    SignedIn { user, .. }: SignedIn,
    session: Session,
    tenant: Tenant,
    again: Option<SignedIn>,
) -> Json<Value> {
    assert_eq!(session.user_id, user.id);
    assert_eq!(again.map(|again| again.session.id), Some(session.id));
    assert_eq!(tenant.user_id(), Some(user.id));
    Json(json!(tenant.role_keys()))
}

async fn perhaps(tenant: Result<Tenant, Rejection>) -> &'static str {
    match tenant {
        Ok(_) => "tenant",
        Err(Rejection::NoApplication) => "user",
        Err(Rejection::SignedOut) => "nobody",
        Err(_) => "failed",
    }
}

#[derive(Deserialize)]
struct Order {
    to: Vec<Email>,
    pieces: u8,
    gift: bool,
}

async fn order(Input(order): Input<Order>) -> Result<String, Error> {
    if order.gift {
        return Err(Error::forbidden("a ribbon"));
    }
    Ok(format!("{} pieces to {}", order.pieces, order.to[0]))
}

migration::both_backends!(one_request_proves_once, a_form_of_ones_own_is_checked_alike,);

async fn serve(db: &Db) -> Visitor {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a port");
    let at = listener.local_addr().expect("an address");
    let web = Web::new(db.clone(), &format!("http://{at}")).expect("an origin");
    let router = Router::new()
        .route("/all", get(all).post(all))
        .route("/perhaps", get(perhaps))
        .route("/orders", post(order))
        .with_state(Shop { web, till: 0 });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Visitor::new(at)
}

async fn one_request_proves_once(test: TestDb) {
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = statements.clone();
    let config = config(&test).observe(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let db = Db::connect(config).await.expect("connects");
    let mut visitor = serve(&db).await;
    assert_eq!(visitor.get("/perhaps").await.body, "nobody");
    let new = NewUser::new("ada@example.com".parse().expect("valid"));
    let user = db.users().create(new).await.expect("made");
    let opened = db.sessions().open(user.id, NewSession::default()).await;
    let token = opened.expect("opened").token;
    visitor.cookie = Some(format!("aura_session={}", token.reveal()));
    assert_eq!(visitor.get("/perhaps").await.body, "user");
    assert_eq!(
        visitor.get("/all").await.problem(),
        (403, "no_application".into())
    );
    let new = NewApplication {
        name: "Shop".parse().expect("valid"),
        slug: "shop".parse().expect("valid"),
        description: None,
        public_id: None,
        compute_id: None,
    };
    let shop = db.applications().create(user.id, new).await.expect("made");
    let sessions = db.sessions();
    let token = sessions
        .switch_application(token.reveal(), Some(shop.id))
        .await;
    let token = token.expect("a token");
    visitor.cookie = Some(format!("other=1; aura_session={}; last=2", token.reveal()));
    statements.store(0, Ordering::Relaxed);
    let answer = visitor.get("/all").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"["owner"]"#));
    assert_eq!(
        statements.load(Ordering::Relaxed),
        1,
        "one query for four extractors"
    );
    // The extractors themselves refuse other sites: no layer is needed for it.
    let foreign = visitor.send_as("POST", "/all", "Origin: https://evil.example\r\n", b"");
    assert_eq!(foreign.await.problem(), (403, "cross_origin".into()));
    assert_eq!(visitor.send("POST", "/all", None).await.status, 200);
    assert_eq!(visitor.get("/perhaps").await.body, "tenant");
    db.close().await.expect("closed");
    assert_eq!(visitor.get("/all").await.problem(), (503, "busy".into()));
    assert_eq!(visitor.get("/perhaps").await.body, "failed");
}

async fn a_form_of_ones_own_is_checked_alike(test: TestDb) {
    let db = Db::connect(config(&test)).await.expect("connects");
    let mut visitor = serve(&db).await;
    let right =
        json!({ "to": ["Ada@Example.com"], "pieces": 3, "gift": false, "note": "of a newer page" });
    let answer = visitor.post("/orders", right).await;
    assert_eq!(answer.body, "3 pieces to ada@example.com");
    let wrong = json!({ "to": ["ada@example.com", "x"], "pieces": 300 });
    let answer = visitor.post("/orders", wrong).await;
    assert_eq!(answer.problem(), (422, "invalid".into()));
    assert_eq!(answer.fields(), ["gift", "pieces", "to[1]"]);
    let gift = json!({ "to": [], "pieces": 1, "gift": true });
    assert_eq!(
        visitor.post("/orders", gift).await.problem(),
        (403, "forbidden".into())
    );
}
