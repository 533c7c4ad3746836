//! Supabase: the table `auth.users`, as CSV or JSON.

use service::ImportedUser;

use super::Part;
use super::draft::Draft;

/// What users can write themselves stands in `raw_user_meta_data`: names and a picture are taken from there, a username is
/// not, which nobody has kept unique.
pub(super) fn read(draft: &mut Draft<'_>) -> Option<ImportedUser> {
    let user = draft.user(&["email"]);
    let id = draft.id(&["id"]);
    let password = draft.password(&["encrypted_password"]);
    let email_verified_at = draft.past(&["email_confirmed_at", "confirmed_at"]);
    let created_at = draft.past(&["created_at"]);
    let banned = draft.instant(&["banned_until"]);
    let deleted = draft.instant(&["deleted_at"]).is_some()
        || banned.is_some_and(|until| until > draft.options.now);
    let about = draft.object(&["raw_user_meta_data"]).unwrap_or_default();
    let mut inside = draft.inside(&about);
    let name = inside.part(Part::Name, &["full_name", "name", "display_name"]);
    let given_name = inside.part(Part::Name, &["given_name", "first_name"]);
    let family_name = inside.part(Part::Name, &["family_name", "last_name"]);
    let picture = inside.part(Part::Picture, &["avatar_url", "picture"]);
    let problems = inside.problems;
    draft.problems.extend(problems);
    let mut user = user?;
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
