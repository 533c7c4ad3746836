//! Many migrators at once.
use migration::testing::{Backend, TestDb, on_citus};

use super::{Place, known, text};

const ROUNDS: usize = 20;
/// On Citus, where the databases of a round are made on all nodes, and every table on all shards.
const ROUNDS_ON_CITUS: usize = 4;

/// However many migrate at once, each migration is applied once and nobody fails.
async fn eight_at_once_apply_everything_once(db: TestDb) {
    let backend = db.backend();
    drop(db);
    let rounds = if backend == Backend::Postgres && on_citus() {
        ROUNDS_ON_CITUS
    } else {
        ROUNDS
    };
    for round in 0..rounds {
        let db = TestDb::empty(backend).await;
        // Some come at once, some a moment later.
        let migrators: Vec<_> = (0..8)
            .map(|number| {
                let url = db.url().to_owned();
                tokio::task::spawn_blocking(move || {
                    let late = if number < 4 { 0 } else { number * 30 };
                    std::thread::sleep(std::time::Duration::from_millis(late));
                    Place::new().on(&url, "up").succeeds().stdout
                })
            })
            .collect();
        let mut applied = 0;
        for migrator in migrators {
            let said = migrator.await.unwrap();
            applied += said
                .lines()
                .filter(|line| line.contains("] applying ") && line.ends_with(" ms"))
                .count();
        }
        assert_eq!(applied, known(), "round {round}");
        Place::new().on(db.url(), "status").succeeds();
        let connection = db.connect().await;
        let count = "SELECT CAST(count(*) AS text) FROM seaql_migrations";
        assert_eq!(text(&connection, count).await, known().to_string());
        if backend == Backend::Postgres {
            let locks = "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' \
                         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            assert_eq!(text(&connection, locks).await, "0");
        }
    }
}
migration::both_backends!(eight_at_once_apply_everything_once);
