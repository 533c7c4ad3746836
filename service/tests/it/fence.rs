//! The fence: what leads past the door is banned in this crate, and the ban bites.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use probes::PROBES;

mod probes;

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every banned path, in order.
fn banned() -> Vec<String> {
    let text = fs::read_to_string(manifest().join("clippy.toml")).expect("clippy.toml");
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("{ path = \""))
        .map(|rest| {
            let (path, rest) = rest.split_once('"').expect("the end of the path");
            let reason = rest.split('"').nth(1).unwrap_or_default();
            assert!(reason.len() > 10, "{path} says what to do in its place");
            path.to_owned()
        })
        .collect()
}

/// What the macros of `SeaORM` make for each entity, by the entity's source.
fn generated() -> BTreeSet<String> {
    let directory = manifest().join("../entity/src");
    let mut all = BTreeSet::new();
    for file in fs::read_dir(directory).expect("the entities") {
        let path = file.expect("a file").path();
        let source = fs::read_to_string(&path).expect("text");
        let module = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if !source.contains("DeriveEntityModel") {
            continue;
        }
        for method in [
            "Entity::load",
            "ActiveModelEx::insert",
            "ActiveModelEx::update",
            "ActiveModelEx::save",
            "ActiveModelEx::delete",
            "ActiveModelEx::action",
            "ModelEx::delete",
            "Model::cascade_delete",
        ] {
            all.insert(format!("entity::{module}::{method}"));
        }
        for attribute in source.split("#[sea_orm(").skip(1) {
            let (attribute, rest) = attribute.split_once(")]").expect("its end");
            if attribute.split(", ").any(|word| word.trim() == "unique") {
                let column = rest.trim_start().strip_prefix("pub ").expect("a column");
                let column = column.split(':').next().expect("its name");
                all.insert(format!("entity::{module}::Entity::find_by_{column}"));
                all.insert(format!("entity::{module}::Entity::delete_by_{column}"));
            }
        }
    }
    all
}

#[test]
fn every_entity_has_its_bans() {
    let banned: BTreeSet<_> = banned()
        .into_iter()
        .filter(|path| path.starts_with("entity::"))
        .collect();
    let generated = generated();
    let missing: Vec<_> = generated.difference(&banned)
        .map(|path| format!("    {{ path = \"{path}\", reason = \"this loads or writes past the walls: use the door\" }},\n"))
        .collect();
    assert!(
        missing.is_empty(),
        "add to service/clippy.toml:\n{}",
        missing.concat()
    );
    let stale: Vec<_> = banned.difference(&generated).collect();
    assert!(
        stale.is_empty(),
        "take out of service/clippy.toml: {stale:?}"
    );
}

/// A crate with one probe a line, in the target directory, where its dependencies stay built between two runs.
fn probe() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fence");
    let lib = |name: &str| {
        manifest()
            .join("..")
            .join(name)
            .canonicalize()
            .expect("a crate")
    };
    fs::create_dir_all(target.join("src")).expect("a directory");
    let root = fs::read_to_string(manifest().join("../Cargo.toml")).expect("the workspace");
    // The same dependencies with the same features as the workspace, so that its lock file serves.
    let section = |from: &str| {
        root.split(from)
            .nth(1)
            .and_then(|rest| rest.split("\n[").next())
            .expect("a section")
            .to_owned()
    };
    let members = section("[workspace.dependencies]")
        .replace(
            "path = \"entity\"",
            &format!("path = \"{}\"", lib("entity").display()),
        )
        .replace(
            "path = \"migration\"",
            &format!("path = \"{}\"", lib("migration").display()),
        );
    let cargo = format!(
        "[package]\nname = \"fence-probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\nchrono.workspace = true\nentity.workspace = true\nsea-orm.workspace = true\nuuid.workspace = true\n\n\
         [workspace]\n[workspace.dependencies]{members}\n"
    );
    let calls: Vec<_> = PROBES.iter().map(|(call, _)| *call).collect();
    let calls = calls.join("\n    ");
    let source = format!(
        "use ::entity::{{applications, client_users, clients, users}};\n\
         use sea_orm::sea_query::{{Expr, Query}};\n\
         use sea_orm::*;\n\
         pub async fn probe(pool: &DatabaseConnection, id: uuid::Uuid, row: clients::ActiveModel, model: clients::Model, raw: Statement) {{\n    \
         let db = pool;\n    {calls}\n}}\n"
    );
    for (file, text) in [("Cargo.toml", cargo), ("src/lib.rs", source)] {
        fs::write(target.join(file), text).expect("written");
    }
    for (from, to) in [
        ("../Cargo.lock", "Cargo.lock"),
        ("clippy.toml", "clippy.toml"),
    ] {
        fs::copy(manifest().join(from), target.join(to)).expect("copied");
    }
    target
}

#[test]
fn every_way_past_the_door_is_reported() {
    let probe = probe();
    let output = Command::new(env!("CARGO"))
        .args([
            "clippy",
            "--offline",
            "--quiet",
            "--message-format",
            "short",
        ])
        .current_dir(&probe)
        .env("CARGO_TARGET_DIR", probe.join("target"))
        .env_remove("RUSTFLAGS")
        .env_remove("CLIPPY_CONF_DIR")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the probe compiles:\n{said}");
    let first = 6;
    for (line, (call, path)) in (first..).zip(PROBES) {
        let wanted = format!("use of a disallowed method `{path}`");
        let reported = said.lines().any(|report| {
            report.starts_with(&format!("src/lib.rs:{line}:")) && report.contains(&wanted)
        });
        assert!(reported, "{call} is not reported:\n{said}");
    }
    assert!(
        !said.contains("does not refer to"),
        "a path in clippy.toml leads nowhere:\n{said}"
    );
}
