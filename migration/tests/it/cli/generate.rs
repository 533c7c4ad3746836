//! `generate`: a new migration.
use std::fs;

use super::{Place, Run};

const LIBRARY: &str = "\
//! Migrations.
mod m20260101_000000_first;

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20260101_000000_first::Migration),
        ]
    }
}
";

/// The names of the files beside `lib.rs`, sorted.
fn files(place: &Place, source: &str) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(place.path(source))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "lib.rs")
        .collect();
    files.sort();
    files
}

#[test]
fn a_migration_is_written_and_registered() {
    let place = Place::new();
    place.write("migration/src/lib.rs", LIBRARY);
    place
        .run("generate create_invoices")
        .succeeds()
        .says(&["wrote migration/src/m2", "registered"]);
    let written = files(&place, "migration/src");
    let [file] = &written[..] else {
        panic!("{written:?}");
    };
    let module = file.strip_suffix("_create_invoices.rs").unwrap();
    assert!(
        module.len() == "m20260101_000000".len() && module.starts_with("m2"),
        "{module}"
    );
    let library = fs::read_to_string(place.path("migration/src/lib.rs")).unwrap();
    assert!(library.contains(&format!(
        "mod m20260101_000000_first;\nmod {module}_create_invoices;\n"
    )));
    assert!(library.contains(&format!(
        "Box::new(m20260101_000000_first::Migration),\n            Box::new({module}_create_invoices::Migration),\n        ]\n"
    )));
    let text = fs::read_to_string(place.path("migration/src").join(file)).unwrap();
    assert!(
        text.contains("Table::new(\"invoices\"") && !text.contains("{table}"),
        "{text}"
    );

    place
        .run("generate create_invoices")
        .fails(&["no migration generated", "create_invoices.rs already"]);
    assert_eq!(
        fs::read_to_string(place.path("migration/src/lib.rs")).unwrap(),
        library
    );
}

#[test]
fn the_crate_is_found_here_or_where_it_is_said_to_be() {
    let place = Place::new();
    place.write("src/lib.rs", LIBRARY);
    place.write("other/src/lib.rs", LIBRARY);
    place.run("generate rename_things --local-time").succeeds();
    place.run("generate -d other rename_things").succeeds();
    assert_eq!(
        (files(&place, "src").len(), files(&place, "other/src").len()),
        (1, 1)
    );
    Run::of(place.command().args(["generate", "Add more things"])).succeeds();
    assert!(
        files(&place, "src")
            .iter()
            .any(|file| file.ends_with("_add_more_things.rs"))
    );
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let place = Place::new();
    place
        .run("generate x")
        .fails(&["src/lib.rs", "--migration-dir"]);
    place.write("src/lib.rs", "mod other;\n");
    place
        .run("generate x")
        .fails(&["`fn migrations()` was not found"]);
    place.write("src/lib.rs", LIBRARY);
    for name in ["1st", "a.b", "../x", "ü", "create_type", "x;y"] {
        place
            .run(&format!("generate {name}"))
            .fails(&["is no name for one", "create_invoices"]);
    }
    assert_eq!(files(&place, "src"), Vec::<String>::new());
}

#[test]
fn it_needs_no_database() {
    let place = Place::new();
    place.write("src/lib.rs", LIBRARY);
    place.on("mysql://localhost/app", "generate x").succeeds();
    assert!(!place.path("aura.db").exists());
}
