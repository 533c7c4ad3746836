//! What can be wrong between a program's migrations and a database's record of them.
use std::fmt;

/// One migration that is not as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is applied, and says something else now than it did then.
    Changed {
        /// Its name.
        name: String,
    },
    /// It is applied, and the program does not have it, although it has later ones.
    Missing {
        /// Its name.
        name: String,
    },
    /// It is applied, and only a later program has it.
    Newer {
        /// Its name.
        name: String,
    },
    /// It is not applied, although a later one is.
    OutOfOrder {
        /// Its name.
        name: String,
    },
}

impl Problem {
    /// The migration's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Changed { name }
            | Self::Missing { name }
            | Self::Newer { name }
            | Self::OutOfOrder { name } => name,
        }
    }

    /// One word for it, for machines.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Missing { .. } => "missing",
            Self::Newer { .. } => "newer",
            Self::OutOfOrder { .. } => "out of order",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Changed { .. } => write!(f, "{name} was changed after it was applied"),
            Self::Missing { .. } => write!(f, "{name} is applied, but this program lacks it"),
            Self::Newer { .. } => write!(f, "{name} was applied by a newer version"),
            Self::OutOfOrder { .. } => write!(f, "{name} is not applied, but a later one is"),
        }
    }
}

/// Problems in one line, with what to do.
pub(crate) fn describe(problems: &[Problem]) -> String {
    let list: Vec<_> = problems.iter().map(ToString::to_string).collect();
    let mut cures = Vec::new();
    for problem in problems {
        let cure = match problem {
            Problem::Changed { .. } => {
                "put back what was applied and write a new migration; or `up --accept-changed NAME` where it comes to the same, \
                 or `baseline` where the database is as it says now"
            }
            Problem::Missing { .. } => "use the program that has it",
            Problem::Newer { .. } => "upgrade this program",
            Problem::OutOfOrder { .. } => "name it after the last one, or `up --out-of-order`",
        };
        if !cures.contains(&cure) {
            cures.push(cure);
        }
    }
    format!("{}: {}", list.join(", "), cures.join("; "))
}
