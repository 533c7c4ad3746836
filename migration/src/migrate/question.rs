//! What a migration asks for: to refuse, to decide, or for nothing that could be seen.
//!
//! It is found by answering: a migration that refuses to go on once there is a row in the answer asked in order to refuse, and
//! the script of it can do the same.
use sea_orm_migration::MigrationTrait;
use sea_orm_migration::sea_orm::DbErr;

use super::recorder::{self, Listener};
use super::said::{Said, probe};

/// What becomes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Where there is any, the migration stops, and says this.
    Refuse(String),
    /// What the migration does depends on it.
    Decide,
    /// The migration does the same with it, or it is `SeaORM` that asks whether something is there.
    Nothing,
}

/// What the question at `index` of all that a migration says is for.
pub(super) async fn purpose(
    migration: &dyn MigrationTrait,
    listener: Listener,
    said: &[Said],
    index: usize,
) -> Purpose {
    let Some(Said::Question(question)) = said.get(index) else {
        return Purpose::Nothing;
    };
    if probe(question).is_some() {
        return Purpose::Nothing;
    }
    let before: Vec<_> = said[..index]
        .iter()
        .filter_map(|said| match said {
            Said::Question(sql) => Some(sql.as_str()),
            Said::Statement(_) => None,
        })
        .collect();
    let answered = recorder::record_with_one_answer(migration, listener, &before, question).await;
    let Ok(Some(answered)) = answered else {
        return Purpose::Decide;
    };
    match answered.broken {
        // It says so itself, and at once; anything else is an answer that it could not read.
        Some(DbErr::Migration(reason) | DbErr::Custom(reason))
            if answered.said == said[..=index] =>
        {
            Purpose::Refuse(reason)
        }
        None if answered.said == said => Purpose::Nothing,
        _ => Purpose::Decide,
    }
}

/// Whether something of it takes away what is there.
pub(super) fn destroys(said: &[Said]) -> bool {
    said.iter().any(|said| match said {
        Said::Statement(sql) => {
            let sql = sql.to_ascii_lowercase();
            let words: Vec<_> = sql
                .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                .filter(|word| !word.is_empty())
                .collect();
            // A foreign key and a trigger say `delete` too.
            words.iter().any(|word| ["drop", "truncate"].contains(word))
                || words.windows(2).any(|pair| pair == ["delete", "from"])
        }
        Said::Question(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use sea_orm_migration::MigratorTrait;
    use sea_orm_migration::sea_orm::DbBackend;

    use super::{Purpose, destroys, purpose};
    use crate::Migrator;
    use crate::migrate::recorder;
    use crate::migrate::said::Said;

    /// No script of ours throws away what an answer would have kept: who asks before, asks in order to refuse, and the script
    /// refuses too.
    #[tokio::test]
    async fn no_question_is_lost_before_something_goes() {
        let mut refusing = Vec::new();
        for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
            for migration in Migrator::migrations() {
                let said = recorder::record(migration.as_ref(), backend).await.said;
                for index in 0..said.len() {
                    match purpose(migration.as_ref(), backend.into(), &said, index).await {
                        Purpose::Refuse(reason) => {
                            refusing.push((migration.name().to_owned(), reason));
                        }
                        Purpose::Decide => assert!(
                            !destroys(&said[index..]),
                            "{}: what it drops depends on {:?}",
                            migration.name(),
                            said[index]
                        ),
                        Purpose::Nothing => {}
                    }
                }
            }
        }
        assert_eq!(refusing.len(), 2, "{refusing:?}");
        for (name, reason) in refusing {
            assert_eq!(name, "m20261121_000017_chain_audit_events");
            assert!(reason.contains("has rows"), "{reason}");
        }
    }

    #[test]
    fn what_takes_away_is_told_by_its_words() {
        let says = |sql: &str| destroys(&[Said::Statement(sql.to_owned())]);
        for sql in [
            "DROP TABLE x",
            "ALTER TABLE x DROP COLUMN y",
            "with y as (delete from x) select 1",
        ] {
            assert!(says(sql), "{sql}");
        }
        for sql in [
            "CREATE TABLE dropped (y int REFERENCES z ON DELETE CASCADE)",
            "INSERT INTO x VALUES (1)",
        ] {
            assert!(!says(sql), "{sql}");
        }
    }
}
