//! What people do with the service, from signing up to signing out.

use migration::testing::TestDb;
use serde_json::json;

use crate::http::Visitor;
use crate::running::{PASSWORD, Running, choose, client, names};

migration::both_backends!(
    two_people_work_in_one_application,
    somebody_who_is_a_user_accepts,
    applications_do_not_see_each_other,
    nobody_learns_who_is_a_user,
    an_address_is_confirmed_later,
    a_forgotten_password_is_replaced,
    no_answer_has_a_secret,
);

async fn two_people_work_in_one_application(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, id) = running.owner("Ada@Example.com", "bakery").await;
    client(&mut ada, "Hotel Belvedere").await;
    let cafe = client(&mut ada, "Café Morgenrot").await;
    let list = ada.get("/api/clients").await.json();
    assert_eq!(names(&list), ["Café Morgenrot", "Hotel Belvedere"]);
    let found = ada.get("/api/clients?text=morgen&limit=1").await.json();
    assert_eq!(names(&found), ["Café Morgenrot"]);
    let first = ada.get("/api/clients?limit=1").await.json();
    let next = first["next"].as_str().expect("a next page");
    let path = format!("/api/clients?limit=1&cursor={next}");
    let second = ada.get(&path).await.json();
    assert_eq!(names(&second), ["Hotel Belvedere"]);

    let invitation = json!({ "email": "bob@example.com", "roles": ["member"] });
    let invited = ada.post("/api/invitations", invitation).await;
    assert_eq!((invited.status, invited.body.as_str()), (202, ""));
    let token = running.mails.token("invitation");
    let mut bob = Visitor::new(running.at);
    let offer = bob.post("/api/invitations/offer", json!({ "token": token }));
    let offered =
        json!({ "application": "The bakery", "email": "bob@example.com", "roles": ["member"] });
    assert_eq!(offer.await.json(), offered);
    let join = json!({ "token": token, "name": "Bob", "password": "a lighthouse under the rain" });
    let joined = bob.post("/api/invitations/join", join).await;
    assert_eq!(joined.status, 201, "{joined:?}");
    let me = bob.get("/api/session").await.json();
    assert_eq!(me["user"]["name"], "Bob");
    assert_eq!(me["application"]["id"], id.as_str());
    assert_eq!(me["roles"], json!(["member"]));

    // Both see the same, each may do what the role allows.
    let list = bob.get("/api/clients").await.json();
    assert_eq!(names(&list), ["Café Morgenrot", "Hotel Belvedere"]);
    let change = Some(json!({ "phone": "+41 44 000 00 00", "email": null }));
    let path = format!("/api/clients/{cafe}");
    let changed = bob.send("PATCH", &path, change).await;
    assert_eq!(changed.json()["phone"], "+41 44 000 00 00");
    let again = json!({ "email": "eve@example.com", "roles": ["member"] });
    let refused = bob.post("/api/invitations", again).await;
    assert_eq!(refused.problem(), (403, "forbidden".into()));
    let deleted = ada.send("DELETE", &path, None).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(bob.get(&path).await.problem(), (404, "not_found".into()));
    let colleagues = bob.get("/api/members").await.json();
    assert_eq!(names(&colleagues), ["Ada", "Bob"]);

    let out = bob.send("DELETE", "/api/session", None).await;
    assert_eq!(out.status, 204);
    assert_eq!(bob.cookie, None);
    assert_eq!(bob.get("/api/session").await.body, "null");
    assert_eq!(
        bob.get("/api/clients").await.problem(),
        (401, "signed_out".into())
    );
    // The other browser goes on.
    assert_eq!(ada.get("/api/clients").await.status, 200);
}

async fn somebody_who_is_a_user_accepts(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, id) = running.owner("ada@example.com", "bakery").await;
    let mut bob = running.person("bob@example.com").await;
    assert_eq!(choose(&mut bob, &id).await, 404, "no member as yet");
    let invitation = json!({ "email": "bob@example.com", "roles": ["admin"] });
    assert_eq!(ada.post("/api/invitations", invitation).await.status, 202);
    let token = json!({ "token": running.mails.token("invitation") });
    // It is for the address that it was sent to.
    let mut eve = running.person("eve@example.com").await;
    let stolen = eve.post("/api/invitations/accept", token.clone()).await;
    assert_eq!(stolen.problem(), (400, "invalid_token".into()));
    let before = bob.cookie.clone();
    let accepted = bob.post("/api/invitations/accept", token).await;
    assert_eq!(accepted.status, 204, "{accepted:?}");
    assert_ne!(bob.cookie, before, "another token with other permissions");
    let me = bob.get("/api/session").await.json();
    assert_eq!(me["roles"], json!(["admin"]));
    let list = bob.get("/api/applications").await.json();
    assert_eq!(names(&list), ["The bakery"]);
}

