//! Nothing of a token is shown: not by `Debug`, not in a log, not to the database.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta};
use migration::testing::{Backend, TestDb};
use service::secret::PlainToken;
use service::{Clock, Config};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::{open, open_in};
use crate::people::{People, QUICK, team, with_people};

with_people!(debugging_shows_no_secret);

/// That no part of the token's secret stands in the text, in any spelling.
pub(super) fn shows_nothing_of(token: &PlainToken, text: &str) {
    let (_, body) = token.reveal().rsplit_once("session_").expect("a body");
    let bytes = URL_SAFE_NO_PAD.decode(body).expect("base64");
    let secret = &bytes[16..];
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    // The id, which may be shown, stands in the first 22 letters.
    for part in body.as_bytes()[22..].chunks_exact(8) {
        let part = std::str::from_utf8(part).expect("ASCII");
        assert!(!text.contains(part), "a part of the token is in {text}");
    }
    for part in secret.chunks_exact(4) {
        let list = format!("{part:?}");
        let list = list.trim_matches(['[', ']']);
        assert!(!text.contains(list), "a part of the secret is in {text}");
        let hex = hex(part);
        let lower = text.to_lowercase();
        assert!(!lower.contains(&hex), "a part of the secret is in {text}");
    }
    let standard = STANDARD.encode(secret);
    assert!(!text.contains(&standard[..12]), "the secret is in {text}");
}

async fn debugging_shows_no_secret(people: People) {
    let sessions = people.db.sessions();
    let (user, application) = (people.team.owner, people.team.application.id);
    let opened = open_in(&people.db, user, application).await;
    let token = &opened.token;
    let found = sessions.resolve(token.reveal()).await.expect("signed in");
    let shown = format!(
        "{opened:?} {opened:#?} {found:?} {found:#?} {token:?} {token:#?} {:?} {:?}",
        opened.session, sessions
    );
    shows_nothing_of(token, &shown);
    let hash = super::stored(&people.db, opened.session.id)
        .await
        .secret_hash;
    let hash = format!("{:?}", &hash[..4]);
    assert!(!shown.contains(hash.trim_matches(['[', ']'])), "the hash");
    assert!(shown.contains("PlainToken(aura_session_…)"), "{shown}");
}

/// All that is logged, spans and events of every level.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<String>>);

impl Heard {
    fn text(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, text: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_str(text);
    }
}

/// The values of one span or event.
#[derive(Default)]
struct Values(String);

impl Visit for Values {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl Subscriber for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut values = Values::default();
        span.record(&mut values);
        self.add(&format!("{} {}\n", span.metadata().name(), values.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, more: &Record<'_>) {
        let mut values = Values::default();
        more.record(&mut values);
        self.add(&values.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut values = Values::default();
        event.record(&mut values);
        self.add(&format!("{} {}\n", event.metadata().target(), values.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Everything runs on this one thread, so that all of it is heard.
async fn nothing_that_is_logged_or_sent_is_a_token(test: TestDb) {
    let heard = Heard::default();
    let logging = tracing::subscriber::set_default(heard.clone());
    let sent = Heard::default();
    let statements = sent.clone();
    let start = DateTime::from_timestamp(1_800_000_000, 0).expect("in range");
    let clock = Clock::manual(start);
    let config = Config::new(test.url())
        .max_connections(2)
        .hashing(QUICK)
        .clock(clock.clone())
        .observe(move |statement| statements.add(&format!("{statement} {statement:?}\n")));
    let db = crate::rules::connect(config).await.expect("connects");
    let team = team(&db, "acme").await;
    let reason = "a test of what is heard";
    let heard_of = db.system(team.application.id, reason).await;
    heard_of.expect("a live application");

    let sessions = db.sessions();
    let first = open(&db, team.member).await;
    let second = open_in(&db, team.member, team.application.id).await;
    clock.advance(TimeDelta::minutes(2));
    for opened in [&first, &second] {
        let found = sessions.resolve(opened.token.reveal()).await;
        found.expect("signed in");
    }
    let to = Some(team.application.id);
    let mut tokens = vec![
        sessions
            .rotate(first.token.reveal())
            .await
            .expect("renewed"),
        sessions
            .switch_application(second.token.reveal(), to)
            .await
            .expect("switched"),
        first.token,
        second.token,
    ];
    // What is refused is not quoted either, by the error or the log.
    for token in &tokens[2..] {
        let refused = sessions.rotate(token.reveal()).await.err();
        let refused = refused.expect("it was replaced");
        shows_nothing_of(token, &format!("{refused} {refused:?}"));
        let nothing = sessions.resolve(format!("{} ", token.reveal())).await;
        assert!(super::is_invalid(&nothing));
    }
    let third = sessions
        .open_in_place_of(
            tokens[0].reveal(),
            team.admin,
            super::inside(team.application.id),
        )
        .await
        .expect("a session");
    tokens.push(third.token);
    assert!(sessions.close(tokens[1].reveal()).await.expect("an answer"));
    drop(logging);

    let (heard, sent) = (heard.text(), sent.text());
    assert!(heard.contains(reason), "the log is heard: {heard}");
    assert!(sent.contains("INSERT INTO \"sessions\""), "{sent}");
    for token in &tokens {
        shows_nothing_of(token, &heard);
        shows_nothing_of(token, &sent);
    }
}

mod nothing_that_is_logged_or_sent_is_a_token {
    use super::{Backend, TestDb};

    #[tokio::test]
    async fn sqlite() {
        super::nothing_that_is_logged_or_sent_is_a_token(TestDb::new(Backend::Sqlite).await).await;
    }

    #[tokio::test]
    async fn postgres() {
        super::nothing_that_is_logged_or_sent_is_a_token(TestDb::new(Backend::Postgres).await)
            .await;
    }
}
