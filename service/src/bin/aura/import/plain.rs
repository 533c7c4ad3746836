//! Our own columns: for whoever makes the file.

use service::ImportedUser;

use super::Part;
use super::draft::Draft;

/// `email`; and where there are `id`, `username`, `name`, `given_name`, `family_name`, `picture`, `email_verified_at`,
/// `created_at`, `password_hash`, `deleted`.
pub(super) fn read(draft: &mut Draft<'_>) -> Option<ImportedUser> {
    let user = draft.user(&["email"]);
    let id = draft.id(&["id"]);
    if id.is_none()
        && !draft.options.new_ids
        && draft.value(&["id"]).is_some()
        && draft.problems.is_empty()
    {
        draft.problem("id", "is no UUID: leave it empty, or say --new-ids");
    }
    let username = draft.part(Part::Username, &["username"]);
    let name = draft.part(Part::Name, &["name"]);
    let given_name = draft.part(Part::Name, &["given_name"]);
    let family_name = draft.part(Part::Name, &["family_name"]);
    let picture = draft.part(Part::Picture, &["picture"]);
    let email_verified_at = draft.past(&["email_verified_at"]);
    let created_at = draft.past(&["created_at"]);
    let password = draft.password(&["password_hash"]);
    let deleted = draft.truth(&["deleted"]).unwrap_or_default();
    let mut user = user?;
    user.user.username = username;
    user.user.name = name;
    user.user.given_name = given_name;
    user.user.family_name = family_name;
    user.user.picture = picture;
    Some(ImportedUser {
        id,
        email_verified_at,
        created_at,
        password,
        deleted,
        ..user
    })
}
