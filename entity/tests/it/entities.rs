//! The list of all entities, and what each says about its table.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, Identity, Iterable, RelationDef, RelationTrait,
    RelationType,
    sea_query::{ForeignKeyAction, TableRef},
};

/// What an entity says about its table.
pub(crate) struct Described {
    pub(crate) table: &'static str,
    /// Name, and whether it may be NULL.
    pub(crate) columns: Vec<(&'static str, bool)>,
    /// As [`describe`] words them.
    pub(crate) relations: Vec<String>,
}

/// All entities. That none is missing is one of the tests in [`completeness`](crate::completeness).
pub(crate) fn all() -> Vec<Described> {
    macro_rules! of {
        ($($module:ident)+) => {
            vec![$(of::<entity::$module::Entity>()),+]
        };
    }
    of!(application_memberships applications audit_chains audit_details audit_events client_users clients domains email_recipients
        emails invitation_roles invitations mailboxes membership_roles role_permissions roles sessions
        sign_in_throttles user_passwords users verification_tokens)
}

fn of<E: EntityTrait>() -> Described {
    Described {
        table: E::default().table_name(),
        columns: E::Column::iter()
            .map(|column| (column.as_str(), column.def().is_null()))
            .collect(),
        relations: E::Relation::iter()
            .map(|relation| describe(&relation.def()))
            .collect(),
    }
}

/// One line that has all that matters of a relation.
pub(crate) fn describe(relation: &RelationDef) -> String {
    let from = format!(
        "{} ({})",
        table(&relation.from_tbl),
        columns(&relation.from_col)
    );
    let to = format!(
        "{} ({})",
        table(&relation.to_tbl),
        columns(&relation.to_col)
    );
    match (relation.is_owner, &relation.rel_type) {
        (false, RelationType::HasOne) => {
            let on_delete = match &relation.on_delete {
                Some(ForeignKeyAction::Cascade) => "CASCADE",
                Some(ForeignKeyAction::SetNull) => "SET NULL",
                Some(ForeignKeyAction::NoAction) | None => "NO ACTION",
                Some(other) => {
                    panic!("{from} has an action that the schema does not use: {other:?}")
                }
            };
            belongs_to(&from, &to, on_delete)
        }
        (true, RelationType::HasOne) => has(&from, "one", &to),
        (true, RelationType::HasMany) => has(&from, "many", &to),
        (false, RelationType::HasMany) => {
            panic!("{from} has many {to}, and yet holds the foreign key")
        }
    }
}

/// The child's side of a relation.
pub(crate) fn belongs_to(child: &str, parent: &str, on_delete: &str) -> String {
    format!("{child} belongs to {parent} on delete {on_delete}")
}

/// The parent's side of a relation; `number` is `one` or `many`.
pub(crate) fn has(parent: &str, number: &str, child: &str) -> String {
    format!("{parent} has {number} {child}")
}

fn table(table: &TableRef) -> String {
    match table {
        TableRef::Table(name, None) => name.1.to_string(),
        other => panic!("not a plain table: {other:?}"),
    }
}

fn columns(columns: &Identity) -> String {
    columns
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Fails with what only one of two lists has.
pub(crate) fn assert_same(
    left: &str,
    right: &str,
    there: &BTreeSet<String>,
    wanted: &BTreeSet<String>,
) {
    let missing: Vec<_> = wanted
        .difference(there)
        .map(|line| format!("\n  only in {right}: {line}"))
        .collect();
    let surplus: Vec<_> = there
        .difference(wanted)
        .map(|line| format!("\n  only in {left}: {line}"))
        .collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "{left} and {right} differ:{}{}",
        missing.concat(),
        surplus.concat()
    );
}
