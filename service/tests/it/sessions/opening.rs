//! Opening a session, and who is found to carry its token.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use service::{ClientFilter, NewSession, UserAgent};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{inside, is_not_found, open, open_in, rows, stored};
use crate::people::{People, with_people};

with_people!(
    a_token_tells_who_where_and_as_what_in_one_query,
    outside_every_application_there_is_no_tenant,
    what_is_stored_lets_nobody_in,
    addresses_are_kept_in_their_shortest_form,
    whatever_a_browser_calls_itself_is_stored,
    nobody_is_signed_in_who_is_not_there,
);

async fn a_token_tells_who_where_and_as_what_in_one_query(people: People) {
    let ada = service::NewClient::new("Ada".parse().expect("a name"));
    let tenant = people.as_owner().await;
    let client = tenant.clients().create(ada).await.expect("a client");
    people.sent.take();
    let (user, application) = (people.team.admin, &people.team.application);
    let opened = open_in(&people.db, user, application.id).await;
    let again = people.again();
    assert_eq!(crate::people::sent(&people), 2 + again, "two statements");

    let found = people.db.sessions().resolve(opened.token.reveal()).await;
    let sent = people.sent.take();
    assert_eq!(sent.len(), 1 + again, "{sent:?}");
    let found = found.expect("signed in");
    assert_eq!(found.session, opened.session);
    assert_eq!(found.session.application_id, Some(application.id));
    assert_eq!((found.user.id, found.session.user_id), (user, user));
    assert_eq!(found.user.email, "admin@acme.test");
    assert_eq!(found.application.as_ref(), Some(application));
    assert!(!found.rotation_due);

    let tenant = found.tenant().expect("an application is open");
    assert_eq!(tenant.user_id(), Some(user));
    assert_eq!(tenant.application_id(), application.id);
    let proven = people.as_admin().await;
    assert_eq!(tenant.role_keys(), ["admin"]);
    assert_eq!(tenant.permissions(), proven.permissions());
    let seen = tenant.clients().get(client.id).await.expect("a look-up");
    assert_eq!(seen, Some(client));
    let count = tenant.clients().count(&ClientFilter::default()).await;
    assert_eq!(count.expect("a count"), 1);
    assert!(tenant.admin().is_ok() && tenant.owner().is_err());
}

async fn outside_every_application_there_is_no_tenant(people: People) {
    let opened = open(&people.db, people.team.owner).await;
    let again = people.again();
    assert_eq!(crate::people::sent(&people), 1 + again, "one statement");
    let found = people.db.sessions().resolve(opened.token.reveal()).await;
    assert_eq!(crate::people::sent(&people), 1, "one query");
    let found = found.expect("signed in");
    assert_eq!(found.user.id, people.team.owner);
    assert_eq!(found.session, opened.session);
    assert!(found.application.is_none() && found.tenant.is_none());
    assert!(is_not_found(&found.tenant()));
    assert!(!found.rotation_due, "roles elsewhere do not matter");
}

async fn what_is_stored_lets_nobody_in(people: People) {
    let opened = open(&people.db, people.team.member).await;
    let row = stored(&people.db, opened.session.id).await;
    let token = opened.token.reveal();
    let body = token.strip_prefix("aura_session_").expect("a prefix");
    let bytes = URL_SAFE_NO_PAD.decode(body).expect("base64");
    let (id, secret) = bytes.split_at(16);
    assert_eq!(id, row.id.as_bytes());
    assert_eq!(row.secret_hash, Sha256::digest(secret).as_slice());

    let row = format!("{row:?}");
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    for part in [token, &body[22..], &hex(secret), &format!("{secret:?}")] {
        assert!(!row.contains(part), "{part} is in {row}");
    }
    assert_eq!(opened.session.id.get_version_num(), 7);
    let other = open(&people.db, people.team.member).await;
    assert_ne!(other.token.reveal()[35..], token[35..], "another secret");
}

