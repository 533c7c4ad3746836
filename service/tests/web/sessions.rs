//! Sessions over HTTP: the cookie, and when it is worth nothing.

use axum::response::IntoResponse;
use chrono::TimeDelta;
use migration::testing::TestDb;
use serde_json::json;
use service::web::Web;
use service::{Db, NewSession, NewUser};

use crate::http::Visitor;
use crate::running::{PASSWORD, Running, choose, config};

migration::both_backends!(
    a_session_that_is_over_signs_nobody_in,
    a_role_that_is_gone_is_gone_at_once,
    signing_in_again_ends_the_session_before,
    joining_ends_the_session_before,
    signing_out_works_whatever_has_become_of_the_session,
    the_cookie_is_for_this_service_alone,
);

async fn a_session_that_is_over_signs_nobody_in(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, _) = running.owner("ada@example.com", "bakery").await;
    assert_eq!(ada.get("/api/clients").await.status, 200);
    let signed_out = (401, "signed_out".to_owned());
    let cookie = ada.cookie.clone().expect("a cookie");
    let (name, token) = cookie.split_once('=').expect("a value");
    let turned: String = token.chars().rev().collect();
    for wrong in [
        format!("{name}="),
        format!("{name}={turned}"),
        format!("{name}={token}x"),
        format!("x{name}={token}"),
        // Which of them is whose?
        format!("{cookie}; {cookie}"),
        format!("{name}=\u{1}"),
    ] {
        let mut stranger = Visitor::new(running.at);
        stranger.cookie = Some(wrong.clone());
        let answer = stranger.get("/api/clients").await;
        if answer.status != 400 {
            assert_eq!(answer.problem(), signed_out, "{wrong}");
        }
    }
    running.clock.advance(TimeDelta::days(8));
    assert_eq!(
        ada.get("/api/clients").await.problem(),
        signed_out,
        "left unused"
    );
    running.sign_in(&mut ada, "ada@example.com").await;
    assert_eq!(ada.get("/api/session").await.status, 200);
    let email = "ada@example.com".parse().expect("valid");
    let user = running.db.users().find_by_email(&email).await;
    let user = user.expect("an answer").expect("a user");
    let ended = running.db.sessions().revoke_all(user.id).await;
    assert_eq!(ended.expect("a count"), 1);
    assert_eq!(
        ada.get("/api/clients").await.problem(),
        signed_out,
        "revoked"
    );
}

async fn a_role_that_is_gone_is_gone_at_once(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, id) = running.owner("ada@example.com", "bakery").await;
    let mut bob = running.person("bob@example.com").await;
    let invitation = json!({ "email": "bob@example.com", "roles": ["admin"] });
    ada.post("/api/invitations", invitation).await;
    let token = json!({ "token": running.mails.token("invitation") });
    bob.post("/api/invitations/accept", token).await;
    let bobs_id = bob.get("/api/session").await.json()["user"]["id"].clone();
    let bobs_id = bobs_id.as_str().expect("an id").parse().expect("an id");
    let adas = ada.get("/api/session").await.json()["user"]["id"].clone();
    let adas = adas.as_str().expect("an id").parse().expect("an id");
    let id_of = id.parse().expect("an id");
    let tenant = running.db.tenant(adas, id_of).await.expect("a member");
    let members = || tenant.admin().expect("an admin").members();
    members()
        .set_roles(bobs_id, &["member"])
        .await
        .expect("set");
    let again = json!({ "email": "eve@example.com", "roles": ["member"] });
    let refused = bob.post("/api/invitations", again).await;
    assert_eq!(refused.problem(), (403, "forbidden".into()));
    // A role that was given since: the page asks who is signed in, and carries another token from then on.
    let before = bob.cookie.clone();
    bob.get("/api/session").await;
    assert_ne!(bob.cookie, before);
    assert_eq!(bob.get("/api/clients").await.status, 200);
    members().remove(bobs_id).await.expect("removed");
    let outside = bob.get("/api/clients").await;
    assert_eq!(outside.problem(), (403, "no_application".into()));
    assert_eq!(choose(&mut bob, &id).await, 404);
}

