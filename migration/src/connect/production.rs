//! Whether the environment says that this is production.

use std::env;

/// Where many programs are told that this is the one that matters.
const ENVIRONMENTS: [&str; 6] = [
    "APP_ENV",
    "ENVIRONMENT",
    "ENV",
    "NODE_ENV",
    "RAILS_ENV",
    "RUST_ENV",
];

/// The environment variable that says that this is production, the first of `APP_ENV`, `ENVIRONMENT`, `ENV`, `NODE_ENV`,
/// `RAILS_ENV` and `RUST_ENV`; `None` where none does.
#[must_use]
pub fn production() -> Option<&'static str> {
    ENVIRONMENTS
        .into_iter()
        .find(|name| env::var(name).is_ok_and(|value| says(&value)))
}

fn says(value: &str) -> bool {
    ["production", "prod"]
        .iter()
        .any(|production| value.trim().eq_ignore_ascii_case(production))
}

#[cfg(test)]
mod tests {
    use super::says;

    #[test]
    fn it_is_said_in_any_case() {
        assert!(
            ["production", "Prod", " PRODUCTION\n"]
                .into_iter()
                .all(says)
        );
        assert!(
            !["", "products", "preproduction", "test"]
                .into_iter()
                .any(says)
        );
    }
}
