//! Writes a new migration and registers it in the migrator's list.
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{Local, Utc};

use super::args::Generate;
use super::output::Output;
use super::template;
use crate::error::Error;

/// Words that a module or a table function cannot be called.
const KEYWORDS: &str = " as async await box break const continue crate do dyn else enum extern \
    false final fn for gen if impl in let loop macro match mod move mut override priv pub ref \
    return self static struct super trait true try type typeof unsafe unsized use virtual where \
    while yield abstract become ";

/// Writes the file and adds it to `lib.rs`, both or neither.
pub(super) fn run(args: &Generate, output: &mut Output) -> Result<(), Error> {
    let source = source_dir(args.migration_dir.as_deref())?;
    let library = source.join("lib.rs");
    let name = snake_case(&args.name)?;
    if let Some(taken) = taken(&source, &name)? {
        return Err(refuse(format!(
            "there is {taken} already; choose another name"
        )));
    }
    let format = "%Y%m%d_%H%M%S";
    let stamp = if args.local_time {
        Local::now().format(format).to_string()
    } else {
        Utc::now().format(format).to_string()
    };
    let module = format!("m{stamp}_{name}");
    let text = fs::read_to_string(&library).map_err(|error| at(&library, &error))?;
    let registered = register(&text, &module)?;
    // This crate has the words itself; another one has them from here.
    let words = if text.contains("mod schema;") {
        "crate::schema"
    } else {
        "migration::schema"
    };

    let file = source.join(format!("{module}.rs"));
    fs::write(&file, template::render(&name, words)).map_err(|error| at(&file, &error))?;
    if let Err(error) = fs::write(&library, registered) {
        // Best effort: the error that matters is the one being reported.
        let _ = fs::remove_file(&file);
        return Err(at(&library, &error));
    }
    output.line(&format!("wrote {}", file.display()));
    output.line(&format!("registered it in {}", library.display()));
    Ok(())
}

/// The crate's `src`: in the directory given, else in `./migration` or here.
fn source_dir(given: Option<&Path>) -> Result<PathBuf, Error> {
    let candidates = match given {
        Some(dir) => vec![dir],
        None => vec![Path::new("migration"), Path::new(".")],
    };
    let source = candidates
        .iter()
        .map(|dir| dir.join("src"))
        .find(|source| source.join("lib.rs").is_file());
    source.ok_or_else(|| {
        let looked: Vec<_> = candidates
            .iter()
            .map(|dir| dir.join("src/lib.rs").display().to_string())
            .collect();
        refuse(format!(
            "there is no {}; name the migration crate with --migration-dir",
            looked.join(" and no ")
        ))
    })
}

/// `Create invoices` and `create-invoices` are `create_invoices`; anything else must be it.
fn snake_case(name: &str) -> Result<String, Error> {
    let name = name.trim().to_lowercase().replace([' ', '-'], "_");
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    let goes_well = name
        .chars()
        .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_');
    let table = name.strip_prefix("create_").unwrap_or(&name);
    let is_word = !KEYWORDS.contains(&format!(" {table} "))
        && !table.starts_with(|first: char| first.is_ascii_digit());
    if starts_well && goes_well && is_word && name.len() <= 100 {
        Ok(name)
    } else {
        Err(refuse(format!(
            "`{}` is no name for one: use lower-case words joined by _, such as create_invoices",
            name.escape_debug()
        )))
    }
}

/// The file of a migration with that name, whatever its time.
fn taken(source: &Path, name: &str) -> Result<Option<String>, Error> {
    let files = fs::read_dir(source).map_err(|error| at(source, &error))?;
    for file in files {
        let file = file.map_err(|error| at(source, &error))?.file_name();
        let file = file.to_string_lossy();
        let module = file.strip_suffix(".rs").unwrap_or(&file);
        if is_migration(module) && module.get("m00000000_000000_".len()..) == Some(name) {
            return Ok(Some(file.into_owned()));
        }
    }
    Ok(None)
}

/// Whether it is named `m`, a date, `_`, six digits, `_` and something.
fn is_migration(module: &str) -> bool {
    let shape = "m00000000_000000_";
    module.len() > shape.len()
        && module
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, shape)| byte == shape || (shape == b'0' && byte.is_ascii_digit()))
}