async fn signing_in_again_ends_the_session_before(test: TestDb) {
    let running = Running::start(test).await;
    let mut ada = running.person("ada@example.com").await;
    let mut left = ada.clone();
    running.sign_in(&mut ada, "ada@example.com").await;
    assert_eq!(left.get("/api/session").await.body, "null");
    assert_ne!(ada.get("/api/session").await.body, "null");
}

async fn joining_ends_the_session_before(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, _) = running.owner("ada@example.com", "bakery").await;
    let invitation = json!({ "email": "bob@example.com", "roles": ["member"] });
    ada.post("/api/invitations", invitation).await;
    let token = running.mails.token("invitation");
    let mut left = ada.clone();
    // A join that is refused ends nothing.
    let short = json!({ "token": token, "password": "short" });
    let refused = ada.post("/api/invitations/join", short).await;
    assert_eq!(refused.problem(), (422, "invalid".into()));
    assert_ne!(left.get("/api/session").await.body, "null");
    let join = json!({ "token": token, "password": PASSWORD });
    let joined = ada.post("/api/invitations/join", join).await;
    assert_eq!(joined.status, 201, "{joined:?}");
    let me = ada.get("/api/session").await.json();
    assert_eq!(me["user"]["email"], "bob@example.com");
    assert_eq!(left.get("/api/session").await.body, "null");
}

async fn signing_out_works_whatever_has_become_of_the_session(test: TestDb) {
    let running = Running::start(test).await;
    let mut ada = running.person("ada@example.com").await;
    let mut ended = ada.clone();
    let mut nonsense = ada.clone();
    nonsense.cookie = ada.cookie.as_ref().map(|cookie| format!("{cookie}x"));
    let mut nobody = Visitor::new(running.at);
    for visitor in [&mut ada, &mut ended, &mut nonsense, &mut nobody] {
        let out = visitor.send("DELETE", "/api/session", None).await;
        assert_eq!((out.status, out.body.as_str()), (204, ""), "{out:?}");
        let cookie = out.header("set-cookie").expect("the end of the cookie");
        assert!(
            cookie.contains("=; ") && cookie.contains("Max-Age=0"),
            "{cookie}"
        );
        assert_eq!(visitor.cookie, None);
    }
    // Not for another site's page to do.
    let mut ada = running.person("eve@example.com").await;
    let evil = "Origin: https://evil.example\r\n";
    let refused = ada.send_as("DELETE", "/api/session", evil, b"").await;
    assert_eq!(refused.problem(), (403, "cross_origin".into()));
    assert_ne!(ada.get("/api/session").await.body, "null");
}

async fn the_cookie_is_for_this_service_alone(test: TestDb) {
    let db = Db::connect(config(&test)).await.expect("connects");
    let new = NewUser::new("ada@example.com".parse().expect("valid"));
    let user = db.users().create(new).await.expect("made");
    let opened = db.sessions().open(user.id, NewSession::default()).await;
    let token = opened.expect("opened").token;
    let set = |web: &Web| {
        let response = (web.cookie(&token), ()).into_response();
        let header = response.headers()["set-cookie"].to_str().expect("text");
        assert_eq!(response.headers()["cache-control"], "no-store");
        header.replace(token.reveal(), "…")
    };
    let web = Web::new(db.clone(), "https://app.example.com").expect("an origin");
    let month = 30 * 24 * 60 * 60;
    assert_eq!(
        set(&web),
        format!("__Host-aura_session=…; Path=/; Max-Age={month}; HttpOnly; SameSite=Lax; Secure")
    );
    let end = web.no_cookie().into_response();
    assert_eq!(
        end.headers()["set-cookie"],
        "__Host-aura_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
    );
    assert!(!format!("{:?}", web.cookie(&token)).contains(token.reveal()));
    for local in [
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
    ] {
        let web = Web::new(db.clone(), local).expect("an origin");
        assert_eq!(
            set(&web),
            format!("aura_session=…; Path=/; Max-Age={month}; HttpOnly; SameSite=Lax")
        );
    }
    for wrong in [
        "http://app.example.com",
        "http://192.0.2.1",
        "http://localhost.example.com",
        "https://app.example.com/path",
        "https://ada@app.example.com",
        "ftp://app.example.com",
        "app.example.com",
        "",
    ] {
        assert!(Web::new(db.clone(), wrong).is_err(), "{wrong}");
    }
}
