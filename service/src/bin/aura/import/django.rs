//! Django: the table `auth_user`, as CSV or as `dumpdata` writes it.

use serde_json::Value;
use service::ImportedUser;

use super::Part;
use super::draft::{Draft, joined};
use super::record::Record;

/// Takes the columns out of `{"model": "auth.user", "pk": 1, "fields": {…}}`; `None`: it is about something else.
pub(super) fn unwrapped(mut record: Record) -> Option<Record> {
    let Some(Value::Object(mut fields)) = record.columns.remove("fields") else {
        return Some(record);
    };
    let model = record
        .columns
        .get("model")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !model.to_ascii_lowercase().ends_with("user") {
        return None;
    }
    if let Some(id) = record.columns.remove("pk") {
        fields.insert("id".to_owned(), id);
    }
    Some(Record {
        columns: fields,
        ..record
    })
}

/// Whose address stands in `username`, as many have it, gets no username. Ids are mostly numbers, and new then.
pub(super) fn read(draft: &mut Draft<'_>) -> Option<ImportedUser> {
    let has_address = draft.value(&["email"]).is_some();
    let named = draft.text(&["username"]);
    let by_address = named.is_some_and(|(_, text)| text.contains('@'));
    let user = draft.user(if has_address || !by_address {
        &["email"]
    } else {
        &["username"]
    });
    let username = if by_address {
        None
    } else {
        draft.part(Part::Username, &["username"])
    };
    let id = draft.id(&["id"]);
    // `set_unusable_password` writes an exclamation mark.
    let usable = draft.value(&["password"]).is_some_and(|(_, value)| {
        value
            .as_str()
            .is_none_or(|text| !text.trim_start().starts_with('!'))
    });
    let password = if usable {
        draft.password(&["password"])
    } else {
        None
    };
    let given = draft.part(Part::Name, &["first_name"]);
    let family = draft.part(Part::Name, &["last_name"]);
    let created_at = draft.past(&["date_joined"]);
    let deleted = draft.truth(&["is_active"]) == Some(false);
    let mut user = user?;
    let full = joined(
        given.as_ref().map(service::GivenName::as_str),
        family.as_ref().map(service::FamilyName::as_str),
    );
    user.user.name = full.and_then(|full| draft.parse("first_name", &full));
    user.user.username = username;
    user.user.given_name = given;
    user.user.family_name = family;
    Some(ImportedUser {
        id,
        created_at,
        password,
        deleted,
        ..user
    })
}
