//! What counts attempts to sign in.

use migration::testing::TestDb;

use crate::world::{Refusal, World};

async fn failures_are_counted_from_zero(db: TestDb) {
    let world = World::of(db).await;
    let row = World::row("sign_in_throttles", "a");
    let set =
        |failures: &str| format!("UPDATE sign_in_throttles SET failures = {failures} WHERE {row}");
    for good in ["0", "1", "9223372036854775807"] {
        world.done(&set(good)).await;
    }
    let check = Refusal::Check("sign_in_throttles_failures_check".to_owned());
    for bad in ["-1", "-9223372036854775808", "failures - failures - 1"] {
        assert_eq!(world.refused(&set(bad)).await, check, "{bad}");
    }
    for bad in ["'many'", "9223372036854775808"] {
        let refusal = world.refused(&set(bad)).await;
        assert!(matches!(refusal, Refusal::Other(_)), "{bad}: {refusal:?}");
    }
    let others = World::row("sign_in_throttles", "b");
    let unchanged = format!("{others} AND failures = 3");
    assert_eq!(world.count("sign_in_throttles", &unchanged).await, 1);
}

/// An account by itself is nobody's to trust, and a source by itself belongs to many.
async fn only_a_source_of_an_account_is_trusted(db: TestDb) {
    let world = World::of(db).await;
    let row = World::row("sign_in_throttles", "a");
    let set = |kind: &str, until: &str| {
        format!("UPDATE sign_in_throttles SET kind = '{kind}', trusted_until = {until} WHERE {row}")
    };
    let instant = "{2026-02-03T04:05:06}";
    let check = Refusal::Check("sign_in_throttles_trust_check".to_owned());
    for kind in ["account", "source"] {
        assert_eq!(world.refused(&set(kind, instant)).await, check, "{kind}");
        world.done(&set(kind, "NULL")).await;
    }
    world.done(&set("account_source", "NULL")).await;
    world.done(&set("account_source", instant)).await;
    let not_of_an_account = format!("UPDATE sign_in_throttles SET kind = 'source' WHERE {row}");
    assert_eq!(world.refused(&not_of_an_account).await, check);
}

/// The key is made of what is counted: a second row for it would count half.
async fn what_is_counted_has_one_row(db: TestDb) {
    let world = World::of(db).await;
    let insert = "INSERT INTO sign_in_throttles (id, kind, failures, expires_at) VALUES \
         ({a.sign_in_throttles}, 'source', 1, {2099-01-01T00:00:00})";
    assert_eq!(world.refused(insert).await, Refusal::Unique);
    let count = format!(
        "{insert} ON CONFLICT (id) DO UPDATE SET failures = sign_in_throttles.failures + excluded.failures"
    );
    assert_eq!(world.done(&count).await, 1);
    let row = World::row("sign_in_throttles", "a");
    let counted = format!("{row} AND failures = 4 AND kind = 'account_source'");
    assert_eq!(world.count("sign_in_throttles", &counted).await, 1);
}

migration::both_backends!(
    failures_are_counted_from_zero,
    only_a_source_of_an_account_is_trusted,
    what_is_counted_has_one_row
);
