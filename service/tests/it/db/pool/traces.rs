//! What is told about statements: the kind, the rows, the time. Never what people entered.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};

use migration::testing::Backend;
use sea_orm::{ConnectionTrait, Statement, Value};
use service::{Error, NewUser};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::open;

const SECRET: &str = "hunter2";

/// Writes down everything that is told, by anybody.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<String>>);

impl Heard {
    fn text(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn write(
        &self,
        kind: &str,
        metadata: Option<&Metadata<'_>>,
        record: impl FnOnce(&mut Fields<'_>),
    ) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = metadata.map_or("", |metadata| metadata.target());
        let _ = write!(text, "{kind} {name}");
        record(&mut Fields(&mut text));
        text.push('\n');
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Heard {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write("span", Some(span.metadata()), |fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write("record", None, |fields| values.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.write("event", Some(event.metadata()), |fields| {
            event.record(fields);
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

async fn statements_are_told_by_kind_rows_and_time_and_never_by_value(backend: Backend) {
    let (_test, db) = open(backend, |config| config).await;
    let heard = Heard::default();
    let listening = tracing::subscriber::set_default(heard.clone());
    let email = format!("{SECRET}@x.test").parse().expect("an address");
    db.users().create(NewUser::new(email)).await.expect("made");
    let sql = format!("SELECT '{SECRET}' AS {SECRET}_column, CAST($1 AS text) UNION SELECT '', ''");
    let statement = Statement::from_sql_and_values(db.backend(), sql, [Value::from(SECRET)]);
    assert_eq!(db.query_all_raw(statement).await.expect("reads").len(), 2);
    let kept = db.transaction(async |_| Ok::<_, Error>(())).await;
    kept.expect("commits");
    // Refused, with the value in the database's message.
    let twice = db
        .transaction(async |tx| {
            let sql =
                format!("INSERT INTO users (id, email) SELECT id, '{SECRET}@x.test' FROM users");
            tx.execute_unprepared(&sql).await?;
            Ok::<_, Error>(())
        })
        .await;
    assert!(twice.is_err());
    let unknown = format!("{SECRET} {SECRET}");
    assert!(db.execute_unprepared(&unknown).await.is_err());
    drop(listening);

    let heard = heard.text();
    assert!(!heard.contains(SECRET), "{heard}");
    // With its event in it, where the database can.
    let made = match backend {
        Backend::Sqlite => "span service::db operation=\"insert\"",
        // One lies on all nodes, the other on that of its application.
        Backend::Postgres if migration::testing::on_citus() => {
            "span service::db operation=\"insert\""
        }
        Backend::Postgres => "span service::db operation=\"with\"",
    };
    for told in [
        made,
        "span service::db operation=\"select\"",
        "span service::db operation=\"begin\"",
        "span service::db operation=\"commit\"",
        "span service::db operation=\"rollback\"",
        "span service::db operation=\"other\"",
        "record  rows=2",
        "record  error=",
        "micros=",
    ] {
        assert!(heard.contains(told), "{told}: {heard}");
    }
}

// On one thread each, since it is the thread that listens.

#[tokio::test]
async fn sqlite() {
    statements_are_told_by_kind_rows_and_time_and_never_by_value(Backend::Sqlite).await;
}

#[tokio::test]
async fn postgres() {
    statements_are_told_by_kind_rows_and_time_and_never_by_value(Backend::Postgres).await;
}
