//! Verification tokens: right for one user, one purpose and one address, once, for a time.

mod binding;
mod changing;
mod effects;
mod ending;
mod failing;
mod issuing;
mod racing;

use entity::users;
use migration::testing::Backend;
use sea_orm::{ActiveModelTrait, ConnectionTrait, Set};
use service::secret::Password;
use service::{Db, Error, Intent, Issued, NewSession, Purpose, User};
use uuid::Uuid;

use crate::people::{People, with_people};

with_people!(
    a_token_is_looked_at_any_number_of_times_and_used_once,
    what_is_no_token_is_refused_without_a_statement,
    a_token_that_is_wrong_costs_one_look,
    no_secret_is_shown,
);

fn intents() -> [Intent; 4] {
    let to = "new@x.io".parse().expect("an address");
    [
        Intent::VerifyEmail,
        Intent::ResetPassword,
        Intent::SignIn,
        Intent::ChangeEmail { to },
    ]
}

fn change_to(address: &str) -> Intent {
    let to = address.parse().expect("an address");
    Intent::ChangeEmail { to }
}

async fn issue(db: &Db, intent: Intent, user_id: Uuid) -> Issued {
    let issued = db.verification_tokens().issue(intent, user_id, None).await;
    issued.expect("a token")
}

/// Whether the token could be used.
async fn valid(db: &Db, purpose: Purpose, token: &str) -> bool {
    match db.verification_tokens().peek(purpose, token).await {
        Ok(_) => true,
        Err(Error::InvalidToken) => false,
        Err(error) => panic!("{error}"),
    }
}

fn is_invalid<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::InvalidToken))
}

fn password(text: &str) -> Password {
    text.parse().expect("a password")
}

async fn stored(db: &Db, user_id: Uuid) -> User {
    let user = db.users().get(user_id).await.expect("a look-up");
    user.expect("a user")
}

async fn open_session(db: &Db, user_id: Uuid) {
    let opened = db.sessions().open(user_id, NewSession::default()).await;
    opened.expect("a session");
}

async fn sessions(db: &Db, user_id: Uuid) -> usize {
    let page = db.sessions().list(user_id, 200, None).await;
    page.expect("a page").items.len()
}

/// Behind the verbs: as an address that was changed by another way.
async fn set_address(db: &Db, user_id: Uuid, address: &str) {
    let row = users::ActiveModel {
        id: Set(user_id),
        email: Set(address.into()),
        ..Default::default()
    };
    row.update(db).await.expect("a change");
}