async fn addresses_are_kept_in_their_shortest_form(people: People) {
    for (given, kept) in [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("::1", "::1"),
        ("::", "::"),
        (
            "2001:db8:1111:2222:3333:4444:5555:6666",
            "2001:db8:1111:2222:3333:4444:5555:6666",
        ),
    ] {
        let ip: IpAddr = given.parse().expect("an address");
        let new = NewSession {
            ip: Some(ip),
            ..NewSession::default()
        };
        let opened = people.db.sessions().open(people.team.member, new).await;
        let opened = opened.expect("a session");
        assert_eq!(opened.session.ip.as_deref(), Some(kept));
        let row = stored(&people.db, opened.session.id).await;
        assert_eq!(row.ip.as_deref(), Some(kept));
    }
    let opened = open(&people.db, people.team.member).await;
    assert_eq!((opened.session.ip, opened.session.user_agent), (None, None));
}

async fn whatever_a_browser_calls_itself_is_stored(people: People) {
    let kept = async |header: &[u8]| {
        let new = NewSession {
            user_agent: UserAgent::from_header(header),
            ..NewSession::default()
        };
        let opened = people.db.sessions().open(people.team.member, new).await;
        let opened = opened.expect("a session");
        let row = stored(&people.db, opened.session.id).await;
        assert_eq!(opened.session.user_agent, row.user_agent);
        row.user_agent
    };
    for nothing in ["", "   ", "\t\r\n", "\0\0", "\u{85}"] {
        assert_eq!(kept(nothing.as_bytes()).await, None, "{nothing:?}");
    }
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0";
    assert_eq!(kept(firefox.as_bytes()).await.as_deref(), Some(firefox));
    let split = kept(b" a\0b\r\nc\x1b[31m\x7f ").await;
    assert_eq!(split.as_deref(), Some("a b  c [31m"));
    let odd = kept(b"curl\xff\xfe/8 \xc3\xa4").await;
    assert_eq!(odd.as_deref(), Some("curl\u{fffd}\u{fffd}/8 ä"));
    // What breaks a line, what turns the text round, what cannot be seen.
    let tricks = "Fire\u{2028}fox\u{2029}\u{202e}on\u{2066}a\u{200b}Mac\u{feff}\u{200f}";
    let shown = kept(tricks.as_bytes()).await;
    assert_eq!(shown.as_deref(), Some("Fire fox  on a Mac"));
    let unseen = "\u{200b}\u{202e}\u{2060}\u{2028}\u{ad}";
    assert_eq!(kept(unseen.as_bytes()).await, None);
    let quoted = "'); DROP TABLE sessions; --";
    assert_eq!(kept(quoted.as_bytes()).await.as_deref(), Some(quoted));

    for letter in ["a", "ä", "語", "😀"] {
        let long = letter.repeat((1 << 20) / letter.len());
        let expected = letter.repeat(512);
        assert_eq!(kept(long.as_bytes()).await, Some(expected.clone()));
        let exact = kept(expected.as_bytes()).await;
        assert_eq!(exact, Some(expected.clone()));
        // What is cut off is whole characters, wherever the text begins.
        let after_spaces = [vec![b' '; 3000], expected.clone().into_bytes()].concat();
        assert_eq!(kept(&after_spaces).await, Some(expected));
    }
    let bytes = kept(&vec![0xff; 1 << 20]).await;
    assert_eq!(bytes, Some("\u{fffd}".repeat(512)));
}

async fn nobody_is_signed_in_who_is_not_there(people: People) {
    let sessions = people.db.sessions();
    let application = people.team.application.id;
    let gone = people.stranger("gone").await;
    people.db.users().delete(gone).await.expect("a deletion");
    let stranger = people.stranger("stranger").await;
    for (user, new) in [
        (Uuid::nil(), NewSession::default()),
        (Uuid::nil(), inside(application)),
        (gone, NewSession::default()),
        (gone, inside(application)),
        (stranger, inside(application)),
        (people.team.member, inside(Uuid::nil())),
    ] {
        let refused = sessions.open(user, new).await;
        assert!(is_not_found(&refused), "{refused:?}");
    }
    let tenant = people.as_owner().await;
    let members = tenant.admin().expect("an owner").members();
    members.remove(people.team.member).await.expect("removed");
    let refused = sessions.open(people.team.member, inside(application)).await;
    assert!(is_not_found(&refused), "{refused:?}");
    people
        .db
        .applications()
        .delete(application)
        .await
        .expect("a deletion");
    let refused = sessions.open(people.team.admin, inside(application)).await;
    assert!(is_not_found(&refused), "{refused:?}");
    assert_eq!(rows(&people.db).await, 0);
}