/// `lib.rs` with the module declared after the last migration's, or the last module's, and listed
/// at the end of `migrations()`.
fn register(text: &str, module: &str) -> Result<String, Error> {
    let by_hand = |what| {
        refuse(format!(
            "{what} was not found in lib.rs, so that the migration could not be registered"
        ))
    };
    let declared = |line: &str| -> Option<String> {
        let words = line.strip_prefix("pub ").unwrap_or(line);
        let name = words.strip_prefix("mod ")?.strip_suffix(';')?;
        Some(name.to_owned())
    };
    let lines: Vec<&str> = text.lines().collect();
    let after = lines
        .iter()
        .rposition(|line| declared(line).is_some_and(|name| is_migration(&name)))
        .or_else(|| lines.iter().rposition(|line| declared(line).is_some()))
        .ok_or_else(|| by_hand("a line `mod …;`"))?;
    let mut with_module = lines;
    let declaration = format!("mod {module};");
    with_module.insert(after + 1, &declaration);
    let text = with_module.join("\n") + "\n";

    let function = text
        .find("fn migrations()")
        .ok_or_else(|| by_hand("`fn migrations()`"))?;
    let open = text[function..]
        .find("vec![")
        .map(|offset| function + offset + "vec![".len())
        .ok_or_else(|| by_hand("`vec![` in `fn migrations()`"))?;
    let close = text[open..]
        .find(']')
        .map(|offset| open + offset)
        .ok_or_else(|| by_hand("the end of `vec![`"))?;
    let listed = text[open..close].trim_end();
    let comma = if listed.is_empty() || listed.ends_with(',') {
        ""
    } else {
        ","
    };
    Ok(format!(
        "{}{listed}{comma}\n            Box::new({module}::Migration),\n        {}",
        &text[..open],
        &text[close..]
    ))
}

fn refuse(reason: String) -> Error {
    Error::NotGenerated { reason }
}

fn at(path: &Path, error: &std::io::Error) -> Error {
    Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_migration, register, snake_case};

    #[test]
    fn names_become_snake_case_or_are_refused() {
        for name in ["create_invoices", "Create Invoices", "create-invoices"] {
            assert_eq!(snake_case(name).ok().as_deref(), Some("create_invoices"));
        }
        for name in [
            "",
            "1st",
            "a.b",
            "../x",
            "schön",
            "type",
            "create_type",
            "create_1",
            "_x",
        ] {
            assert!(snake_case(name).is_err(), "{name}");
        }
    }

    #[test]
    fn migrations_are_known_by_their_names() {
        assert!(is_migration("m20261121_000001_create_users"));
        for module in ["migrate", "m20261121_000001_", "m2026_000001_x", "schema"] {
            assert!(!is_migration(module), "{module}");
        }
    }

    #[test]
    fn a_migration_is_registered_at_the_end_of_both_lists() {
        let module = "m20270101_000000_x";
        let empty = "mod a;\npub use b;\nfn migrations() -> V {\n        vec![]\n}\n";
        assert_eq!(
            register(empty, module).ok().as_deref(),
            Some(
                "mod a;\nmod m20270101_000000_x;\npub use b;\nfn migrations() -> V {\n        vec![\n            \
                 Box::new(m20270101_000000_x::Migration),\n        ]\n}\n"
            )
        );
        let one = "mod m20260101_000000_y;\nmod z;\nfn migrations() -> V {\n        vec![Box::new(m20260101_000000_y::Migration)]\n}\n";
        assert_eq!(
            register(one, module).ok().as_deref(),
            Some(
                "mod m20260101_000000_y;\nmod m20270101_000000_x;\nmod z;\nfn migrations() -> V {\n        \
                 vec![Box::new(m20260101_000000_y::Migration),\n            \
                 Box::new(m20270101_000000_x::Migration),\n        ]\n}\n"
            )
        );
        assert!(register("fn migrations() { vec![] }", module).is_err());
        assert!(register("mod a;", module).is_err());
    }
}
