//! A new password, and what ends with the one before.

use chrono::TimeDelta;
use entity::{sessions, user_passwords, verification_tokens};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use service::secret::{Token, TokenKind};
use service::{Error, Intent, NewUser, Purpose, User};
use uuid::Uuid;

use super::site::{OTHER, RIGHT, Site, WRONG, email, on_a_site, password};

on_a_site!(
    a_new_password_ends_the_sessions_and_voids_the_tokens_that_lead_past_it,
    a_new_password_is_stored_with_all_that_it_ends_or_not_at_all,
    a_user_changes_the_password_and_stays_where_the_user_is,
    a_change_that_is_refused_changes_nothing,
    of_many_changes_at_once_one_is_made,
    many_who_set_a_password_at_once_all_do,
    a_password_is_taken_away,
    a_change_of_address_asked_for_before_a_new_password_is_void,
);

/// Two sessions, and an unused token of each purpose.
async fn access(site: &Site, user: &User) -> [Uuid; 2] {
    let expires_at = Set((site.clock.now() + TimeDelta::hours(1)).fixed_offset());
    let ids = [site.db.new_id(), site.db.new_id()];
    for id in ids {
        let session = sessions::ActiveModel {
            id: Set(id),
            secret_hash: Set(vec![1; 32]),
            user_id: Set(user.id),
            last_seen_at: Set(site.clock.now().fixed_offset()),
            expires_at: expires_at.clone(),
            ..Default::default()
        };
        session.insert(&site.db).await.expect("a session");
    }
    for purpose in Purpose::ALL {
        let address = (purpose == Purpose::EmailChange).then(|| "new@x.io".to_owned());
        let token = verification_tokens::ActiveModel {
            id: Set(site.db.new_id()),
            purpose: Set(purpose.as_str().into()),
            secret_hash: Set(vec![1; 32]),
            user_id: Set(user.id),
            email: Set(address),
            expires_at: expires_at.clone(),
            ..Default::default()
        };
        token.insert(&site.db).await.expect("a token");
    }
    ids
}

/// Sessions and purposes of tokens that are good.
async fn left(site: &Site, user: &User) -> (Vec<Uuid>, Vec<String>) {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(user.id))
        .filter(sessions::Column::RevokedAt.is_null());
    let mut live: Vec<_> = rows
        .all(&site.db)
        .await
        .expect("rows")
        .iter()
        .map(|row| row.id)
        .collect();
    live.sort_unstable();
    let rows = verification_tokens::Entity::find()
        .filter(verification_tokens::Column::UserId.eq(user.id))
        .filter(verification_tokens::Column::RevokedAt.is_null());
    let rows = rows.all(&site.db).await.expect("rows");
    let mut unused: Vec<_> = rows.into_iter().map(|row| row.purpose).collect();
    unused.sort_unstable();
    (live, unused)
}

const ALL: [&str; 4] = [
    "email_change",
    "email_verification",
    "magic_link",
    "password_reset",
];

fn owned(purposes: &[&str]) -> Vec<String> {
    purposes.iter().map(ToString::to_string).collect()
}

async fn a_new_password_ends_the_sessions_and_voids_the_tokens_that_lead_past_it(site: Site) {
    let passwords = site.db.passwords();
    let ada = site.user("ada@x.io").await;
    let other = site.user("other@x.io").await;
    access(&site, &ada).await;
    let others = access(&site, &other).await;
    passwords.set(ada.id, &password(OTHER)).await.expect("set");
    assert_eq!(left(&site, &ada).await, (vec![], owned(&ALL[1..3])));
    assert_eq!(left(&site, &other).await, (others.to_vec(), owned(&ALL)));
    site.sign_in("ada@x.io", RIGHT, "-")
        .await
        .expect_err("it is another by now");
    site.sign_in("ada@x.io", OTHER, "-")
        .await
        .expect("the right password");

    // A user who had none.
    let bare = site
        .db
        .users()
        .create(NewUser::new(email("bare@x.io")))
        .await;
    let bare = bare.expect("a user");
    assert!(!passwords.is_set(bare.id).await.expect("a look-up"));
    passwords.set(bare.id, &password(RIGHT)).await.expect("set");
    site.sign_in("bare@x.io", RIGHT, "-")
        .await
        .expect("the right password");

    site.db.users().delete(bare.id).await.expect("a deletion");
    for id in [bare.id, Uuid::nil()] {
        let refused = passwords.set(id, &password(OTHER)).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        let refused = passwords.remove(id).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        let refused = passwords
            .change(id, &password(RIGHT), &password(OTHER), None, None)
            .await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    }
}

