//! The file `.env`.

/// Reads it, if there is one: one that cannot be read is an error, lest the work be done on another database than it names.
pub(crate) fn read_file() -> Result<(), String> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(error) if error.not_found() => Ok(()),
        Err(dotenvy::Error::Io(error)) => Err(format!("cannot be read: {error}")),
        // The error quotes the line, which may hold a password.
        Err(_) => Err(
            "has a line that cannot be read: it takes NAME=value, with a value that has spaces, quotes or # in it in \
             single quotes"
                .to_owned(),
        ),
    }
}
