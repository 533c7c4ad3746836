//! Prisma: a table `User` as Auth.js has it, with the column for the password that most add.

use service::ImportedUser;

use super::Part;
use super::draft::Draft;

/// Names are the applications' own to choose: the usual ones are known.
pub(super) fn read(draft: &mut Draft<'_>) -> Option<ImportedUser> {
    let user = draft.user(&["email"]);
    let id = draft.id(&["id"]);
    let password = draft.password(&[
        "password",
        "passwordHash",
        "password_hash",
        "hashedPassword",
        "hashed_password",
    ]);
    let username = draft.part(Part::Username, &["username"]);
    let name = draft.part(Part::Name, &["name"]);
    let given_name = draft.part(Part::Name, &["firstName", "first_name"]);
    let family_name = draft.part(Part::Name, &["lastName", "last_name"]);
    let picture = draft.part(Part::Picture, &["image", "avatar"]);
    let email_verified_at = verified(draft);
    let created_at = draft.past(&["createdAt", "created_at"]);
    let deleted = draft.instant(&["deletedAt", "deleted_at"]).is_some();
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

/// An instant, as Auth.js has it, or whether it is, as Better Auth does.
fn verified(draft: &mut Draft<'_>) -> Option<chrono::DateTime<chrono::Utc>> {
    let names = &["emailVerified", "email_verified"];
    let (_, value) = draft.value(names)?;
    let is_truth = value.is_boolean()
        || value
            .as_str()
            .is_some_and(|text| ["true", "false", "t", "f"].contains(&text));
    if is_truth {
        return draft.truth(names)?.then_some(draft.options.now);
    }
    draft.past(names)
}
