//! A client that sends what it is told to, right or wrong.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a service answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The header's value. `None`: it is not there.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        values.next().map(|(_, value)| value.as_str())
    }

    /// The body; `null` where there is none.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("JSON: {self:?}"))
    }

    /// The status, and the code of the problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status, "{self:?}");
        assert!(
            json["title"].is_string() && json["detail"].is_string(),
            "{self:?}"
        );
        let code = json["code"].as_str().expect("a code").to_owned();
        (self.status, code)
    }

    /// The fields that the problem names, in order.
    pub(crate) fn fields(&self) -> Vec<String> {
        let json = self.json();
        let mut fields: Vec<_> = json["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("errors: {self:?}"))
            .iter()
            .map(|error| {
                assert!(error["reason"].is_string(), "{self:?}");
                error["field"].as_str().expect("a field").to_owned()
            })
            .collect();
        fields.sort_unstable();
        fields
    }
}

/// Sends these bytes on a connection of their own, and reads what is answered.
pub(crate) async fn raw(at: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(at).await.expect("a connection");
    // A service that has heard enough answers and closes before all is sent.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let mut part = vec![0; 16 * 1024];
    while let Ok(size @ 1..) = stream.read(&mut part).await {
        answer.extend_from_slice(&part[..size]);
    }
    let answer = String::from_utf8(answer).expect("UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Answer {
        status: status
            .and_then(|status| status.parse().ok())
            .expect("a status"),
        headers,
        body: body.to_owned(),
    }
}

/// Somebody's browser: it keeps the cookie, and says where its requests come from.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) at: SocketAddr,
    /// As the browser sends it: `name=value`.
    pub(crate) cookie: Option<String>,
}

impl Visitor {
    pub(crate) fn new(at: SocketAddr) -> Self {
        Self { at, cookie: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    /// Sends the request as the service's own page does.
    pub(crate) async fn send(&mut self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let origin = format!(
            "Origin: http://{}\r\nContent-Type: application/json\r\n",
            self.at
        );
        self.send_as(method, path, &origin, body.as_bytes()).await
    }

    /// Sends the request with these headers, the cookie besides.
    pub(crate) async fn send_as(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Answer {
        let cookie = self.cookie.as_deref();
        let cookie = cookie.map_or(String::new(), |cookie| format!("Cookie: {cookie}\r\n"));
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}{cookie}\r\n",
            self.at,
            body.len(),
        );
        let answer = raw(self.at, &[head.as_bytes(), body].concat()).await;
        if let Some(cookie) = answer.header("set-cookie") {
            let (pair, _) = cookie.split_once(';').expect("attributes");
            let kept = !pair.ends_with('=');
            self.cookie = kept.then(|| pair.to_owned());
        }
        answer
    }
}
