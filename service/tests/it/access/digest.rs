//! All rows of all tables as text, to see whether anything changed.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use service::Db;
use uuid::Uuid;

/// The rows of each table: those of one application, and those outside of it.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Digest(BTreeMap<(String, bool), String>);

impl Digest {
    /// Whether any row differs.
    pub(crate) fn all_differs(&self, other: &Self) -> bool {
        self != other
    }

    /// Whether a row differs that is not the application's. Sessions are not looked at: those that have the
    /// application open are its affair, and belong to no application once it is closed.
    pub(crate) fn outside_differs(&self, other: &Self) -> bool {
        let outside = |digest: &Self| -> Vec<_> {
            digest
                .0
                .iter()
                .filter(|((table, inside), _)| !inside && table != "sessions")
                .map(|(place, rows)| (place.clone(), rows.clone()))
                .collect()
        };
        outside(self) != outside(other)
    }

    /// The rows that differ, a table a line.
    pub(crate) fn difference(&self, other: &Self) -> String {
        let differing = self
            .0
            .iter()
            .filter(|(place, rows)| other.0.get(*place) != Some(*rows))
            .map(|((table, _), rows)| format!("{table}\n- {rows}"));
        differing.collect::<Vec<_>>().join("\n")
    }
}

/// What is asked to get a [`Digest`].
pub(crate) struct Digester {
    sql: String,
    application_id: Uuid,
}

impl Digester {
    pub(crate) async fn new(db: &Db, application_id: Uuid) -> Self {
        let mut tables = columns(db).await;
        // It counts what is refused: that is what it is for.
        tables.remove("sign_in_throttles").expect("a table");
        assert!(tables.len() >= 19, "{} tables", tables.len());
        let (is, is_not) = match db.backend() {
            DbBackend::Sqlite => ("IS", "IS NOT"),
            _ => ("IS NOT DISTINCT FROM", "IS DISTINCT FROM"),
        };
        let mut parts = Vec::new();
        for (table, columns) in &tables {
            let tenant = columns.iter().find(|column| match table.as_str() {
                "applications" => *column == "id",
                _ => *column == "application_id",
            });
            let Some(tenant) = tenant else {
                parts.push(part(db, table, columns, "outside", "1 = 1"));
                continue;
            };
            for (side, operator) in [("inside", is), ("outside", is_not)] {
                let which = format!("{tenant} {operator} $1");
                parts.push(part(db, table, columns, side, &which));
            }
        }
        Self {
            sql: parts.join(" UNION ALL "),
            application_id,
        }
    }

    /// Everything that is stored, also where the database shows the transaction one application alone.
    pub(crate) async fn digest(&self, db: &Db) -> Digest {
        let floor = settings(db).await;
        if floor.is_some() {
            set(db, "none", "").await;
        }
        let values = [self.application_id.into()];
        let statement = Statement::from_sql_and_values(db.backend(), &self.sql, values);
        let rows = db.query_all_raw(statement).await.expect("the rows");
        if let Some((role, application)) = floor {
            set(db, &role, &application).await;
        }
        let digest = rows.iter().map(|row| {
            let get = |index| -> String { row.try_get_by_index(index).expect("text") };
            ((get(0), get(1) == "inside"), get(2))
        });
        Digest(digest.collect())
    }
}

/// Role and application of the open transaction; `None` where it has none.
async fn settings(db: &Db) -> Option<(String, String)> {
    if db.backend() == DbBackend::Sqlite {
        return None;
    }
    let sql = "SELECT current_user::text, current_setting('app.application_id', true)";
    let row = db.query_one_raw(Statement::from_string(db.backend(), sql));
    let row = row.await.expect("an answer").expect("a row");
    let application: Option<String> = row.try_get_by_index(1).expect("text");
    let application = application.filter(|application| !application.is_empty())?;
    Some((row.try_get_by_index(0).expect("text"), application))
}

async fn set(db: &Db, role: &str, application: &str) {
    if migration::testing::on_citus() {
        // Every role is on the floor there, and the nodes hear no more than SET LOCAL, which `Db` keeps for itself.
        let set = format!(
            "DO $$ BEGIN EXECUTE 'SET LOCAL app.application_id = ''{application}'''; END $$"
        );
        db.execute_unprepared(&set).await.expect("set");
        return;
    }
    let sql = "SELECT set_config('role', $1, true), set_config('app.application_id', $2, true)";
    let values = [role.into(), application.into()];
    let set = Statement::from_sql_and_values(db.backend(), sql, values);
    db.query_one_raw(set).await.expect("set");
}

fn part(db: &Db, table: &str, columns: &[String], side: &str, which: &str) -> String {
    let rows = match db.backend() {
        DbBackend::Sqlite => {
            let quoted: Vec<_> = columns
                .iter()
                .map(|name| format!("quote({name})"))
                .collect();
            format!(
                "(SELECT coalesce(group_concat(line, char(10)), '') FROM \
                 (SELECT {} AS line FROM {table} WHERE {which} ORDER BY 1))",
                quoted.join(" || ',' || ")
            )
        }
        _ => format!(
            "(SELECT coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '') FROM {table} t WHERE {which})"
        ),
    };
    format!("SELECT '{table}', '{side}', {rows}")
}

/// Every table with its columns, without what Citus shows of itself.
pub(crate) async fn columns(db: &Db) -> BTreeMap<String, Vec<String>> {
    let sql = match db.backend() {
        DbBackend::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'seaql%' AND m.name NOT LIKE '_aura%'"
        }
        _ => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql%' AND table_name NOT LIKE '_aura%' \
               AND table_name !~ '^citus_|_[0-9]{6}$'"
        }
    };
    let statement = Statement::from_string(db.backend(), sql);
    let rows = db.query_all_raw(statement).await.expect("the catalog");
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let table = row.try_get_by_index(0).expect("a name");
        let column = row.try_get_by_index(1).expect("a name");
        tables.entry(table).or_default().push(column);
    }
    tables
}
