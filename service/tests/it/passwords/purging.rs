//! What stands in the table, and how long.

use sea_orm::{ConnectionTrait, Statement};
use service::Error;

use super::site::{Guess, RIGHT, Site, on_a_site};

on_a_site!(
    neither_addresses_nor_sources_stand_in_the_table,
    what_is_forgotten_is_removed_in_batches,
    a_batch_that_cannot_be_is_refused,
);

async fn neither_addresses_nor_sources_stand_in_the_table(site: Site) {
    site.user("ada@x.io").await;
    for source in ["192.0.2.1", "2001:db8:1:2::3"] {
        site.guess("ada@x.io", source).await;
        site.sign_in("ada@x.io", RIGHT, source)
            .await
            .expect("the right password");
    }
    let rows = site.counts().await;
    assert_eq!(rows.len(), 2 + 2 + 1);
    for row in &rows {
        assert_eq!(row.id.get_version_num(), 8);
        assert_eq!(row.id.get_variant(), uuid::Variant::RFC4122);
        // Nothing else is a text.
        assert!(["account", "source", "account_source"].contains(&row.kind.as_str()));
        let written = format!("{row:?}");
        for told in ["ada", "x.io", "192", "2001", "db8"] {
            let in_the_row = written.replace(&row.id.to_string(), "");
            assert!(!in_the_row.contains(told), "{told} in {in_the_row}");
        }
        for bytes in [[192, 0, 2, 1].as_slice(), &[0x20, 0x01, 0x0d, 0xb8], b"ada"] {
            assert!(
                !row.id
                    .as_bytes()
                    .windows(bytes.len())
                    .any(|part| part == bytes)
            );
        }
    }
}

async fn what_is_forgotten_is_removed_in_batches(site: Site) {
    site.user("ada@x.io").await;
    let passwords = site.db.passwords();
    for n in 0..5 {
        site.guess("ada@x.io", &format!("192.0.2.{n}")).await;
    }
    site.sign_in("ada@x.io", RIGHT, "198.51.100.1")
        .await
        .expect("the right password");
    assert_eq!(site.counts().await.len(), 6 + 6 + 1);
    assert_eq!(passwords.purge_throttles(100).await.expect("none"), 0);
    site.pass(3600);
    // The sources, after an hour.
    assert_eq!(passwords.purge_throttles(4).await.expect("four"), 4);
    assert_eq!(passwords.purge_throttles(4).await.expect("two"), 2);
    site.pass(23 * 3600);
    assert_eq!(passwords.purge_throttles(100).await.expect("all others"), 6);
    // Where the owner is known, after thirty days.
    let rows = site.counts().await;
    let kinds: Vec<_> = rows.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["account_source"]);
    site.pass(29 * 24 * 3600);
    assert_eq!(passwords.purge_throttles(1).await.expect("the last"), 1);
    assert!(site.counts().await.is_empty());
    assert_eq!(site.guess("ada@x.io", "192.0.2.1").await, Guess::LookedAt);
}

async fn a_batch_that_cannot_be_is_refused(site: Site) {
    let passwords = site.db.passwords();
    for batch in [0, 10_001, u64::MAX] {
        let refused = passwords.purge_throttles(batch).await;
        assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "batch"));
    }
    // As many as that are removed by one statement each.
    let now = site.clock.now().fixed_offset();
    for n in 0..10 {
        let rows: Vec<_> = (0..1000)
            .map(|m| {
                let id =
                    uuid::Builder::from_custom_bytes(u128::to_be_bytes(n * 1000 + m)).into_uuid();
                let id = match site.db.backend() {
                    sea_orm::DbBackend::Sqlite => format!("x'{}'", id.simple()),
                    _ => format!("'{id}'"),
                };
                format!("({id}, 'account', 1, $1)")
            })
            .collect();
        let sql = format!(
            "INSERT INTO sign_in_throttles (id, kind, failures, expires_at) VALUES {}",
            rows.join(", ")
        );
        let statement = Statement::from_sql_and_values(site.db.backend(), sql, [now.into()]);
        site.db.execute_raw(statement).await.expect("rows");
    }
    assert_eq!(
        passwords.purge_throttles(10_000).await.expect("all"),
        10_000
    );
}
