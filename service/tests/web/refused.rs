//! What is not let through, and what is said about it.

use migration::testing::TestDb;
use serde_json::json;

use crate::http::{Visitor, raw};
use crate::running::{PASSWORD, Running, client};

migration::both_backends!(
    other_sites_are_refused,
    each_wrong_field_is_named,
    guessing_is_slowed_down,
    what_is_not_there_is_not_found,
    bodies_that_are_none_are_refused,
    nothing_inner_is_told,
);

async fn other_sites_are_refused(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, _) = running.owner("ada@example.com", "bakery").await;
    let own = format!("http://{}", running.at);
    let port = running.at.port();
    let json = "Content-Type: application/json\r\n";
    let new = json!({ "name": "Hotel Belvedere" }).to_string();
    let credentials = json!({ "email": "ada@example.com", "password": PASSWORD }).to_string();
    for (headers, allowed) in [
        (format!("Origin: {own}\r\n"), true),
        (format!("Origin: http://localhost:{port}\r\n"), true),
        ("Sec-Fetch-Site: same-origin\r\n".into(), true),
        (
            format!("Sec-Fetch-Site: cross-site\r\nOrigin: {own}\r\n"),
            true,
        ),
        (String::new(), false),
        ("Origin: null\r\n".into(), false),
        ("Origin: https://evil.example\r\n".into(), false),
        (format!("Origin: {own}.evil.example\r\n"), false),
        (format!("Origin: {own}/\r\n"), false),
        ("Origin: http://127.0.0.1:1\r\n".into(), false),
        ("Sec-Fetch-Site: cross-site\r\n".into(), false),
        ("Sec-Fetch-Site: same-site\r\n".into(), false),
        ("Sec-Fetch-Site: SAME-ORIGIN\r\n".into(), false),
        (
            "Sec-Fetch-Site: cross-site\r\nOrigin: https://evil.example\r\n".into(),
            false,
        ),
        // What does not count.
        (format!("Referer: {own}/\r\nX-Requested-With: x\r\n"), false),
    ] {
        let headers = format!("{headers}{json}");
        let made = ada.send_as("POST", "/api/clients", &headers, new.as_bytes());
        let made = made.await;
        let mut stranger = Visitor::new(running.at);
        let signed_in = stranger.send_as("POST", "/api/session", &headers, credentials.as_bytes());
        let signed_in = signed_in.await;
        if allowed {
            assert_eq!((made.status, signed_in.status), (201, 204), "{headers}");
        } else {
            let refused = (403, "cross_origin".to_owned());
            assert_eq!(made.problem(), refused, "{headers}");
            assert_eq!(signed_in.problem(), refused, "{headers}");
            assert_eq!(stranger.cookie, None);
        }
    }
    // Reading changes nothing, and needs to say nothing.
    let read = ada.send_as("GET", "/api/clients", "Sec-Fetch-Site: cross-site\r\n", b"");
    assert_eq!(read.await.status, 200);
    // A form of another site can send what reads like JSON, and not say that it is.
    let form = format!("Origin: {own}\r\nContent-Type: text/plain\r\n");
    let sent = ada.send_as("POST", "/api/clients", &form, new.as_bytes());
    assert_eq!(sent.await.problem(), (415, "not_json".into()));
}

async fn each_wrong_field_is_named(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, _) = running.owner("ada@example.com", "bakery").await;
    let invalid = (422, "invalid".to_owned());
    let wrong = json!({
        "name": " ", "email": "no address", "phone": 7, "metadata": [], "nmae": "x", "created_by": null,
    });
    let answer = ada.post("/api/clients", wrong).await;
    assert_eq!(answer.problem(), invalid);
    assert_eq!(
        answer.fields(),
        ["created_by", "email", "metadata", "name", "nmae", "phone"]
    );
    assert!(
        answer.body.contains("did you mean `name`?"),
        "{}",
        answer.body
    );
    let nothing = ada.post("/api/clients", json!({})).await;
    assert_eq!(nothing.fields(), ["name"]);
    assert!(nothing.body.contains("is missing"));
    let wrong = json!({ "email": 5, "roles": ["member", "Admin", null] });
    let answer = ada.post("/api/invitations", wrong).await;
    assert_eq!(answer.fields(), ["email", "roles[1]", "roles[2]"]);
    let unknown = json!({ "email": "bob@example.com", "roles": ["chief"] });
    assert_eq!(
        ada.post("/api/invitations", unknown).await.problem(),
        invalid
    );
    let query = "/api/clients?limit=many&curser=x&text=a&text=b";
    assert_eq!(ada.get(query).await.fields(), ["curser", "limit", "text"]);
    assert_eq!(ada.get("/api/clients?limit=0").await.fields(), ["limit"]);
    assert_eq!(ada.get("/api/clients?cursor=x").await.fields(), ["cursor"]);
    // A secret is not quoted, wherever it stands.
    let mut stranger = Visitor::new(running.at);
    for wrong in [
        json!({ "email": "x", "password": "hunter2" }),
        json!({ "email": "eve@example.com", "password": "hunter2" }),
        json!({ "email": "eve@example.com", "password": { "hunter2": "hunter2" } }),
        json!({ "email": "eve@example.com", "password": ["hunter2"] }),
        json!({ "email": { "is": "hunter2" }, "password": 77_665_544 }),
    ] {
        let answer = stranger.post("/api/sign-up", wrong.clone()).await;
        assert_eq!(answer.problem(), invalid, "{wrong}");
        let shown = &answer.body;
        assert!(
            !shown.contains("hunter2") && !shown.contains("77665544"),
            "{shown}"
        );
    }
    let taken = ada
        .post(
            "/api/applications",
            json!({ "name": "Another", "slug": "bakery" }),
        )
        .await;
    assert_eq!(taken.problem(), (409, "conflict".into()));
    assert_eq!(taken.fields(), ["slug"]);
    assert!(running.mails.take().is_empty());
}

