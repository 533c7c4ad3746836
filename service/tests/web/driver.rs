//! A headless Chromium, driven by `WebDriver` (W3C) over loopback. It blocks: use it off the runtime's own threads.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What the page may take to show something, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// The key of an element's id (`WebDriver` §12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The browser, with one window. It ends when this is dropped, and its profile goes with it.
pub(crate) struct Browser {
    driver: Child,
    at: SocketAddr,
    session: String,
    /// The id of the browser's own process.
    process: Option<u64>,
    /// It is removed when this is dropped.
    profile: tempfile::TempDir,
}

/// The program that `variable` names, or one of these on the path.
fn find(variable: &str, names: &[&str]) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    candidates.into_iter().find(|file| file.is_file()).unwrap_or_else(|| {
        panic!(
            "none of {names:?} is on the path: install Chromium with its driver (Debian: apt-get install chromium \
             chromium-driver, or .ci/setup), or name the program in {variable}"
        )
    })
}

impl Browser {
    pub(crate) fn start() -> Self {
        let chromium = find(
            "TEST_CHROMIUM",
            &["chromium", "chromium-browser", "google-chrome"],
        );
        let driver = find("TEST_CHROMEDRIVER", &["chromedriver"]);
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let said = driver.stdout.take().expect("its output");
        let port = BufReader::new(said)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("successfully on port ")?;
                port.trim_end_matches('.').parse().ok()
            });
        let profile = tempfile::tempdir().expect("a folder");
        let mut browser = Self {
            driver,
            at: (Ipv4Addr::LOCALHOST, port.expect("a port")).into(),
            session: String::new(),
            process: None,
            profile,
        };
        let folder = browser.profile.path().to_owned();
        browser.open(&chromium, &folder);
        browser
    }

    fn open(&mut self, chromium: &Path, profile: &Path) {
        let arguments = [
            "--headless".to_owned(),
            // Its sandbox does not start for root, nor in most containers; it opens the service under test alone.
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--window-size=1000,1100".to_owned(),
            format!("--user-data-dir={}", profile.display()),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let opened = self.ask("POST", "/session", Some(&wanted));
        let session = opened["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("Chromium opens: {opened}"));
        self.session = format!("/session/{session}");
        self.process = opened["capabilities"]["goog:processID"].as_u64();
    }

    /// The `value` of the answer.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.at,
            body.len()
        );
        let mut stream = TcpStream::connect(self.at).expect("chromedriver");
        stream.write_all(request.as_bytes()).expect("sent");
        let body = body_of(stream).expect("an answer");
        let mut json: Value = serde_json::from_slice(&body).expect("JSON");
        json["value"].take()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let value = self.ask("POST", &format!("{}{path}", self.session), Some(body));
        assert!(value["error"].is_null(), "{path} {body}: {value}");
        value
    }

    fn get(&self, path: &str) -> Value {
        self.ask("GET", &format!("{}{path}", self.session), None)
    }

    pub(crate) fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until this holds of the page.
    pub(crate) fn wait(&self, script: &str) {
        let begun = Instant::now();
        while self.run(&format!("return Boolean({script})")) != json!(true) {
            if begun.elapsed() > PATIENCE {
                let page = self.run("return document.body.innerText");
                panic!(
                    "never: {script}\n{}\n{}",
                    page.as_str().unwrap_or_default(),
                    self.log()
                );
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until the text is to be seen.
    pub(crate) fn sees(&self, text: &str) {
        self.wait(&format!(
            "document.body.innerText.includes({})",
            json!(text)
        ));
    }

    /// The element that is to be seen, once it is.
    fn element(&self, css: &str) -> String {
        self.wait(&format!(
            "document.querySelector({})?.checkVisibility()",
            json!(css)
        ));
        let found = self.post(
            "/element",
            &json!({ "using": "css selector", "value": css }),
        );
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    pub(crate) fn click(&self, css: &str) {
        let element = self.element(css);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types the text into the field, in the place of what stood there.
    pub(crate) fn write(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(
            &format!("/element/{element}/value"),
            &json!({ "text": text }),
        );
    }

    /// What assistive technology is told that the element is called.
    pub(crate) fn label(&self, css: &str) -> String {
        let element = self.element(css);
        let label = self.get(&format!("/element/{element}/computedlabel"));
        label.as_str().expect("a label").to_owned()
    }

    pub(crate) fn cookies(&self) -> Value {
        self.get("/cookie")
    }

    /// What the browser complained of since the last time.
    pub(crate) fn log(&self) -> Value {
        self.post("/se/log", &json!({ "type": "browser" }))
    }

    pub(crate) fn screenshot(&self, file: &Path) {
        let png = self.get("/screenshot");
        let png = STANDARD.decode(png.as_str().expect("a picture"));
        std::fs::write(file, png.expect("base64")).expect("written");
    }
}

/// The driver leaves the connection open, whatever it was asked.
fn body_of(stream: TcpStream) -> std::io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(2 * PATIENCE))?;
    let (mut reader, mut size) = (BufReader::new(stream), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(length) = line.strip_prefix("content-length:") {
            size = length.trim().parse().unwrap_or_default();
        }
        if line.is_empty() {
            let mut body = vec![0; size];
            reader.read_exact(&mut body)?;
            return Ok(body);
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Whatever failed: the browser is ended by its driver, the driver by us.
        let request = format!(
            "DELETE {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            self.session
        );
        if let Ok(mut stream) = TcpStream::connect(self.at) {
            let _ = stream.write_all(request.as_bytes());
            let _ = body_of(stream);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        // A driver that has no time to wait for the browser leaves it behind.
        if let Some(id) = self.process {
            let said = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let profile = self.profile.path().display().to_string();
            if String::from_utf8_lossy(&said).contains(&profile) {
                let _ = Command::new("kill")
                    .args(["-KILL", &id.to_string()])
                    .status();
            }
        }
    }
}
