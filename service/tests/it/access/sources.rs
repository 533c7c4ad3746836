//! The public operations, as the sources have them: each `pub async fn` of an `impl` block.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each as `Type::method`.
pub(crate) fn operations() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    scan(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    all
}

fn scan(directory: &Path, all: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).expect("the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // A program of its own: nothing in it can be called.
            if !path.ends_with("bin") {
                scan(&path, all);
            }
        } else {
            all.extend(in_source(&fs::read_to_string(&path).expect("text")));
        }
    }
}

/// `rustfmt` sees to it that an `impl` begins at the margin, and what is in it one step from there.
fn in_source(source: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut subject = String::new();
    for line in source.lines() {
        if line.starts_with("impl") {
            subject = implementor(line);
        } else if line.starts_with('}') {
            subject.clear();
        } else if let Some(rest) = line.trim_start().strip_prefix("pub async fn ") {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            let subject = if subject.is_empty() { "?" } else { &subject };
            all.push(format!("{subject}::{name}"));
        }
    }
    all
}

/// `Find` of `impl<E: Scoped, S: Sees<E::Ownership>> Find<E, S> {`
fn implementor(line: &str) -> String {
    let rest = line.trim_start_matches("impl");
    let mut depth = 0;
    let mut after = 0;
    for (at, letter) in rest.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            after = if letter == '>' { at + 1 } else { at };
            break;
        }
    }
    rest[after..]
        .trim()
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn the_scanner_tells_the_type_of_each_operation() {
    let source = "\
impl<E, S> Find<E, S>
where
    S: Sees<E::Ownership>,
{
    pub async fn all(self) {}
    pub(crate) async fn inner(&self) {}
    async fn own(&self) {}
}

impl<E: Scoped, S: Sees<E::Ownership>> Other<E, S> {
    pub async fn page<K: Keyset<E>>(
        self,
    ) {
    }
}

impl Users<'_> {
    pub async fn create(&self) {}
}

pub async fn free() {}
";
    assert_eq!(
        in_source(source),
        ["Find::all", "Other::page", "Users::create", "?::free"]
    );
}
