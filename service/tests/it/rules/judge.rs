//! Reads a statement as a distributed database does, and says what it would have to do.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use migration::citus::layout::{Place, TENANT, place};
use sqlparser::ast::{
    AssignmentTarget, Delete, Expr, FromTable, Insert, OnConflictAction, OnInsert, Query,
    SelectItem, SetExpr, Statement, TableObject, Update, UpdateTableFromKind, Visit, Visitor,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::level::{Level, Side, name_of};

/// Something that a statement does and that is not one node's affair.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Finding {
    /// Rows of `table` are reached on several nodes: nothing says where they are. `by`: the columns that it says something of.
    Spread {
        how: &'static str,
        table: String,
        by: String,
    },
    /// What no distributed database of the kind does.
    Refused { rule: &'static str, what: String },
}

/// Functions whose answer depends on their arguments alone: others are refused in what changes rows.
const IMMUTABLE: [&str; 30] = [
    "abs",
    "avg",
    "bool_or",
    "cast",
    "coalesce",
    "count",
    "encode",
    "greatest",
    "int8send",
    "jsonb_build_object",
    "least",
    "left",
    "length",
    "lower",
    "max",
    "min",
    "nullif",
    "octet_length",
    "replace",
    "row_number",
    "sha256",
    "split_part",
    "starts_with",
    "strpos",
    "string_agg",
    "string_to_array",
    "substr",
    "sum",
    "to_tsvector",
    "unnest",
];

/// What is stable and stands in what only reads.
const STABLE: [&str; 2] = ["search_emails", "websearch_to_tsquery"];

/// All that is found in the statement; `Err`: it cannot be read.
pub(super) fn findings(sql: &str) -> Result<BTreeSet<Finding>, String> {
    // Kinds of locks that the parser does not know: that there is one is what counts.
    let sql = sql
        .replace(" FOR NO KEY UPDATE", " FOR UPDATE")
        .replace(" FOR KEY SHARE", " FOR SHARE")
        // It takes the ON for a name of what was selected last.
        .replace(
            " ON CONFLICT (application_id, lane)",
            " WHERE true ON CONFLICT (application_id, lane)",
        )
        .replace(") WHERE true ON CONFLICT", ") ON CONFLICT");
    let sql = without_arbiter(sql);
    let statements = Parser::parse_sql(&PostgreSqlDialect {}, &sql);
    let statements = statements.map_err(|error| format!("{error}: {sql}"))?;
    let mut reader = Reader::default();
    for statement in &statements {
        let _ = statement.visit(&mut reader);
    }
    Ok(reader.found)
}

/// Without the condition by which `ON CONFLICT (…) WHERE … DO` names a partial index: the parser does not know it.
fn without_arbiter(sql: String) -> String {
    let Some(conflict) = sql.find(" ON CONFLICT (") else {
        return sql;
    };
    let (before, after) = sql.split_at(conflict);
    match (after.find(") WHERE "), after.find(" DO ")) {
        (Some(condition), Some(action)) if condition < action => {
            format!("{before}{}){}", &after[..condition], &after[action..])
        }
        _ => sql,
    }
}

#[derive(Default)]
struct Reader {
    found: BTreeSet<Finding>,
    levels: Vec<Level>,
    /// Parts of the statement that have a name: no tables.
    named: HashSet<String>,
}

/// The column that says on which node a row is. `None`: on all.
fn leads(table: &str) -> Option<&'static str> {
    match place(table, TENANT) {
        Place::Everywhere => None,
        Place::Apart(column) => Some(column),
        Place::Together => Some(TENANT),
    }
}

impl Reader {
    fn is_table(&self, table: &str) -> bool {
        !self.named.contains(table) && !table.starts_with("pg_")
    }

    fn refuse(&mut self, rule: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.found.insert(Finding::Refused { rule, what });
    }

    fn enter(&mut self, level: Level) {
        self.levels.push(level);
        let Some(level) = self.levels.last() else {
            return;
        };
        let change = self.levels.iter().find_map(|level| level.changes.clone());
        let shared = change.filter(|table| self.is_table(table) && leads(table).is_none());
        let mut found = Vec::new();
        for (alias, table) in &level.tables {
            let Some(lead) = leads(table).filter(|_| self.is_table(table)) else {
                continue;
            };
            if let Some(shared) = &shared {
                found.push(Finding::Refused {
                    rule: "what lies on every node is changed by what lies on one",
                    what: format!("{shared} by {table}"),
                });
            }
            if !self.is_placed(alias, lead) {
                found.push(Finding::Spread {
                    how: match (&level.changes, level.locks) {
                        (Some(changed), _) if changed == table => "change",
                        (_, true) => "lock",
                        _ => "read",
                    },
                    table: table.clone(),
                    by: by(level, alias),
                });
            }
        }
        self.found.extend(found);
    }

