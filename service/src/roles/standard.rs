//! The roles that every application has.

use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use entity::{role_permissions, roles};

use crate::error::{Error, Result};
use crate::scope::{ADMIN, InTenant, MEMBER, OWNER, Scope, insert_all};

/// A role that comes with every application and cannot be changed or deleted.
#[derive(Clone, Copy, Debug)]
pub struct StandardRole {
    /// What code calls it.
    pub key: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it allows.
    pub permissions: &'static [&'static str],
}

/// The roles that come with every application: `owner`, `admin`, `member`.
pub const STANDARD_ROLES: [StandardRole; 3] = [
    StandardRole {
        key: OWNER,
        name: "Owner",
        description: "May do everything; every application has at least one",
        permissions: &["*"],
    },
    StandardRole {
        key: ADMIN,
        name: "Admin",
        description: "Manages members, roles and all data of the application",
        permissions: &[
            "application.read",
            "application.write",
            "audit.read",
            "clients.*",
            "domains.*",
            "emails.*",
            "invitations.*",
            "mailboxes.*",
            "members.*",
            "roles.*",
        ],
    },
    StandardRole {
        key: MEMBER,
        name: "Member",
        description: "Works with the data of the application",
        permissions: &[
            "application.read",
            "clients.read",
            "clients.write",
            "domains.read",
            "emails.read",
            "emails.write",
            "mailboxes.read",
            "members.read",
            "roles.read",
        ],
    },
];

pub(super) fn is_standard(key: &str) -> bool {
    STANDARD_ROLES.iter().any(|standard| standard.key == key)
}

/// That the role is none of the standard ones.
pub(super) fn refuse(key: &str) -> Result<()> {
    if is_standard(key) {
        Err(Error::invalid(
            "role",
            format!("is `{key}`, which every application has as it is: make a role of your own"),
        ))
    } else {
        Ok(())
    }
}

/// Makes the standard roles of a new application; returns the id of `owner`.
pub(crate) async fn create(scope: &InTenant) -> Result<Uuid> {
    let ids = STANDARD_ROLES.map(|standard| (standard, scope.db().new_id()));
    // Both lists are made before the first await: an iterator that lives across one takes `Send` from the future.
    let roles = ids
        .iter()
        .map(|(standard, id)| roles::ActiveModel {
            id: Set(*id),
            key: Set(standard.key.to_owned()),
            name: Set(standard.name.to_owned()),
            description: Set(Some(standard.description.to_owned())),
            ..Default::default()
        })
        .collect();
    let permissions = ids
        .iter()
        .flat_map(|(standard, id)| {
            standard
                .permissions
                .iter()
                .map(|permission| role_permissions::ActiveModel {
                    role_id: Set(*id),
                    permission: Set((*permission).to_owned()),
                    ..Default::default()
                })
        })
        .collect();
    insert_all::<roles::Entity, _>(scope, roles).await?;
    insert_all::<role_permissions::Entity, _>(scope, permissions).await?;
    ids.iter()
        .find(|(standard, _)| standard.key == OWNER)
        .map(|(_, id)| *id)
        .ok_or(Error::NotFound)
}
