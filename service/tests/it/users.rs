//! Users: one live user for an address, deleted and restored with their memberships, never with their access.

mod access;
mod deleted;
mod races;

use entity::users;
use sea_orm::{EntityTrait, PaginatorTrait};
use service::{Change, Db, Email, Error, NewUser, User, UserPatch};
use uuid::Uuid;

use crate::people::{People, team, with_people};

with_people!(
    a_user_is_stored_as_given_and_found_in_any_case,
    each_verb_is_one_statement,
    an_update_sets_keeps_and_clears,
    a_list_has_every_live_user_once,
    limits_and_cursors_that_cannot_be_are_refused,
    a_deleted_user_leaves_the_address_to_another,
    verbs_compose_in_a_transaction,
);

fn email(text: &str) -> Email {
    text.parse().expect("an address")
}

fn new(address: &str) -> NewUser {
    NewUser::new(email(address))
}

async fn create(db: &Db, address: &str) -> User {
    db.users().create(new(address)).await.expect("a user")
}

async fn stored(db: &Db) -> u64 {
    users::Entity::find().count(db).await.expect("a count")
}

fn is_conflict<T>(result: &Result<T, Error>, on: &str) -> bool {
    matches!(result, Err(Error::Conflict { field }) if field == on)
}

async fn a_user_is_stored_as_given_and_found_in_any_case(people: People) {
    let users = people.db.users();
    let given = serde_json::json!({
        "email": "Ada@EXÄMPLE.com",
        "username": "Ada",
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "picture": "https://x.io/ada.png",
    });
    let given: NewUser = serde_json::from_value(given).expect("valid");
    let ada = users.create(given).await.expect("a user");
    assert_eq!(ada.email, "ada@xn--exmple-cua.com");
    assert_eq!(ada.username.as_deref(), Some("ada"));
    assert_eq!(ada.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(ada.given_name.as_deref(), Some("Ada"));
    assert_eq!(ada.family_name.as_deref(), Some("Lovelace"));
    assert_eq!(ada.picture.as_deref(), Some("https://x.io/ada.png"));
    assert_eq!((ada.email_verified_at, ada.deleted_at), (None, None));
    assert_eq!(ada.id.get_version_num(), 7);
    assert_eq!(ada.created_at, ada.updated_at);

    let some = Some(ada.clone());
    assert_eq!(users.get(ada.id).await.expect("a look-up"), some);
    let by_email = users.find_by_email(&email("ADA@exämple.com.")).await;
    assert_eq!(by_email.expect("a look-up"), some);
    let by_name = users
        .find_by_username(&"ADA".parse().expect("a name"))
        .await;
    assert_eq!(by_name.expect("a look-up"), some);

    assert_eq!(users.get(Uuid::nil()).await.expect("a look-up"), None);
    let nobody = users.find_by_email(&email("nobody@x.io")).await;
    assert_eq!(nobody.expect("a look-up"), None);
    let nobody = users
        .find_by_username(&"nobody".parse().expect("a name"))
        .await;
    assert_eq!(nobody.expect("a look-up"), None);
}

async fn each_verb_is_one_statement(people: People) {
    let db = people.unrecorded().await;
    let users = db.users();
    let sent = || people.sent.take().len();
    let ada = create(&db, "ada@x.io").await;
    assert_eq!(sent(), 1, "create");
    users.get(ada.id).await.expect("a look-up");
    assert_eq!(sent(), 1, "get");
    users
        .find_by_email(&email("ada@x.io"))
        .await
        .expect("a look-up");
    assert_eq!(sent(), 1, "find_by_email");
    users
        .find_by_username(&"ada".parse().expect("a name"))
        .await
        .expect("a look-up");
    assert_eq!(sent(), 1, "find_by_username");
    users.list(10, None).await.expect("a page");
    assert_eq!(sent(), 1, "list");
    users.count().await.expect("a count");
    assert_eq!(sent(), 1, "count");
    let patch = UserPatch {
        name: Change::Set("Ada".parse().expect("a name")),
        if_updated_at: Some(ada.updated_at.to_utc()),
        ..UserPatch::default()
    };
    users.update(ada.id, patch).await.expect("an update");
    assert_eq!(sent(), 1, "update");
    users.delete(ada.id).await.expect("a deletion");
    // On Citus a name is locked first: whose, and the lock.
    let turn = 2 * usize::from(people.db.is_on_citus());
    // BEGIN, the lock, what the user owns, five tables, COMMIT.
    assert_eq!(sent(), 9 + turn, "delete");
    users.restore(ada.id).await.expect("a restoring");
    // BEGIN, the lock, the user, the memberships (three statements), the row, COMMIT.
    assert_eq!(sent(), 8 + turn, "restore");
}

async fn an_update_sets_keeps_and_clears(people: People) {
    let users = people.db.users();
    let mut given = new("ada@x.io");
    given.name = Some("Ada".parse().expect("a name"));
    given.username = Some("ada".parse().expect("a name"));
    let ada = users.create(given).await.expect("a user");
    let patch: UserPatch =
        serde_json::from_str(r#"{"username":null,"given_name":"Augusta"}"#).expect("valid");
    let changed = users.update(ada.id, patch).await.expect("an update");
    assert_eq!(changed.username, None);
    assert_eq!(changed.given_name.as_deref(), Some("Augusta"));
    assert_eq!(changed.name.as_deref(), Some("Ada"));
    assert_eq!(changed.created_at, ada.created_at);
    assert!(changed.updated_at > ada.updated_at);
    assert_eq!(
        users.get(ada.id).await.expect("a look-up"),
        Some(changed.clone())
    );

    let nothing = users.update(ada.id, UserPatch::default()).await;
    assert_eq!(nothing.expect("as it is"), changed);
    for bad in [
        r#"{"name":"\u0000"}"#,
        r#"{"username":"a b"}"#,
        r#"{"picture":"javascript:x"}"#,
        r#"{"family_name":""}"#,
    ] {
        assert!(serde_json::from_str::<UserPatch>(bad).is_err(), "{bad}");
    }

    users.delete(ada.id).await.expect("a deletion");
    for id in [ada.id, Uuid::nil()] {
        let patch = || UserPatch {
            name: Change::Clear,
            ..UserPatch::default()
        };
        assert!(matches!(
            users.update(id, patch()).await,
            Err(Error::NotFound)
        ));
        let seen = UserPatch {
            if_updated_at: Some(changed.updated_at.to_utc()),
            ..patch()
        };
        assert!(matches!(users.update(id, seen).await, Err(Error::NotFound)));
    }
    let other = create(&people.db, "other@x.io").await;
    let mut taken = new("third@x.io");
    taken.username = Some("third".parse().expect("a name"));
    users.create(taken).await.expect("a user");
    let patch = UserPatch {
        username: Change::Set("THIRD".parse().expect("a name")),
        ..UserPatch::default()
    };
    assert!(is_conflict(
        &users.update(other.id, patch).await,
        "username"
    ));
    assert_eq!(users.get(other.id).await.expect("a look-up"), Some(other));
}

async fn a_list_has_every_live_user_once(people: People) {
    let users = people.db.users();
    let mut expected = vec![people.team.owner, people.team.admin, people.team.member];
    for n in 0..7 {
        let user = create(&people.db, &format!("user{n}@x.io")).await;
        if n % 3 == 0 {
            users.delete(user.id).await.expect("a deletion");
        } else {
            expected.push(user.id);
        }
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = users.list(2, cursor.as_ref()).await.expect("a page");
        seen.extend(page.items.iter().map(|user| user.id));
        // Made while somebody turns the pages: at the end, and nothing else moves.
        if seen.len() == 2 {
            expected.push(create(&people.db, "late@x.io").await.id);
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let count = users.count().await.expect("a count");
    assert_eq!(count, u64::try_from(expected.len()).expect("small"));
}

async fn limits_and_cursors_that_cannot_be_are_refused(people: People) {
    let users = people.db.users();
    for limit in [0, 201, 1_000_000, u64::MAX] {
        let refused = users.list(limit, None).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "limit"));
    }
    let other = people.db.applications();
    team(&people.db, "second").await;
    let page = other.list(1, None).await.expect("a page");
    let foreign = page.next.expect("two applications");
    let refused = users.list(1, Some(&foreign)).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "cursor"));
}