async fn guessing_is_slowed_down(test: TestDb) {
    let running = Running::start(test).await;
    running.person("ada@example.com").await;
    let mut stranger = Visitor::new(running.at);
    let mut last = None;
    for guess in 0..7 {
        let wrong = json!({ "email": "ada@example.com", "password": format!("guess {guess}") });
        last = Some(stranger.post("/api/session", wrong).await);
    }
    let last = last.expect("an answer");
    assert_eq!(last.problem(), (429, "too_many_attempts".into()));
    let wait = last.header("retry-after").expect("how long").parse::<u64>();
    assert!((1..=900).contains(&wait.expect("seconds")));
}

async fn what_is_not_there_is_not_found(test: TestDb) {
    let running = Running::start(test).await;
    let mut visitor = Visitor::new(running.at);
    for path in [
        "/api/nothing",
        "/api",
        "/api/",
        "/nothing",
        "/../Cargo.toml",
        "/app.js/x",
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.problem(), (404, "not_found".into()), "{path}");
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
    let answer = visitor.send("PUT", "/api/clients", Some(json!({}))).await;
    assert_eq!(answer.problem(), (405, "not_allowed".into()));
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
    ] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    }
}

async fn bodies_that_are_none_are_refused(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, _) = running.owner("ada@example.com", "bakery").await;
    let headers = format!(
        "Origin: http://{}\r\nContent-Type: application/json\r\n",
        running.at
    );
    let deep = "[".repeat(100_000);
    let deeper = format!(
        "{{\"name\":\"x\",\"metadata\":{}{}}}",
        "{\"a\":".repeat(200),
        "1"
    );
    let many = format!("{{\"name\":[{}0]}}", "0,".repeat(200_000));
    let twice = r#"{"name":"Hotel","name":"Inn"}"#;
    for (body, problem) in [
        (&b""[..], (400, "malformed")),
        (b"{", (400, "malformed")),
        (b"{\"name\": hunter2}", (400, "malformed")),
        (b"{\"name\":\"x\"} x", (400, "malformed")),
        (b"\xff\xfe", (400, "unreadable")),
        (b"{\"name\":\"\xff\"}", (400, "unreadable")),
        (deep.as_bytes(), (400, "malformed")),
        (deeper.as_bytes(), (400, "malformed")),
        (many.as_bytes(), (400, "malformed")),
        (twice.as_bytes(), (422, "invalid")),
        (b"null", (422, "invalid")),
        (b"[]", (422, "invalid")),
        (b"\"name\"", (422, "invalid")),
    ] {
        let answer = ada.send_as("POST", "/api/clients", &headers, body).await;
        let (status, code) = problem;
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(answer.problem(), (status, code.into()), "{start}");
        assert!(!answer.body.contains("hunter2"), "{}", answer.body);
    }
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    let answer = ada.send_as("POST", "/api/clients", &headers, large.as_bytes());
    assert_eq!(answer.await.problem(), (413, "unreadable".into()));
    let garbage = raw(running.at, b"\0\x01garbage\r\n\r\n").await;
    assert_eq!(garbage.status, 400);
    // It goes on serving.
    client(&mut ada, "Hotel Belvedere").await;
}

async fn nothing_inner_is_told(test: TestDb) {
    let running = Running::start(test).await;
    let (mut ada, _) = running.owner("ada@example.com", "bakery").await;
    let broken = "ALTER TABLE clients RENAME TO gone";
    running.test.execute(broken).await.expect("renamed");
    let answer = ada.get("/api/clients").await;
    assert_eq!(answer.problem(), (500, "internal".into()));
    for inner in ["clients", "SELECT", "relation", "table", "sqlx"] {
        assert!(!answer.body.contains(inner), "{}", answer.body);
    }
    running.db.clone().close().await.expect("closed");
    let answer = ada.get("/api/clients").await;
    assert_eq!(answer.problem(), (503, "busy".into()));
    assert_eq!(answer.header("retry-after"), Some("1"));
}