    /// Whether it follows from the equalities of this level and of those around it where the rows are.
    fn is_placed(&self, alias: &str, column: &str) -> bool {
        let mut known = vec![Side::Column {
            alias: alias.to_owned(),
            column: column.to_owned(),
        }];
        let mut at = 0;
        while let Some(side) = known.get(at).cloned() {
            if matches!(side, Side::Given(_)) {
                return true;
            }
            for (one, other) in self.levels.iter().flat_map(|level| &level.equal) {
                for (from, to) in [(one, other), (other, one)] {
                    if *from == side && !known.contains(to) {
                        known.push(to.clone());
                    }
                }
            }
            at += 1;
        }
        false
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(table) = &insert.table else {
            return;
        };
        let table = name_of(table);
        if let Some(lead) = leads(&table) {
            let at = insert.columns.iter().position(|name| name_of(name) == lead);
            let given = |expr: &Expr| matches!(expr, Expr::Value(_) | Expr::Cast { .. });
            let placed =
                at.is_some_and(
                    |at| match insert.source.as_ref().map(|source| &*source.body) {
                        Some(SetExpr::Values(values)) => values
                            .rows
                            .iter()
                            .all(|row| row.content.get(at).is_some_and(given)),
                        Some(SetExpr::Select(select)) => select.projection.get(at).is_some_and(
                            |item| matches!(item, SelectItem::UnnamedExpr(expr) if given(expr)),
                        ),
                        _ => false,
                    },
                );
            let copied = matches!(
                insert.source.as_ref().map(|source| &*source.body),
                Some(SetExpr::Select(_))
            ) && insert.returning.is_none()
                && insert.on.is_none();
            if copied {
                self.refuse("INSERT … SELECT that returns nothing: it is copied, which row-level security refuses", &table);
            }
            if !placed {
                let by = lead.to_owned();
                let how = "insert";
                self.found.insert(Finding::Spread {
                    how,
                    table: table.clone(),
                    by,
                });
            }
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on
            && let OnConflictAction::DoUpdate(update) = &conflict.action
        {
            self.assignments(&table, update.assignments.iter().map(|set| &set.target));
        }
    }

    fn assignments<'a>(
        &mut self,
        table: &str,
        targets: impl Iterator<Item = &'a AssignmentTarget>,
    ) {
        let Some(lead) = leads(table) else { return };
        for target in targets {
            if matches!(target, AssignmentTarget::ColumnName(name) if name_of(name) == lead) {
                self.refuse("a row is moved to another node", format!("{table}.{lead}"));
            }
        }
    }
}

/// `kind, user_id`
fn by(level: &Level, alias: &str) -> String {
    let equal = level.equal.iter().flat_map(|(one, other)| [one, other]);
    let equal = equal.filter_map(|side| match side {
        Side::Column { alias, column } => Some((alias, column)),
        Side::Given(_) => None,
    });
    let compared = level.compared.iter().map(|(alias, column)| (alias, column));
    let columns: BTreeSet<_> = equal
        .chain(compared)
        .filter(|(other, _)| *other == alias)
        .map(|(_, column)| column.as_str())
        .collect();
    columns.into_iter().collect::<Vec<_>>().join(", ")
}

impl Visitor for Reader {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            let names = with
                .cte_tables
                .iter()
                .map(|part| part.alias.name.value.clone());
            self.named.extend(names);
        }
        let mut level = Level {
            locks: !query.locks.is_empty(),
            ..Level::default()
        };
        level.add(&query.body);
        self.enter(level);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.levels.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        let level = match statement {
            Statement::Update(Update {
                table,
                from,
                selection,
                assignments,
                ..
            }) => {
                let more = match from {
                    Some(UpdateTableFromKind::AfterSet(more)) => more.as_slice(),
                    _ => &[],
                };
                let level = Level::of_change(std::slice::from_ref(table), more, selection.as_ref());
                let table = level.changes.clone().unwrap_or_default();
                self.assignments(&table, assignments.iter().map(|set| &set.target));
                level
            }
            Statement::Delete(Delete {
                from,
                using,
                selection,
                ..
            }) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = from;
                let using = using.as_deref().unwrap_or_default();
                Level::of_change(from, using, selection.as_ref())
            }
            Statement::Insert(insert) => {
                self.insert(insert);
                Level::default()
            }
            _ => Level::default(),
        };
        self.enter(level);
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<()> {
        self.levels.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => {
                let name = name_of(&function.name).to_lowercase();
                if !IMMUTABLE.contains(&name.as_str()) && !STABLE.contains(&name.as_str()) {
                    self.refuse("not an immutable function", name);
                }
            }
            Expr::Case {
                operand: Some(operand),
                ..
            } => self.refuse(
                "CASE x WHEN y, which does not reach a node as it is",
                operand.to_string(),
            ),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
