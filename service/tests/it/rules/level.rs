//! One level of a statement: its tables, and what it says to be equal.

use sqlparser::ast::{
    BinaryOperator, Expr, Join, JoinConstraint, JoinOperator, ObjectName, SetExpr, TableFactor,
    TableWithJoins,
};

/// A side of an equality.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Side {
    /// A parameter or a literal.
    Given(String),
    Column {
        alias: String,
        column: String,
    },
}

/// What stands between one SELECT, UPDATE or DELETE and the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// By the names that the statement gives them.
    pub(super) tables: Vec<(String, String)>,
    pub(super) equal: Vec<(Side, Side)>,
    /// What a column of the level is compared with otherwise: `IN (…)`, `<`.
    pub(super) compared: Vec<(String, String)>,
    /// Rows of it are locked.
    pub(super) locks: bool,
    /// It changes rows of this table.
    pub(super) changes: Option<String>,
}

pub(super) fn name_of(name: &ObjectName) -> String {
    let last = name.0.last().and_then(|part| part.as_ident());
    last.map(|name| name.value.clone()).unwrap_or_default()
}

impl Level {
    /// What a query reads itself; several at once where they are put together.
    pub(super) fn add(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => {
                select.from.iter().for_each(|from| self.table(from));
                let joins = select.from.iter().map(|from| &from.joins);
                joins.for_each(|joins| self.joins(joins));
                if let Some(condition) = &select.selection {
                    self.condition(condition);
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.add(left);
                self.add(right);
            }
            _ => {}
        }
    }

    pub(super) fn of_change(
        target: &[TableWithJoins],
        more: &[TableWithJoins],
        condition: Option<&Expr>,
    ) -> Self {
        let mut level = Self::default();
        target.iter().for_each(|from| level.table(from));
        level.changes = level.tables.first().map(|(_, table)| table.clone());
        more.iter().for_each(|from| level.table(from));
        more.iter().for_each(|from| level.joins(&from.joins));
        if let Some(condition) = condition {
            level.condition(condition);
        }
        level
    }

    fn table(&mut self, from: &TableWithJoins) {
        self.factor(&from.relation);
        for join in &from.joins {
            self.factor(&join.relation);
        }
    }

    fn factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => {
                let table = name_of(name);
                let alias = alias.as_ref().map_or(&table, |alias| &alias.name.value);
                self.tables.push((alias.clone(), table.clone()));
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => {
                self.table(table_with_joins);
                self.joins(&table_with_joins.joins);
            }
            _ => {}
        }
    }

    fn joins(&mut self, joins: &[Join]) {
        for join in joins {
            if let JoinOperator::Join(on)
            | JoinOperator::Inner(on)
            | JoinOperator::Left(on)
            | JoinOperator::LeftOuter(on)
            | JoinOperator::CrossJoin(on) = &join.join_operator
                && let JoinConstraint::On(condition) = on
            {
                self.condition(condition);
            }
        }
    }

    /// What holds of every row.
    fn condition(&mut self, condition: &Expr) {
        match condition {
            Expr::Nested(inner) => self.condition(inner),
            Expr::BinaryOp { left, op, right } if *op == BinaryOperator::And => {
                self.condition(left);
                self.condition(right);
            }
            Expr::BinaryOp { left, op, right } if *op == BinaryOperator::Eq => {
                self.equality(left, right);
            }
            Expr::BinaryOp { left, right, .. } => {
                self.comparison(left);
                self.comparison(right);
            }
            Expr::InList {
                expr,
                negated: false,
                ..
            }
            | Expr::InSubquery {
                expr,
                negated: false,
                ..
            } => self.comparison(expr),
            _ => {}
        }
    }

    fn equality(&mut self, left: &Expr, right: &Expr) {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
            let pairs = left.iter().zip(right);
            pairs.for_each(|(left, right)| self.equality(left, right));
        } else if let (Some(left), Some(right)) = (self.side(left), self.side(right)) {
            self.equal.push((left, right));
        }
    }

    fn comparison(&mut self, expr: &Expr) {
        match expr {
            Expr::Tuple(parts) => parts.iter().for_each(|part| self.comparison(part)),
            Expr::Nested(inner) => self.comparison(inner),
            other => {
                if let Some(Side::Column { alias, column }) = self.side(other) {
                    self.compared.push((alias, column));
                }
            }
        }
    }

    fn side(&self, expr: &Expr) -> Option<Side> {
        match expr {
            Expr::Nested(inner) => self.side(inner),
            Expr::Cast { expr, .. } => match self.side(expr)? {
                given @ Side::Given(_) => Some(given),
                Side::Column { .. } => None,
            },
            Expr::Value(value) => Some(Side::Given(value.to_string())),
            Expr::Identifier(column) => {
                let alias = self.tables.first().map(|(alias, _)| alias.clone());
                Some(Side::Column {
                    alias: alias.unwrap_or_default(),
                    column: column.value.clone(),
                })
            }
            Expr::CompoundIdentifier(parts) => {
                let [.., alias, column] = parts.as_slice() else {
                    return None;
                };
                Some(Side::Column {
                    alias: alias.value.clone(),
                    column: column.value.clone(),
                })
            }
            _ => None,
        }
    }
}
