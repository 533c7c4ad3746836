//! Auth0: what "users export" gives, and what "users import" takes.
//!
//! <https://auth0.com/docs/manage-users/user-migration/bulk-user-import-database-schema-and-examples>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use service::ImportedUser;
use service::secret::ImportedHash;

use super::Part;
use super::draft::Draft;

pub(super) fn read(draft: &mut Draft<'_>) -> Option<ImportedUser> {
    let user = draft.user(&["email", "Email"]);
    let id = draft.id(&["user_id", "id", "Id"]);
    let password = password(draft);
    let username = draft.part(Part::Username, &["username", "Username"]);
    // Where nobody gave a name Auth0 puts the address there.
    let address = draft.value(&["email", "Email"]).map(|(_, value)| value);
    let unnamed = draft.value(&["name", "Name"]).map(|(_, value)| value) == address;
    let name = if unnamed {
        None
    } else {
        draft.part(Part::Name, &["name", "Name"])
    };
    let given_name = draft.part(Part::Name, &["given_name", "Given Name"]);
    let family_name = draft.part(Part::Name, &["family_name", "Family Name"]);
    let picture = draft.part(Part::Picture, &["picture", "Picture"]);
    let created_at = draft.past(&["created_at", "Created At"]);
    let verified = draft.truth(&["email_verified", "Email Verified"]) == Some(true);
    let deleted = draft.truth(&["blocked"]) == Some(true);
    let mut user = user?;
    user.user.username = username;
    user.user.name = name;
    user.user.given_name = given_name;
    user.user.family_name = family_name;
    user.user.picture = picture;
    Some(ImportedUser {
        id,
        // When it was is not exported.
        email_verified_at: verified.then(|| created_at.unwrap_or(draft.options.now)),
        created_at,
        password,
        deleted,
        ..user
    })
}

/// The column of hashes that are not bcrypt's alone.
const COLUMN: &str = "custom_password_hash";

fn password(draft: &mut Draft<'_>) -> Option<ImportedHash> {
    if draft.leaves_out(Part::Password) {
        return None;
    }
    if let Some(hash) = draft.password(&["passwordHash", "password_hash"]) {
        return Some(hash);
    }
    let custom = draft.object(&[COLUMN])?;
    match text_of(&custom) {
        Ok(text) => draft.parse(COLUMN, &text),
        Err(what) => {
            draft.problem(COLUMN, what);
            None
        }
    }
}

/// The hash as others write it in one text. `algorithm`, `hash: {value, encoding}`, `salt: {value, encoding}` and the
/// parameters of the algorithm.
fn text_of(custom: &Map<String, Value>) -> Result<String, &'static str> {
    let algorithm = custom
        .get("algorithm")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let whole = || {
        let value = custom
            .get("hash")
            .and_then(|hash| hash.get("value"))
            .and_then(Value::as_str);
        value.map(ToOwned::to_owned).ok_or("has no hash")
    };
    match algorithm {
        "bcrypt" | "argon2" | "pbkdf2" => whole(),
        "scrypt" => scrypt(custom),
        "" => Err("does not say its algorithm"),
        _ => Err(
            "is of an algorithm that is not supported: bcrypt, scrypt, pbkdf2 and argon2 are; leave passwords out with \
             --without password, and let the users set new ones",
        ),
    }
}

fn scrypt(custom: &Map<String, Value>) -> Result<String, &'static str> {
    let number = |name| custom.get(name).and_then(Value::as_u64);
    let hash = bytes(custom.get("hash"), "base64")?;
    let salt = bytes(custom.get("salt"), "utf8")?;
    let cost = number("cost").unwrap_or(16384);
    if !cost.is_power_of_two() {
        return Err("has a cost that is no power of two");
    }
    if number("keylen").is_some_and(|length| usize::try_from(length) != Ok(hash.len())) {
        return Err("has a hash that is not as long as it says");
    }
    Ok(format!(
        "$scrypt$ln={},r={},p={}${}${}",
        cost.ilog2(),
        number("blockSize").unwrap_or(8),
        number("parallelization").unwrap_or(1),
        STANDARD.encode(salt).trim_end_matches('='),
        STANDARD.encode(hash).trim_end_matches('=')
    ))
}

fn bytes(part: Option<&Value>, usual: &str) -> Result<Vec<u8>, &'static str> {
    let of = |name| part.and_then(|part| part.get(name)).and_then(Value::as_str);
    let value = of("value").ok_or("lacks its hash or its salt")?;
    match of("encoding").unwrap_or(usual) {
        "utf8" => Ok(value.as_bytes().to_vec()),
        "base64" => STANDARD
            .decode(value)
            .map_err(|_| "has a hash or a salt that is not base64"),
        "hex" => hexadecimal(value).ok_or("has a hash or a salt that is not hexadecimal"),
        _ => Err(
            "has a hash or a salt in an encoding that is not supported: utf8, base64 and hex are",
        ),
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text
        .chars()
        .map(|digit| digit.to_digit(16))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs
        .iter()
        .map(|[high, low]| u8::try_from(high << 4 | low).ok())
        .collect();
    if rest.is_empty() { bytes } else { None }
}
