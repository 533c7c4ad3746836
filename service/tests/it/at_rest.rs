//! Theft of the database: every flow is gone through, then all of it is read as text, and no secret is found.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service::secret::{Password, Pepper, PlainToken};
use service::{
    Config, Db, Error, Intent, NewApplication, NewInvitation, NewSession, NewUser, Purpose,
    UserAgent,
};
use sha2::{Digest as _, Sha256};

use crate::access::digest::columns;
use crate::people::QUICK;

use migration::testing::TestDb;

const PEPPER: &str = "p1:dGhlIHBlcHBlciBvZiB0aGUgdGVzdCwga2VwdCBlbHNld2hlcmU=";

/// What was handed out and entered.
#[derive(Default)]
struct Secrets {
    tokens: Vec<String>,
    passwords: Vec<String>,
}

impl Secrets {
    fn token(&mut self, token: &PlainToken) -> String {
        self.tokens.push(token.reveal().to_owned());
        token.reveal().to_owned()
    }

    fn password(&mut self, text: &str) -> Password {
        self.passwords.push(text.to_owned());
        text.parse().expect("a password")
    }
}

async fn nothing_that_is_stored_lets_anybody_in(database: TestDb) {
    let pepper: Pepper = PEPPER.parse().expect("a pepper");
    let config = Config::new(database.url()).hashing(QUICK).pepper(pepper);
    let db = crate::rules::connect(config).await.expect("connects");
    let mut secrets = Secrets::default();
    every_flow(&db, &mut secrets).await;

    let dump = dump(&db).await.to_lowercase();
    assert!(
        dump.contains("ada@example.com"),
        "the dump is of everything"
    );
    for token in &secrets.tokens {
        let body = token
            .rsplit_once('_')
            .map(|_| body_of(token))
            .expect("a body");
        let bytes = URL_SAFE_NO_PAD.decode(body).expect("base64");
        let secret = &bytes[bytes.len() - 32..];
        let kept = hex(&Sha256::digest(secret));
        for (form, text) in [
            ("the token", token.clone()),
            ("its body", body.to_owned()),
            ("hexadecimal", hex(secret)),
            ("base64", STANDARD.encode(secret)),
            ("base64url", URL_SAFE_NO_PAD.encode(secret)),
        ] {
            let needle = text.to_lowercase();
            assert!(
                !dump.contains(&needle),
                "{form} of a {} is stored",
                prefix(token)
            );
        }
        // The search finds what is there: of tokens that were replaced nothing is left.
        let replaced = token.starts_with("aura_session");
        assert!(
            replaced || dump.contains(&kept),
            "the hash of {}",
            prefix(token)
        );
    }
    for password in &secrets.passwords {
        for text in [
            password.clone(),
            hex(password.as_bytes()),
            STANDARD.encode(password),
        ] {
            assert!(!dump.contains(&text.to_lowercase()), "a password is stored");
        }
    }
    let key = STANDARD.decode(&PEPPER[3..]).expect("base64");
    for text in [
        PEPPER[3..].to_lowercase(),
        hex(&key),
        "pepper of the test".into(),
    ] {
        assert!(!dump.contains(&text), "the pepper is stored");
    }
    assert!(dump.contains("$argon2id$v=19$"));
}

/// After the prefix, which has an underscore of its own.
fn body_of(token: &str) -> &str {
    token.splitn(3, '_').nth(2).expect("a body")
}

fn prefix(token: &str) -> &str {
    &token[..token.len() - body_of(token).len() - 1]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("memory");
        hex
    })
}

