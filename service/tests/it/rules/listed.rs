//! Statements that are not one node's affair, each with its reason.

/// Where such a statement is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Where {
    /// To Citus too, which does it on all nodes.
    AllNodes,
    /// To one machine alone: on Citus others take its place.
    OneMachine,
}

/// How the statements are known, and why they are as they are.
pub(super) struct Listed {
    /// `read`, `change`, `lock`, `insert`.
    pub(super) how: &'static str,
    pub(super) table: &'static str,
    /// The columns that the statement says something of.
    pub(super) by: &'static str,
    pub(super) there: Where,
    pub(super) reason: &'static str,
}

pub(super) const ALL: &[Listed] = &[];
