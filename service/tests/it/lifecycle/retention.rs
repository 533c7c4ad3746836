//! How long things are kept, as the configuration says.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::{audit_events, sessions, users};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use service::lifecycle::Retention;
use service::{Config, Db, Error, NewSession};

use crate::people::{People, with_timed_people};

with_timed_people!(
    each_kind_is_kept_for_its_days,
    for_ever_is_for_ever,
    the_oldest_events_of_the_audit_go_and_its_chains_hold,
);

async fn with(people: &People, retention: Retention) -> Db {
    let config = Config::new(people.test.url())
        .clock(people.clock.clone())
        .retention(retention);
    crate::rules::connect(config).await.expect("connects")
}

const FOR_EVER: Retention = Retention {
    deleted_rows: None,
    ended_sessions: None,
    ended_tokens: None,
    ended_invitations: None,
    throttles: None,
    audit: None,
};

async fn each_kind_is_kept_for_its_days(people: People) {
    let db = with(
        &people,
        Retention {
            deleted_rows: Some(10),
            ended_sessions: Some(20),
            ..FOR_EVER
        },
    )
    .await;
    let user = people.stranger("ada").await;
    db.sessions()
        .open(people.team.member, NewSession::default())
        .await
        .expect("a session");
    db.sessions()
        .revoke_all(people.team.member)
        .await
        .expect("ended");
    db.users().delete(user).await.expect("deleted");
    let apply = async || {
        db.lifecycle()
            .apply_retention(100, |_| ())
            .await
            .expect("applied")
            .removed
    };
    people
        .clock
        .advance(TimeDelta::days(10) - TimeDelta::seconds(1));
    assert!(apply().await.is_empty());
    people.clock.advance(TimeDelta::seconds(2));
    assert_eq!(apply().await, [("users", 1)].into());
    people.clock.advance(TimeDelta::days(10));
    assert_eq!(apply().await, [("sessions", 1)].into());
}

async fn for_ever_is_for_ever(people: People) {
    let db = with(&people, FOR_EVER).await;
    let user = people.stranger("ada").await;
    db.sessions()
        .open(user, NewSession::default())
        .await
        .expect("a session");
    db.users().delete(user).await.expect("deleted");
    people.clock.advance(TimeDelta::days(36_000));
    let purged = db
        .lifecycle()
        .apply_retention(100, |_| ())
        .await
        .expect("applied");
    assert_eq!(purged.total(), 0);
    assert_eq!(
        sessions::Entity::find().count(&db).await.expect("a count"),
        1
    );
    assert_eq!(users::Entity::find().count(&db).await.expect("a count"), 4);
}

async fn the_oldest_events_of_the_audit_go_and_its_chains_hold(people: People) {
    let db = with(
        &people,
        Retention {
            audit: Some(30),
            ..FOR_EVER
        },
    )
    .await;
    let tenant = people.as_owner().await;
    let make = async |name: &str| {
        let new = service::NewClient::new(name.parse().expect("a name"));
        tenant.clients().create(new).await.expect("a client");
    };
    make("old").await;
    people.clock.advance(TimeDelta::days(31));
    make("new").await;
    let before = audit_events::Entity::find()
        .count(&db)
        .await
        .expect("a count");
    let purged = db
        .lifecycle()
        .apply_retention(2, |_| ())
        .await
        .expect("applied");
    let removed = purged.removed["audit_events"];
    assert!(removed > 2, "{purged:?}");
    // Each stretch that went is told of by its own chain.
    let left = audit_events::Entity::find();
    let left = left.count(&db).await.expect("a count");
    let told = audit_events::Entity::find()
        .filter(audit_events::Column::Action.eq("audit.retire"))
        .count(&db)
        .await
        .expect("a count");
    assert!(told > 0);
    assert_eq!(left, before - removed + told);
    assert_eq!(db.audit().verify(&[]).await.expect("verified").broken, None);
    let again = db
        .lifecycle()
        .apply_retention(2, |_| ())
        .await
        .expect("applied");
    assert_eq!(again.total(), 0);
}

#[tokio::test]
async fn the_environment_says_so() {
    let read = |vars: &[(&str, &str)]| {
        let vars: HashMap<_, _> = vars
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        Config::from_vars(|name| vars.get(name).cloned())
    };
    let config = read(&[
        ("RETENTION_DELETED_ROWS", "7"),
        ("RETENTION_ENDED_SESSIONS", "forever"),
        ("RETENTION_AUDIT", " 365 "),
    ]);
    let shown = format!("{:?}", config.expect("is well"));
    let expected = Retention {
        deleted_rows: Some(7),
        ended_sessions: None,
        audit: Some(365),
        ..Retention::default()
    };
    assert!(shown.contains(&format!("{expected:?}")), "{shown}");
    for (name, value) in [
        ("RETENTION_AUDIT", "36501"),
        ("RETENTION_THROTTLES", "-1"),
        ("RETENTION_ENDED_TOKENS", "never"),
    ] {
        let refused = read(&[(name, value)]).map(drop);
        assert!(
            matches!(&refused, Err(Error::Config { setting, .. }) if *setting == name),
            "{refused:?}"
        );
    }
    let long = Config::new("sqlite::memory:").retention(Retention {
        audit: Some(40_000),
        ..Retention::default()
    });
    assert!(matches!(
        crate::rules::connect(long).await.map(drop),
        Err(Error::Config { .. })
    ));
}