async fn a_new_password_is_stored_with_all_that_it_ends_or_not_at_all(site: Site) {
    let passwords = site.db.passwords();
    let ada = site.user("ada@x.io").await;
    let sessions = access(&site, &ada).await;
    let stored = site.hash(ada.id).await;
    // The last of what is done.
    site.refuse_updates("verification_tokens").await;
    let failed = [
        passwords.set(ada.id, &password(OTHER)).await,
        passwords.remove(ada.id).await.map(drop),
        passwords
            .change(
                ada.id,
                &password(RIGHT),
                &password(OTHER),
                Some(sessions[0]),
                None,
            )
            .await
            .map(drop),
        passwords
            .import(
                ada.id,
                stored.as_deref().expect("a hash").parse().expect("a hash"),
            )
            .await,
    ];
    for failed in failed {
        assert!(matches!(failed, Err(Error::Database(_))), "{failed:?}");
    }
    assert_eq!(site.hash(ada.id).await, stored);
    assert_eq!(left(&site, &ada).await, (sessions.to_vec(), owned(&ALL)));
}

async fn a_user_changes_the_password_and_stays_where_the_user_is(site: Site) {
    let passwords = site.db.passwords();
    let ada = site.user("ada@x.io").await;
    let [kept, _] = access(&site, &ada).await;
    let (first, second) = (password(RIGHT), password(OTHER));
    let source = "192.0.2.1".parse().ok();
    let changed = passwords
        .change(ada.id, &first, &second, Some(kept), source)
        .await;
    let token = changed.expect("changed").expect("the session goes on");
    let token = Token::parse(TokenKind::Session, token.reveal()).expect("a token");
    assert_eq!(token.id, kept);
    let row = sessions::Entity::find_by_id(kept).one(&site.db).await;
    let row = row.expect("a look-up").expect("the session");
    assert!(
        token.hash.matches(&row.secret_hash),
        "no longer by the old token"
    );
    assert_eq!(left(&site, &ada).await, (vec![kept], owned(&ALL[1..3])));
    site.sign_in("ada@x.io", OTHER, "-")
        .await
        .expect("the right password");
    let changed = passwords
        .change(ada.id, &second, &first, None, source)
        .await;
    assert!(changed.expect("changed").is_none());
    assert_eq!(left(&site, &ada).await, (vec![], owned(&ALL[1..3])));
}

async fn a_change_that_is_refused_changes_nothing(site: Site) {
    let passwords = site.db.passwords();
    let ada = site.user("ada@x.io").await;
    let other = site.user("other@x.io").await;
    let mine = access(&site, &ada).await;
    let [theirs, _] = access(&site, &other).await;
    let stored = site.hash(ada.id).await;
    let (right, new) = (password(RIGHT), password(OTHER));
    let wrong = passwords
        .change(ada.id, &password(WRONG), &new, None, None)
        .await;
    assert!(matches!(wrong, Err(Error::InvalidCredentials)), "{wrong:?}");
    assert_eq!(site.failures("account").await, 1);
    for keep in [theirs, Uuid::nil()] {
        let refused = passwords
            .change(ada.id, &right, &new, Some(keep), None)
            .await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    }
    assert_eq!(site.hash(ada.id).await, stored);
    assert_eq!(left(&site, &ada).await, (mine.to_vec(), owned(&ALL)));

    // Guessing here is guessing.
    for _ in 0..5 {
        let source = "192.0.2.1".parse().ok();
        let wrong = passwords
            .change(ada.id, &password(WRONG), &new, None, source)
            .await;
        assert!(matches!(wrong, Err(Error::InvalidCredentials)), "{wrong:?}");
    }
    let refused = passwords
        .change(ada.id, &right, &new, None, "192.0.2.1".parse().ok())
        .await;
    assert!(
        matches!(refused, Err(Error::TooManyAttempts { .. })),
        "{refused:?}"
    );
    let refused = site.sign_in("ada@x.io", RIGHT, "192.0.2.1").await;
    assert!(
        matches!(refused, Err(Error::TooManyAttempts { .. })),
        "{refused:?}"
    );

    let bare = site
        .db
        .users()
        .create(NewUser::new(email("bare@x.io")))
        .await;
    let bare = bare.expect("a user");
    let refused = passwords.change(bare.id, &right, &new, None, None).await;
    assert!(
        matches!(refused, Err(Error::InvalidCredentials)),
        "{refused:?}"
    );
    assert_eq!(site.hash(bare.id).await, None);
}

