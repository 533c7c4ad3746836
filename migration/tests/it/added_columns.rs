//! A column that is added to a table is like one that the table was made with, and the rows stay what they are.

use migration::schema::{AddedColumn, Column, Table, name};
use migration::testing::{Backend, TestDb, on_citus};
use sea_orm_migration::SchemaManager;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

use crate::catalog::{self, Catalog};
use crate::world::{Refusal, World};

fn things(name: &'static str) -> Table {
    Table::new(name, "Things")
        .id()
        .column(Column::text("name", "What it is called").length(1, 40))
        .timestamps()
}

/// One of each kind that can be added, with a CHECK on one backend, on both and on none.
fn added() -> Vec<Column> {
    vec![
        Column::timestamp("seen_at", "When it was last seen; NULL: it's new").null(),
        Column::uuid("owner_id", "Whose it is").null(),
        Column::bytes("seal", "What it is sealed with", 16, 64).null(),
        Column::bigint("weight", "What it weighs").null(),
        Column::text("color", "What it looks like")
            .one_of(&["red", "blue"])
            .default("'red'", "'red'"),
        Column::bigint("parts", "What it is made of")
            .check("\"parts\" > 0", "\"parts\" > 0")
            .default("1", "1"),
        Column::json("more", "What else there is to say").default_object(),
    ]
}

/// The last column as it comes out of the catalog, its constraints too. `PostgreSQL` gives the name of the table nowhere
/// else than in theirs.
fn described(catalog: &Catalog, table: &str) -> (catalog::Column, Vec<catalog::Named>) {
    let definition = &catalog.tables[table];
    let mut checks = definition.checks.clone();
    for check in &mut checks {
        check.name = check.name.replace(table, "things");
    }
    (definition.columns.last().unwrap().clone(), checks)
}

async fn an_added_column_is_like_one_that_was_there_from_the_start(db: TestDb) {
    let connection = db.connect().await;
    let manager = SchemaManager::new(&connection);
    things("things").create(&manager).await.unwrap();
    insert(&connection).await;
    for column in added() {
        let whole = things("whole_things").column(column.clone());
        whole.create(&manager).await.unwrap();
        let before = Catalog::read(&connection).await;

        let added = AddedColumn::new("things", column);
        added.create(&manager).await.unwrap();
        let after = Catalog::read(&connection).await;
        assert_eq!(
            described(&after, "things"),
            described(&after, "whole_things")
        );
        assert_eq!(after.tables["whole_things"], before.tables["whole_things"]);

        added.drop(&manager).await.unwrap();
        assert_eq!(Catalog::read(&connection).await, before);
        whole.drop(&manager).await.unwrap();
    }
}

/// Two of them, because the second stands behind one that was itself added.
async fn rows_and_triggers_outlast_a_column(db: TestDb) {
    let db_is_on_citus = db.backend() == Backend::Postgres && on_citus();
    let world = World::of(db).await;
    let manager = SchemaManager::new(&world.db);
    let [first, second] = [("weight", "1"), ("parts", "2")].map(|(name, default)| {
        let column = Column::bigint(name, "A number").default(default, default);
        AddedColumn::new("sessions", column)
    });
    let sessions = |condition: &'static str| world.count("sessions", condition);
    first.create(&manager).await.unwrap();
    second.create(&manager).await.unwrap();
    assert_eq!(sessions("weight = 1 AND parts = 2").await, 2);
    first.drop(&manager).await.unwrap();
    assert_eq!(sessions("parts = 2 AND rotated_at IS NULL").await, 2);
    let row = World::row("sessions", "a");
    let touch = format!("UPDATE sessions SET parts = 3 WHERE {row}");
    assert_eq!(world.done(&touch).await, 1);
    if db_is_on_citus {
        // No trigger moves it there.
        world
            .done("UPDATE sessions SET updated_at = '2100-01-01T00:00:00Z' WHERE parts = 3")
            .await;
    }
    assert_eq!(sessions("parts = 3 AND updated_at > created_at").await, 1);
    second.drop(&manager).await.unwrap();
    assert_eq!(sessions("updated_at > created_at").await, 1);
    assert_eq!(sessions("updated_at = created_at").await, 1);
}

async fn an_added_column_is_held_to_its_check(db: TestDb) {
    let world = World::of(db).await;
    let manager = SchemaManager::new(&world.db);
    let column = Column::text("color", "What it looks like").one_of(&["red", "blue"]);
    let added = AddedColumn::new("sessions", column.null());
    added.create(&manager).await.unwrap();
    world.done("UPDATE sessions SET color = 'blue'").await;
    let refusal = world.refused("UPDATE sessions SET color = 'green'").await;
    assert_eq!(refusal, Refusal::Check("sessions_color_check".to_owned()));
}

/// `SQLite` would refuse it on a table with rows alone: where nobody tries that before the release, users do.
async fn what_rows_would_have_no_value_for_is_refused_on_an_empty_table(db: TestDb) {
    let connection = db.connect().await;
    let manager = SchemaManager::new(&connection);
    things("things").create(&manager).await.unwrap();
    let before = Catalog::read(&connection).await;
    for column in [
        Column::bigint("parts", "What it is made of"),
        Column::timestamp("seen_at", "When it was last seen").default_now(),
        Column::timestamp("seen_at", "When it was last seen")
            .null()
            .default_now(),
    ] {
        let refusal = AddedColumn::new("things", column).create(&manager).await;
        let Err(DbErr::Migration(reason)) = refusal else {
            panic!("{refusal:?}")
        };
        assert!(
            reason.contains("rows of `things`") && reason.contains("as its default"),
            "{reason}"
        );
    }
    assert_eq!(Catalog::read(&connection).await, before);
}

/// A column without a CHECK on the backend at hand has one on the other.
async fn a_name_that_postgres_would_cut_is_refused(db: TestDb) {
    const LONG: &str = "a_column_with_a_name_of_many_words_so_that_none_is_left";
    let connection = db.connect().await;
    let manager = SchemaManager::new(&connection);
    let check = name::check("sessions", LONG);
    assert!(LONG.len() <= name::MAX_LENGTH && check.len() > name::MAX_LENGTH);
    for column in [
        Column::timestamp(LONG, "An instant").null(),
        Column::text(LONG, "A text").null(),
    ] {
        let refusal = AddedColumn::new("sessions", column).create(&manager).await;
        let Err(DbErr::Migration(reason)) = refusal else {
            panic!("{refusal:?}")
        };
        assert!(
            reason.starts_with(&format!("`{check}` is longer")),
            "{reason}"
        );
    }
}

migration::both_backends!(
    an_added_column_is_like_one_that_was_there_from_the_start,
    rows_and_triggers_outlast_a_column,
    an_added_column_is_held_to_its_check,
    what_rows_would_have_no_value_for_is_refused_on_an_empty_table,
    a_name_that_postgres_would_cut_is_refused
);

async fn insert(connection: &DatabaseConnection) {
    let row = "INSERT INTO things (name) VALUES ('One')";
    connection.execute_unprepared(row).await.unwrap();
}