async fn a_deleted_user_leaves_the_address_to_another(people: People) {
    let users = people.db.users();
    let first = create(&people.db, "a@x.io").await;
    let taken = users.create(new("A@X.io")).await;
    assert!(is_conflict(&taken, "email"), "{taken:?}");
    users.delete(first.id).await.expect("a deletion");
    let found = users.find_by_email(&email("a@x.io")).await;
    assert_eq!(found.expect("a look-up"), None);
    assert_eq!(users.get(first.id).await.expect("a look-up"), None);
    let second = create(&people.db, "A@X.io").await;
    assert_ne!(first.id, second.id);
    let found = users.find_by_email(&email("a@x.io")).await;
    assert_eq!(found.expect("a look-up"), Some(second));
}

async fn verbs_compose_in_a_transaction(people: People) {
    let before = stored(&people.db).await;
    let taken = create(&people.db, "taken@x.io").await;
    let result = people
        .db
        .transaction(async |db| {
            let made = db.users().create(new("made@x.io")).await?;
            // A nested transaction is a savepoint: its failure leaves the rest.
            let refused = db
                .transaction(async |db| db.users().create(new("taken@x.io")).await)
                .await;
            assert!(is_conflict(&refused, "email"));
            db.users().delete(taken.id).await?;
            Ok::<_, Error>(made)
        })
        .await;
    let made = result.expect("committed");
    assert_eq!(
        people.db.users().get(made.id).await.expect("a look-up"),
        Some(made)
    );
    assert_eq!(stored(&people.db).await, before + 2);
}
