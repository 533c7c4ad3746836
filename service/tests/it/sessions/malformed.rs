//! What is no token of a live session is refused, whatever it is, and mostly before any database hears of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service::Db;
use service::secret::{PlainToken, TokenKind};

use super::{going_on, is_invalid, open, open_in, works};
use crate::people::{People, with_people};

with_people!(
    what_is_no_token_is_refused_without_a_look,
    a_token_with_anything_changed_is_refused,
    a_token_of_a_session_that_was_never_there_is_refused,
);

/// That every verb refuses it.
async fn refused(people: &People, token: &[u8]) {
    let sessions = people.db.sessions();
    let shown = || String::from_utf8_lossy(&token[..token.len().min(200)]).into_owned();
    let resolved = sessions.resolve(token).await;
    assert!(is_invalid(&resolved), "resolve {}", shown());
    let rotated = sessions.rotate(token).await;
    assert!(is_invalid(&rotated), "rotate {}", shown());
    for to in [None, Some(people.team.application.id)] {
        let switched = sessions.switch_application(token, to).await;
        assert!(is_invalid(&switched), "switch {}", shown());
    }
    let closed = sessions.close(token).await;
    assert!(matches!(closed, Ok(false)), "close {}", shown());
}

fn of_other_kinds(db: &Db, opened: uuid::Uuid) -> Vec<Vec<u8>> {
    let kinds = [
        TokenKind::EmailVerification,
        TokenKind::PasswordReset,
        TokenKind::MagicLink,
        TokenKind::EmailChange,
    ];
    let mut tokens: Vec<_> = kinds
        .into_iter()
        .map(|kind| PlainToken::generate(kind, opened, db.random()).0)
        .collect();
    tokens.push(PlainToken::invitation(opened, opened, db.random()).0);
    tokens
        .iter()
        .map(|token| token.reveal().as_bytes().to_vec())
        .collect()
}

async fn what_is_no_token_is_refused_without_a_look(people: People) {
    let opened = open_in(&people.db, people.team.member, people.team.application.id).await;
    let token = opened.token.reveal();
    let body = token.strip_prefix("aura_session_").expect("a prefix");
    let mut malformed = of_other_kinds(&people.db, opened.session.id);
    for prefix in [
        "aura_reset",
        "aura_verify",
        "aura_link",
        "aura_change",
        "aura_invite",
    ] {
        malformed.push(format!("{prefix}_{body}").into_bytes());
    }
    for text in [
        String::new(),
        " ".to_owned(),
        "\0".to_owned(),
        "null".to_owned(),
        "aura_session".to_owned(),
        "aura_session_".to_owned(),
        body.to_owned(),
        opened.session.id.to_string(),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}\r\n"),
        format!("{token}\0"),
        format!("{token}="),
        format!("Bearer {token}"),
        token.to_uppercase(),
        token.replacen("aura", "Aura", 1),
        token[..token.len() - 1].to_owned(),
        format!("aura_session_{token}"),
        format!("aura_session_{}", "=".repeat(64)),
        format!("aura_session_{}", "+/".repeat(32)),
        format!("aura_session_{}", " ".repeat(64)),
        format!("aura_session_{}", "ä".repeat(32)),
        format!("aura_session_{}", "A".repeat(1 << 20)),
        "a".repeat(1 << 20),
        "' OR 1=1 --".to_owned(),
    ] {
        malformed.push(text.into_bytes());
    }
    malformed.push(vec![0xff; 77]);
    malformed.push(vec![0xc3, 0x28]);
    malformed.push([b"aura_session_".as_slice(), &[0xff; 64]].concat());
    malformed.push([b"aura_session_".as_slice(), &[0; 64]].concat());
    malformed.push(vec![0xff; 1 << 20]);
    people.sent.take();
    for token in &malformed {
        refused(&people, token).await;
    }
    let sent = people.sent.take();
    assert!(sent.is_empty(), "{sent:?}");
    assert!(works(&people.db, token).await);
}

async fn a_token_with_anything_changed_is_refused(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let token = opened.token.reveal();
    for place in 0..token.len() {
        let mut bytes = token.as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'B' { b'C' } else { b'B' };
        refused(&people, &bytes).await;
    }
    assert!(works(&people.db, token).await);
    assert_eq!(going_on(&people.db, people.team.member).await, 1);
}

async fn a_token_of_a_session_that_was_never_there_is_refused(people: People) {
    let db = &people.db;
    let one = open(db, people.team.member).await;
    let two = open(db, people.team.member).await;
    let bytes = |token: &PlainToken| {
        let body = token.reveal().strip_prefix("aura_session_");
        URL_SAFE_NO_PAD
            .decode(body.expect("a prefix"))
            .expect("base64")
    };
    let made = |id: &[u8], secret: &[u8]| {
        let body = URL_SAFE_NO_PAD.encode([id, secret].concat());
        format!("aura_session_{body}")
    };
    let (first, second) = (bytes(&one.token), bytes(&two.token));
    let same = made(&first[..16], &first[16..]);
    assert_eq!(same, one.token.reveal());
    let hash = super::stored(db, one.session.id).await.secret_hash;
    for token in [
        made(&first[..16], &second[16..]),
        made(&second[..16], &first[16..]),
        made(db.new_id().as_bytes(), &first[16..]),
        made(&[0; 16], &[0; 32]),
        made(&[0xff; 16], &[0xff; 32]),
        made(&first[..16], &[0; 32]),
        // What a thief of the database knows.
        made(&first[..16], &hash),
    ] {
        refused(&people, token.as_bytes()).await;
    }
    assert!(works(db, one.token.reveal()).await && works(db, two.token.reveal()).await);
}