async fn every_flow(db: &Db, secrets: &mut Secrets) {
    let passwords = db.passwords();
    let first = secrets.password("Tr0ub4dor and the horses");
    let address = "ada@example.com".parse().expect("an address");
    let ada = passwords
        .sign_up(NewUser::new(address), &first)
        .await
        .expect("signed up");
    let source = Some("192.0.2.7".parse().expect("an address"));
    let email = ada.email.parse().expect("an address");
    let wrong = secrets.password("a guess that is not right");
    let refused = passwords.authenticate(&email, &wrong, source).await;
    assert!(matches!(refused, Err(Error::InvalidCredentials)));
    passwords
        .authenticate(&email, &first, source)
        .await
        .expect("signed in");

    let new = NewSession {
        ip: source,
        user_agent: UserAgent::from_header("Mozilla/5.0 (X11; Linux x86_64)"),
        ..NewSession::default()
    };
    let opened = db.sessions().open(ada.id, new).await.expect("a session");
    let token = secrets.token(&opened.token);
    let rotated = db.sessions().rotate(&token).await.expect("rotated");
    let token = secrets.token(&rotated);
    let new = NewApplication {
        name: "Bakery".parse().expect("a name"),
        slug: "bakery".parse().expect("a slug"),
        description: None,
        public_id: None,
        compute_id: None,
    };
    let bakery = db.applications().create(ada.id, new).await.expect("made");
    let switched = db
        .sessions()
        .switch_application(&token, Some(bakery.id))
        .await;
    let token = secrets.token(&switched.expect("switched"));
    let signed_in = db.sessions().resolve(&token).await.expect("signed in");

    let second = secrets.password("the second of Ada's passwords");
    let keep = Some(signed_in.session.id);
    let changed = passwords
        .change(ada.id, &first, &second, keep, source)
        .await;
    secrets.token(&changed.expect("changed").expect("a token"));

    tokens(db, ada.id, secrets).await;
    invitations(&signed_in.tenant.expect("open"), db, secrets).await;
}

async fn tokens(db: &Db, user_id: uuid::Uuid, secrets: &mut Secrets) {
    let tokens = db.verification_tokens();
    for intent in [
        Intent::VerifyEmail,
        Intent::ResetPassword,
        Intent::SignIn,
        Intent::ChangeEmail {
            to: "ada@example.org".parse().expect("an address"),
        },
    ] {
        let purpose = intent.purpose();
        let unused = tokens
            .issue(intent.clone(), user_id, None)
            .await
            .expect("issued");
        secrets.token(&unused.token);
        let issued = tokens.issue(intent, user_id, None).await.expect("issued");
        let token = secrets.token(&issued.token);
        match purpose {
            Purpose::EmailVerification => tokens.verify_email(token).await,
            Purpose::PasswordReset => {
                let third = secrets.password("reset, the third of them");
                tokens.reset_password(token, &third).await
            }
            Purpose::MagicLink => tokens.sign_in(token).await,
            // Left unused: the address stays.
            Purpose::EmailChange => tokens.peek(purpose, token).await.map(|peeked| peeked.user),
        }
        .expect("used");
    }
}

async fn invitations(tenant: &service::Tenant, db: &Db, secrets: &mut Secrets) {
    let invitations = tenant.admin().expect("an owner").invitations();
    for name in ["bob", "eve"] {
        let new = NewInvitation {
            email: format!("{name}@example.com").parse().expect("an address"),
            roles: vec!["member".parse().expect("a key")],
        };
        let invited = invitations.create(new, None).await.expect("invited");
        let token = secrets.token(&invited.token);
        if name == "bob" {
            let bob = NewUser::new("bob@example.com".parse().expect("an address"));
            let password = secrets.password("what bob came up with");
            let invitations = db.invitations();
            let accepted = invitations.accept_as_new(token, bob, Some(&password));
            accepted.await.expect("accepted");
        }
    }
}

/// Every row of every table.
async fn dump(db: &Db) -> String {
    let mut dump = String::new();
    for (table, columns) in columns(db).await {
        let line = match db.backend() {
            DbBackend::Sqlite => columns
                .iter()
                .map(|name| format!("quote({name})"))
                .collect::<Vec<_>>()
                .join(" || ',' || "),
            _ => "t::text".to_owned(),
        };
        let sql = format!("SELECT {line} FROM {table} t");
        let rows = db
            .query_all_raw(Statement::from_string(db.backend(), sql))
            .await;
        for row in rows.expect("the rows") {
            let line: String = row.try_get_by_index(0).expect("text");
            writeln!(dump, "{table}: {line}").expect("memory");
        }
    }
    dump
}

migration::both_backends!(nothing_that_is_stored_lets_anybody_in);