/// From now on the database refuses to store what `event` (`UPDATE`, `INSERT`) stores in the table.
pub(crate) async fn refuse(people: &People, event: &str, table: &str) {
    let sql = match people.test.backend() {
        Backend::Sqlite => format!(
            "CREATE TRIGGER refuse_it BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        ),
        // No table has triggers there.
        Backend::Postgres if migration::testing::on_citus() => {
            crate::people::withhold(event, table)
        }
        Backend::Postgres => format!(
            "CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$; \
             CREATE TRIGGER refuse_it BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_it()"
        ),
    };
    people.db.execute_unprepared(&sql).await.expect("a trigger");
}

/// What [`refuse`] refused is stored again.
pub(crate) async fn allow(people: &People, table: &str) {
    let sql = match people.test.backend() {
        Backend::Sqlite => "DROP TRIGGER refuse_it".to_owned(),
        Backend::Postgres if migration::testing::on_citus() => {
            format!("GRANT INSERT, UPDATE ON {table} TO CURRENT_USER")
        }
        Backend::Postgres => {
            format!("DROP TRIGGER refuse_it ON {table}; DROP FUNCTION refuse_it()")
        }
    };
    people.db.execute_unprepared(&sql).await.expect("dropped");
}

async fn a_token_is_looked_at_any_number_of_times_and_used_once(people: People) {
    let user_id = people.team.member;
    let tokens = people.db.verification_tokens();
    for intent in intents() {
        let purpose = intent.purpose();
        let address = match &intent {
            Intent::ChangeEmail { to } => to.to_string(),
            _ => "member@acme.test".to_owned(),
        };
        let issued = issue(&people.db, intent, user_id).await;
        assert_eq!(issued.email.as_str(), address);
        let token = issued.token.reveal();
        assert!(token.starts_with(&format!("{}_", purpose.kind().prefix())));
        people.sent.take();
        for _ in 0..100 {
            let seen = tokens.peek(purpose, token).await.expect("valid");
            assert_eq!((seen.user.id, seen.email.as_str()), (user_id, &*address));
            assert_eq!(seen.expires_at, issued.expires_at);
        }
        let sent = people.sent.take();
        assert_eq!(sent.len(), 100);
        assert!(sent.iter().all(|sql| sql.starts_with("SELECT")));

        let used = tokens.consume(purpose, token).await.expect("used");
        assert_eq!((used.user.id, used.email.as_str()), (user_id, &*address));
        assert_eq!(crate::people::sent(&people), 2);
        assert!(is_invalid(&tokens.consume(purpose, token).await));
        assert!(is_invalid(&tokens.peek(purpose, token).await));
    }
}

/// Nothing is written and no transaction is opened, where what is used is recorded.
async fn a_token_that_is_wrong_costs_one_look(people: People) {
    let tokens = people.db.verification_tokens();
    for intent in intents() {
        let purpose = intent.purpose();
        let issued = issue(&people.db, intent, people.team.member).await;
        let used = tokens.consume(purpose, issued.token.reveal()).await;
        used.expect("used");
        people.sent.take();
        assert!(is_invalid(
            &tokens.consume(purpose, issued.token.reveal()).await
        ));
        let sent = people.sent.take();
        assert!(sent.len() == 1 && sent[0].starts_with("SELECT"), "{sent:?}");
    }
    let link = issue(&people.db, Intent::SignIn, people.team.member).await;
    let used = tokens.sign_in(link.token.reveal()).await;
    used.expect("signed in");
    people.sent.take();
    assert!(is_invalid(&tokens.sign_in(link.token.reveal()).await));
    let sent = people.sent.take();
    assert!(sent.len() == 1 && sent[0].starts_with("SELECT"), "{sent:?}");
}

async fn what_is_no_token_is_refused_without_a_statement(people: People) {
    let tokens = people.db.verification_tokens();
    let new = password("a password of mine");
    let mut offered: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\0".to_vec(),
        b"aura_reset_".to_vec(),
        vec![0xff, 0xfe, 0x80],
        vec![b'A'; 1 << 20],
        "aura_reset_\u{1f511}".repeat(8).into_bytes(),
    ];
    for intent in intents() {
        let issued = issue(&people.db, intent, people.team.member).await;
        let token = issued.token.reveal().as_bytes();
        for end in [&b"\0"[..], b"=", b"A", b" ", b"\n", &[0xff]] {
            offered.push([token, end].concat());
            offered.push([&token[..token.len() - 1], end].concat());
        }
        offered.push(token[..token.len() - 1].to_vec());
        offered.push(token.to_ascii_uppercase());
    }
    // A last letter that is another is another secret, which takes a look at the database to tell.
    offered.retain(|token| token.last() != Some(&b'A') || token.len() > 100);
    people.sent.take();
    for token in &offered {
        for purpose in Purpose::ALL {
            assert!(is_invalid(&tokens.peek(purpose, token).await));
            assert!(is_invalid(&tokens.consume(purpose, token).await));
        }
        assert!(is_invalid(&tokens.verify_email(token).await));
        assert!(is_invalid(&tokens.reset_password(token, &new).await));
        assert!(is_invalid(&tokens.sign_in(token).await));
        assert!(is_invalid(&tokens.change_email(token).await));
    }
    assert_eq!(people.sent.take(), Vec::<String>::new());
}

async fn no_secret_is_shown(people: People) {
    for intent in intents() {
        let purpose = intent.purpose();
        let issued = issue(&people.db, intent, people.team.member).await;
        let token = issued.token.reveal();
        let tokens = people.db.verification_tokens();
        let seen = tokens.peek(purpose, token).await.expect("valid");
        let shown = format!("{issued:?} {seen:?}");
        // Behind the id, which is no secret: 32 bytes end in these letters.
        let secret = &token[token.len() - 42..];
        let parts = secret.as_bytes().windows(8);
        for part in parts.map(String::from_utf8_lossy) {
            assert!(!shown.contains(part.as_ref()), "{shown}");
        }
        assert!(!shown.contains("secret_hash"), "{shown}");
    }
}
