//! Names and texts as `PostgreSQL` reads them.

/// A name in quotes.
pub(crate) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as a literal, whatever `standard_conforming_strings` is.
pub(crate) fn text(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_are_doubled() {
        assert_eq!(super::name("a\"b"), "\"a\"\"b\"");
        assert_eq!(super::text("a'b"), "'a''b'");
        assert_eq!(super::text("a\\'b"), "E'a\\\\''b'");
    }
}