async fn applications_do_not_see_each_other(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, bakery) = running.owner("ada@example.com", "bakery").await;
    let (mut eve, _) = running.owner("eve@example.com", "brewery").await;
    let hers = client(&mut ada, "Hotel Belvedere").await;
    let own = client(&mut eve, "Pub").await;
    assert_eq!(names(&eve.get("/api/clients").await.json()), ["Pub"]);
    let nobodys = uuid::Uuid::from_u128(7).to_string();
    for (method, body) in [
        ("GET", None),
        ("PATCH", Some(json!({ "name": "Mine" }))),
        ("DELETE", None),
    ] {
        let mut answers = Vec::new();
        for id in [hers.as_str(), nobodys.as_str(), "no-id", "%00"] {
            let path = format!("/api/clients/{id}");
            let answer = eve.send(method, &path, body.clone()).await;
            assert_eq!(answer.problem(), (404, "not_found".into()), "{method} {id}");
            answers.push(answer.body);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "another's id is no other than none");
    }
    assert_eq!(choose(&mut eve, &bakery).await, 404);
    assert_eq!(choose(&mut eve, &nobodys).await, 404);
    let names_of = |list: &serde_json::Value| names(list).join(", ");
    assert_eq!(names_of(&eve.get("/api/clients").await.json()), "Pub");
    assert_eq!(
        names_of(&ada.get("/api/clients").await.json()),
        "Hotel Belvedere"
    );
    assert_eq!(eve.get(&format!("/api/clients/{own}")).await.status, 200);
    // A cursor is of the list that gave it out.
    client(&mut ada, "Zoo").await;
    let page = ada.get("/api/clients?limit=1").await.json();
    let next = page["next"].as_str().expect("a next page");
    let theirs = eve
        .get(&format!("/api/clients?limit=1&cursor={next}"))
        .await;
    assert_eq!(theirs.problem(), (422, "invalid".into()));
}

async fn nobody_learns_who_is_a_user(test: TestDb) {
    let running = Running::start(test).await;
    running.person("ada@example.com").await;
    let mut visitor = Visitor::new(running.at);
    let mut answers = Vec::new();
    for email in ["ada@example.com", "new@example.com"] {
        let new = json!({ "email": email, "password": PASSWORD });
        let answer = visitor.post("/api/sign-up", new).await;
        answers.push((answer.status, answer.body));
    }
    assert_eq!(answers[0], answers[1]);
    let mails = running.mails.take();
    assert_eq!(mails.len(), 2);
    assert!(mails[0].2.is_none() && mails[1].2.is_some(), "{mails:?}");
    let mut answers = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        let wrong = json!({ "email": email, "password": "not the right one at all" });
        let answer = visitor.post("/api/session", wrong).await;
        assert_eq!(answer.problem(), (401, "invalid_credentials".into()));
        assert!(answer.header("www-authenticate").is_some());
        answers.push(answer.body);
    }
    assert_eq!(answers[0], answers[1]);
    // An address that nobody has confirmed signs nobody in.
    let new = json!({ "email": "new@example.com", "password": PASSWORD });
    let unverified = visitor.post("/api/session", new).await;
    assert_eq!(unverified.problem(), (403, "unverified".into()));
    assert_eq!(visitor.cookie, None);
}

/// Somebody signed up with Ada's address before her, with a password that Ada does not know.
async fn an_address_is_confirmed_later(test: TestDb) {
    let running = Running::start(test).await;
    let mut eve = Visitor::new(running.at);
    let theirs = json!({ "email": "ada@example.com", "password": "the password of somebody else" });
    assert_eq!(eve.post("/api/sign-up", theirs.clone()).await.status, 202);
    running.mails.take();
    let mut ada = Visitor::new(running.at);
    let new = json!({ "email": "Ada@example.com", "password": PASSWORD });
    let again = ada.post("/api/sign-up", new).await;
    assert_eq!((again.status, again.body.as_str()), (202, ""));
    let token = running.mails.token("reset");
    let choice = json!({ "token": token, "password": PASSWORD });
    let chosen = ada.post("/api/password/reset", choice).await;
    assert_eq!(chosen.status, 204, "{chosen:?}");
    running.sign_in(&mut ada, "ada@example.com").await;
    assert_ne!(ada.get("/api/session").await.body, "null");
    let refused = eve.post("/api/session", theirs).await;
    assert_eq!(refused.problem(), (401, "invalid_credentials".into()));
}

async fn a_forgotten_password_is_replaced(test: TestDb) {
    let running = Running::start(test).await;
    let mut ada = running.person("ada@example.com").await;
    let mut visitor = Visitor::new(running.at);
    let mut answers = Vec::new();
    for email in ["nobody@example.com", "ada@example.com"] {
        let answer = visitor.post("/api/password/forgot", json!({ "email": email }));
        let answer = answer.await;
        answers.push((answer.status, answer.body));
    }
    assert_eq!(answers[0], (202, String::new()));
    assert_eq!(answers[0], answers[1]);
    // One mail, to the user.
    let token = running.mails.token("reset");
    let short = json!({ "token": token, "password": "short" });
    let refused = visitor.post("/api/password/reset", short).await;
    assert_eq!(refused.problem(), (422, "invalid".into()));
    assert_eq!(refused.fields(), ["password"]);
    let another = "a lighthouse under the rain";
    let choice = json!({ "token": token, "password": another });
    let chosen = visitor.post("/api/password/reset", choice.clone()).await;
    assert_eq!(chosen.status, 204, "{chosen:?}");
    assert_eq!(visitor.cookie, None, "it signs nobody in");
    assert_eq!(ada.get("/api/session").await.body, "null", "sessions end");
    let used = visitor.post("/api/password/reset", choice).await;
    assert_eq!(used.problem(), (400, "invalid_token".into()));
    for (password, status) in [(PASSWORD, 401), (another, 204)] {
        let credentials = json!({ "email": "ada@example.com", "password": password });
        let answer = visitor.post("/api/session", credentials).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

async fn no_answer_has_a_secret(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, _) = running.owner("ada@example.com", "bakery").await;
    client(&mut ada, "Hotel Belvedere").await;
    for path in [
        "/api/session",
        "/api/applications",
        "/api/clients",
        "/api/members",
    ] {
        let answer = ada.get(path).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        for secret in ["aura_", "hash", "argon2", "deleted_at", PASSWORD] {
            assert!(!answer.body.contains(secret), "{path}: {}", answer.body);
        }
    }
}
