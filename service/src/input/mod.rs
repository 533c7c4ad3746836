//! Input from outside, with all that is wrong with it at once, by the names of its fields.
//!
//! Every type that comes in ([`NewUser`](crate::NewUser), [`ClientPatch`](crate::ClientPatch),
//! [`EmailFilter`](crate::EmailFilter), …) is read by serde from any format; so are types of one's own that are made of
//! them. Read by [`from_json`], the answer to a form that is wrong names each field that is, as a web page needs it:
//!
//! ```
//! use service::{NewClient, NewInvitation, input};
//!
//! let wrong = input::from_json::<NewInvitation>(br#"{ "emial": "ada@example.com", "roles": ["member", "Admin"] }"#);
//! let wrong = wrong.unwrap_err();
//! let issues: Vec<_> = wrong.issues().iter().map(ToString::to_string).collect();
//! assert_eq!(
//!     issues,
//!     [
//!         "emial is not known: did you mean `email`?",
//!         "roles[1] takes a-z, 0-9, `_` and `-`, and begins with a letter",
//!         "email is missing",
//!     ]
//! );
//!
//! let client: NewClient = input::from_json(br#"{ "name": "Hotel Belvedere" }"#)?;
//! # Ok::<(), input::InvalidInput>(())
//! ```
//!
//! # How more than one is found
//!
//! serde stops at the first fault. So the input is read into a tree once, and the type from the tree again and again:
//! what was wrong is passed over, something stands in for what was missing, and what comes after it shows. A value is
//! given out only where the first reading found nothing. What a type says of itself as a whole, rather than of one of its
//! fields, is told once its fields are right.
//!
//! # Bounds
//!
//! [`MAX_BYTES`], 100,000 values, 128 levels of values inside values; [`MAX_ISSUES`] are told, and fewer for an input
//! of more than some 100 KB, which is not read so often. No reason quotes a value.

mod fault;
mod issue;
mod nearest;
mod node;
mod path;
mod read;
mod stand_in;

use std::cell::Cell;

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::error::Category;

pub use issue::{InvalidInput, Issue};

use fault::What;
use node::{Node, Tree};
use path::Path;
use read::{Known, Reader};
use stand_in::CHOICES;

/// Most bytes of an input: an email with texts of the greatest length fits in.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Most issues that are told of one input.
pub const MAX_ISSUES: usize = 64;
/// Most values of an input, those inside of others counted.
const MAX_VALUES: usize = 100_000;
/// Most bytes that are read to find more than the first issue, each time counted.
const MAX_WORK: usize = 16 * 1024 * 1024;
/// Most times that an input is read.
const MAX_READINGS: usize = 1024;

/// Reads a `T` from JSON.
///
/// # Errors
///
/// [`InvalidInput`], which names each field that is wrong, missing, there twice or, where `T` refuses them
/// (`#[serde(deny_unknown_fields)]`, as all types of this crate do), unknown.
pub fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, InvalidInput> {
    if json.len() > MAX_BYTES {
        return Err(InvalidInput::malformed("is larger than 16 MiB"));
    }
    let left = Cell::new(MAX_VALUES);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let node = Tree { left: &left }
        .deserialize(&mut deserializer)
        .and_then(|node| deserializer.end().map(|()| node))
        .map_err(|error| InvalidInput::malformed(malformed(&error, left.get())))?;
    read(&node, json.len())
}

/// Reads a `T` from the query of a URL (`text=bakery&limit=20`), where numbers, truths and names of variants are
/// written as texts. Neither lists nor objects can be.
///
/// # Errors
///
/// As [`from_json`].
pub fn from_query<T: DeserializeOwned>(query: &str) -> Result<T, InvalidInput> {
    let fields = url::form_urlencoded::parse(query.as_bytes())
        .take(MAX_VALUES)
        .map(|(key, value)| (key.into_owned(), Node::Written(value.into_owned())));
    read(&Node::object(fields), query.len())
}

/// What no JSON is, without what stands there.
fn malformed(error: &serde_json::Error, values_left: usize) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof => "is not JSON: it ends too early".into(),
        Category::Data if values_left == 0 => format!("has more than {MAX_VALUES} values"),
        _ if error.to_string().starts_with("recursion limit") => {
            "has more than 128 levels of values inside values".into()
        }
        _ => format!("is not JSON: line {line}, column {column}"),
    }
}

fn read<T: DeserializeOwned>(node: &Node, size: usize) -> Result<T, InvalidInput> {
    let mut known = Known::default();
    let mut issues: Vec<Issue> = Vec::new();
    let readings = (MAX_WORK / size.max(1)).clamp(1, MAX_READINGS);
    for _ in 0..readings {
        let place = Path::Root;
        let reader = Reader {
            node,
            place,
            known: &known,
        };
        let fault = match T::deserialize(reader) {
            Ok(value) if issues.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(fault) => fault.at(place),
        };
        let place = fault.place.unwrap_or_default();
        match fault.what {
            What::Wrong(reason) => {
                // What was left out of it or put into it may be why it is wrong now: that is told already.
                if !known.wrong.contains(&place) && !known.touches(&place) {
                    issues.push(Issue {
                        field: place.clone(),
                        reason,
                    });
                }
                known.pass_over(&place);
            }
            What::Missing(name) => {
                let field = path::field(&place, name);
                let missing = known.missing.entry(place.clone()).or_default();
                if missing.iter().any(|(known, _)| *known == name) {
                    // What stands in for it did not get there: there is no way on inside of this object.
                    known.pass_over(&place);
                } else {
                    missing.push((name, 0));
                    if !known.wrong.contains(&field) {
                        issues.push(Issue {
                            field,
                            reason: "is missing".into(),
                        });
                    }
                }
            }
            What::StandIn => {
                if let Some(object) = known.stand_in_otherwise(&place) {
                    known.pass_over(&object);
                }
            }
        }
        if issues.len() >= MAX_ISSUES || known.wrong.contains("") {
            break;
        }
    }
    Err(InvalidInput {
        issues,
        malformed: false,
    })
}

impl Known {
    /// Passes over what stands at the place from now on. Where that was tried, it cannot be (the content of a variant): then
    /// over what it is in.
    fn pass_over(&mut self, mut place: &str) {
        while !self.wrong.insert(place.to_owned()) && !place.is_empty() {
            place = path::parent(place);
        }
    }

    /// Lets something else stand in for the field. Where all has been tried it is the object that has to be passed over:
    /// its place.
    fn stand_in_otherwise(&mut self, field: &str) -> Option<String> {
        for (place, names) in &mut self.missing {
            for (name, choice) in names {
                if path::field(place, name) == field {
                    *choice += 1;
                    return (*choice == CHOICES).then(|| place.clone());
                }
            }
        }
        None
    }
}
