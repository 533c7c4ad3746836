//! A member: the membership with the user and the roles.

use entity::{application_memberships, membership_roles, roles, users};
use serde::Serialize;

use crate::error::Result;
use crate::scope::{InTenant, load_many, load_one};

/// A member of an application.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Member {
    /// The membership.
    #[cfg_attr(
        feature = "schemars",
        schemars(with = "crate::schema::Row<application_memberships::Model>")
    )]
    pub membership: application_memberships::Model,
    /// The user.
    #[cfg_attr(
        feature = "schemars",
        schemars(with = "crate::schema::Row<users::Model>")
    )]
    pub user: users::Model,
    /// The live roles, in the order of their keys.
    #[cfg_attr(
        feature = "schemars",
        schemars(with = "Vec<crate::schema::Row<roles::Model>>")
    )]
    pub roles: Vec<roles::Model>,
}

impl Member {
    /// The keys of the roles, in alphabetical order.
    #[must_use]
    pub fn role_keys(&self) -> Vec<&str> {
        self.roles.iter().map(|role| role.key.as_str()).collect()
    }
}

/// Each membership with its user and roles; three queries however many there are.
pub(super) async fn complete(
    scope: &InTenant,
    memberships: Vec<application_memberships::Model>,
) -> Result<Vec<Member>> {
    if memberships.is_empty() {
        return Ok(Vec::new());
    }
    let users = load_one::<_, users::Entity, _>(scope, &memberships).await?;
    let held = load_many::<_, membership_roles::Entity, _>(scope, &memberships).await?;
    let sizes: Vec<_> = held.iter().map(Vec::len).collect();
    let held: Vec<_> = held.into_iter().flatten().collect();
    let mut roles = load_one::<_, roles::Entity, _>(scope, &held)
        .await?
        .into_iter();
    let members =
        memberships
            .into_iter()
            .zip(users)
            .zip(sizes)
            .filter_map(|((membership, user), size)| {
                let roles = in_order(roles.by_ref().take(size).flatten().collect());
                user.map(|user| Member {
                    membership,
                    user,
                    roles,
                })
            });
    Ok(members.collect())
}

/// In the order of their keys.
pub(super) fn in_order(mut roles: Vec<roles::Model>) -> Vec<roles::Model> {
    roles.sort_by(|one, other| one.key.cmp(&other.key));
    roles
}
