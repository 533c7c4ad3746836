//! The file of known counts, and what is more than it says.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::callgrind::Count;
use crate::operation::Operation;

/// What an operation may take more, in hundredths.
const MORE: u64 = 10;

const UPDATE: &str = "UPDATE_INSTRUCTIONS=1 cargo bench -p service --bench instructions";

const HEAD: &str = "\
# Instructions of one operation in our own process, without the server's, as `make instructions` counts them under valgrind;
# a count that is more than a tenth above fails. Written anew by UPDATE_INSTRUCTIONS=1. They belong to one compiler, and to a
# processor's features too: what valgrind passes on of it (AVX2, not the instructions for SHA) is what memchr and hashes use.
";

/// Counts, and what they were made with.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    made_with: String,
    counts: Vec<(String, u64)>,
}

impl Figures {
    /// What was counted just now.
    pub(crate) fn new(counts: &[Count]) -> Outcome<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = Command::new(rustc).arg("--version").output()?.stdout;
        let counts = counts.iter();
        Ok(Self {
            made_with: format!(
                "{}, {}",
                String::from_utf8(version)?.trim(),
                std::env::consts::ARCH
            ),
            counts: counts
                .map(|(operation, count)| (operation.title().to_owned(), *count))
                .collect(),
        })
    }

    /// What the file says.
    pub(crate) fn read() -> Outcome<Self> {
        let text = std::fs::read_to_string(path())
            .map_err(|error| format!("{}: {error}; to make it: {UPDATE}", path().display()))?;
        let mut figures = Self::default();
        for line in text.lines().map(str::trim) {
            if let Some(made_with) = line.strip_prefix("made with ") {
                made_with.clone_into(&mut figures.made_with);
            } else if !line.is_empty() && !line.starts_with('#') {
                let (count, title) = line.split_once("  ").ok_or(format!("what is {line}?"))?;
                figures.counts.push((title.to_owned(), count.parse()?));
            }
        }
        Ok(figures)
    }

    /// Takes these for the known ones.
    pub(crate) fn write(&self) -> Outcome<()> {
        let mut text = format!("{HEAD}made with {}\n\n", self.made_with);
        for (title, count) in &self.counts {
            writeln!(text, "{count:>9}  {title}")?;
        }
        std::fs::write(path(), text)?;
        println!("\nwritten: {}", path().display());
        Ok(())
    }

    /// The count of an operation.
    pub(crate) fn of(&self, operation: Operation) -> Option<u64> {
        self.find(operation.title())
    }

    fn find(&self, title: &str) -> Option<u64> {
        let found = self.counts.iter().find(|(other, _)| other == title);
        found.map(|(_, count)| *count)
    }

    /// Prints them, beside the known ones.
    pub(crate) fn print(&self, known: &Self) {
        println!("{:>12}{:>12}", "instructions", "known");
        for (title, count) in &self.counts {
            let before = known
                .find(title)
                .map_or("-".to_owned(), |it| it.to_string());
            println!("{count:>12}{before:>12}  {title}");
        }
    }

    /// Says what is above the known counts, by more than may be.
    ///
    /// # Errors
    ///
    /// Where there is such a one; none where another compiler counted.
    pub(crate) fn hold_to(&self, known: &Self) -> Outcome<()> {
        let mut problems = String::new();
        for (title, count) in &self.counts {
            match known.find(title) {
                None => writeln!(problems, "{title}: not in the file")?,
                Some(before) if count * 100 > before * (100 + MORE) => {
                    writeln!(
                        problems,
                        "{title}: {count} instructions, known are {before}"
                    )?;
                }
                Some(before) if count * (100 + MORE) < before * 100 => {
                    println!("{title}: fewer than known. To keep it so: {UPDATE}");
                }
                Some(_) => {}
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        if self.made_with != known.made_with {
            println!(
                "{problems}the known ones were made with {}, these with {}: nothing can be said",
                known.made_with, self.made_with
            );
            return Ok(());
        }
        Err(format!("{problems}if that is as it should be: {UPDATE}").into())
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt")
}
