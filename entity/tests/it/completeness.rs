//! Every table has its entity, with the columns that it has, on both backends.

use std::{collections::BTreeSet, fs, path::Path};

use migration::testing::TestDb;

use crate::{catalog, entities};

async fn entities_and_catalog_have_the_same_tables_and_columns(db: TestDb) {
    let connection = db.connect().await;
    let line = |table: &str, column: &str, nullable: bool| {
        format!("{table}.{column}{}", if nullable { "?" } else { "" })
    };
    let in_catalog: BTreeSet<_> = catalog::columns(db.backend(), &connection)
        .await
        .iter()
        .map(|column| line(&column.table, &column.name, column.is_nullable()))
        .collect();
    let in_entities: BTreeSet<_> = entities::all()
        .iter()
        .flat_map(|entity| {
            entity
                .columns
                .iter()
                .map(|(column, nullable)| line(entity.table, column, *nullable))
        })
        .collect();
    entities::assert_same(
        "the entities listed here",
        "the catalog",
        &in_entities,
        &in_catalog,
    );
}
migration::both_backends!(entities_and_catalog_have_the_same_tables_and_columns);

#[test]
fn every_generated_module_is_listed_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let generated: BTreeSet<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !["lib", "prelude"].contains(&name.as_str()))
        .collect();
    let listed = entities::all()
        .iter()
        .map(|entity| entity.table.to_owned())
        .collect();
    entities::assert_same(
        "the entities listed here",
        "entity/src",
        &listed,
        &generated,
    );
}