async fn of_many_changes_at_once_one_is_made(site: Site) {
    let ada = site.user("ada@x.io").await;
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let db = site.db.clone();
            tokio::spawn(async move {
                let new = password(&format!("quiet harbour bell {n}"));
                let passwords = db.passwords();
                let changed = passwords
                    .change(ada.id, &password(RIGHT), &new, None, None)
                    .await;
                changed.map(|_| n)
            })
        })
        .collect();
    let mut made = Vec::new();
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(n) => made.push(n),
            Err(Error::InvalidCredentials) => {}
            Err(Error::Conflict { field }) => assert_eq!(field, "password"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(made.len(), 1);
    let text = format!("quiet harbour bell {}", made[0]);
    site.sign_in("ada@x.io", &text, "-")
        .await
        .expect("the one that was made");
}

async fn many_who_set_a_password_at_once_all_do(site: Site) {
    let user = site
        .db
        .users()
        .create(NewUser::new(email("ada@x.io")))
        .await;
    let ada = user.expect("a user");
    let tasks: Vec<_> = (0..16)
        .map(|n| {
            let db = site.db.clone();
            tokio::spawn(async move {
                let new = password(&format!("quiet harbour bell {n}"));
                db.passwords().set(ada.id, &new).await
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic").expect("set");
    }
    assert_eq!(user_passwords::Entity::find().count(&site.db).await, Ok(1));
}

async fn a_password_is_taken_away(site: Site) {
    let passwords = site.db.passwords();
    let ada = site.user("ada@x.io").await;
    access(&site, &ada).await;
    assert!(passwords.remove(ada.id).await.expect("removed"));
    assert_eq!(site.hash(ada.id).await, None);
    assert_eq!(left(&site, &ada).await, (vec![], owned(&ALL[1..3])));
    let refused = site.sign_in("ada@x.io", RIGHT, "-").await;
    assert!(
        matches!(refused, Err(Error::InvalidCredentials)),
        "{refused:?}"
    );

    // There was none: nothing ends.
    let sessions = access(&site, &ada).await;
    assert!(!passwords.remove(ada.id).await.expect("as it is"));
    assert_eq!(left(&site, &ada).await.0, sessions.to_vec());
}

/// Whoever was signed in by the former password has asked for it, to take the account over after all.
async fn a_change_of_address_asked_for_before_a_new_password_is_void(site: Site) {
    let passwords = site.db.passwords();
    let tokens = site.db.verification_tokens();
    let ada = site.user("ada@x.io").await;
    for round in 0..4 {
        let to = Intent::ChangeEmail {
            to: email(&format!("thief{round}@x.io")),
        };
        let issued = tokens.issue(to, ada.id, None).await.expect("a token");
        match round {
            0 => passwords.set(ada.id, &password(OTHER)).await,
            1 => {
                let (current, new) = (password(OTHER), password(RIGHT));
                let changed = passwords.change(ada.id, &current, &new, None, None).await;
                changed.map(drop)
            }
            2 => {
                let stored = site.hash(ada.id).await.expect("a hash");
                let hash = stored.parse().expect("a hash");
                passwords.import(ada.id, hash).await
            }
            _ => passwords.remove(ada.id).await.map(drop),
        }
        .expect("done");
        let refused = tokens.change_email(issued.token.reveal()).await;
        assert!(
            matches!(refused, Err(Error::InvalidToken)),
            "{round}: {refused:?}"
        );
    }
}
