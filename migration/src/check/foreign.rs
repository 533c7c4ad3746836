//! What is somebody else's.

/// Tables that other tools keep in the same schema.
const OTHERS: [&str; 9] = [
    "citus_*",
    "pg_dist_*",
    "spatial_ref_sys",
    "_prisma_migrations",
    "__drizzle_migrations",
    "schema_migrations",
    "ar_internal_metadata",
    "flyway_schema_history",
    "knex_migrations*",
];

/// Whether the object is known to be another tool's, or is named by one of the patterns.
pub(super) fn is_named(object: &str, ignore: &[String]) -> bool {
    // `table users`, `function f(uuid)`
    let name = object.split_once(' ').map_or(object, |(_, name)| name);
    let name = name.split('(').next().unwrap_or(name);
    OTHERS.iter().any(|pattern| matches(pattern, name))
        || ignore
            .iter()
            .any(|pattern| matches(pattern, name) || matches(pattern, object))
}

/// Whether the text is as the pattern says: `*` stands for any letters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::{is_named, matches};

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, text) in [
            ("a", "a"),
            ("a*", "abc"),
            ("*", ""),
            ("a*c*e", "abcde"),
            ("*c", "abc"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*c", "ab"), ("b*", "ab"), ("a*b*a", "aba ")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn other_tools_and_what_is_named_is_foreign() {
        let ignore = ["geo_*".to_owned(), "function plan(*".to_owned()];
        for object in [
            "table citus_tables",
            "table geo_points",
            "function plan(uuid)",
        ] {
            assert!(is_named(object, &ignore), "{object}");
        }
        assert!(!is_named("table users", &ignore));
    }
}
