//! The files of a folder, compared and written.

use std::{collections::BTreeMap, fs, path::Path};

use similar::TextDiff;

/// Names and contents of the files of one folder.
#[derive(Debug)]
pub(crate) struct Files(BTreeMap<String, String>);

impl Files {
    /// All files of `folder`.
    ///
    /// # Panics
    ///
    /// When the folder or a file of it cannot be read.
    pub(crate) fn read(folder: &Path) -> Self {
        let entries =
            fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let files = entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let text = fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    text,
                )
            })
            .collect();
        Self(files)
    }

    /// Takes a file out.
    pub(crate) fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Takes `text` out of every file.
    pub(crate) fn remove_from_each(&mut self, text: &str) {
        for content in self.0.values_mut() {
            *content = content.replace(text, "");
        }
    }
}

/// What is to change in `there` to become `wanted`, file by file; empty if nothing is. `folder` is for people.
pub(crate) fn difference(folder: &str, there: &Files, wanted: &Files) -> String {
    let surplus = there.0.keys().filter(|name| !wanted.0.contains_key(*name));
    let surplus = surplus
        .map(|name| format!("\nsurplus: {folder}/{name}, which the generator does not write\n"));
    let other = wanted
        .0
        .iter()
        .map(|(name, wanted)| match there.0.get(name) {
            None => format!("\nmissing: {folder}/{name}\n"),
            Some(there) => lines(&format!("{folder}/{name}"), there, wanted),
        });
    surplus.chain(other).collect()
}

/// What is to change in `there` to become `wanted`, line by line; empty if nothing is.
pub(crate) fn lines(name: &str, there: &str, wanted: &str) -> String {
    if there == wanted {
        return String::new();
    }
    let difference = TextDiff::from_lines(there, wanted);
    format!(
        "\n{}",
        difference
            .unified_diff()
            .header(name, "as the generator writes it")
    )
}

/// Makes `folder` hold exactly `wanted`, and says what that took.
pub(crate) fn write(folder: &Path, wanted: &Files) -> String {
    let there = Files::read(folder);
    let surplus = there.0.keys().filter(|name| !wanted.0.contains_key(*name));
    let stale = wanted
        .0
        .iter()
        .filter(|(name, content)| there.0.get(*name) != Some(*content));
    let mut report = Vec::new();
    for name in surplus {
        fs::remove_file(folder.join(name)).unwrap();
        report.push(format!("removed {}", folder.join(name).display()));
    }
    for (name, content) in stale {
        fs::write(folder.join(name), content).unwrap();
        report.push(format!("wrote {}", folder.join(name).display()));
    }
    if report.is_empty() {
        report.push(format!("{} was up to date", folder.display()));
    }
    report.join("\n")
}
