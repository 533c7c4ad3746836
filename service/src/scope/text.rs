//! Looking for a part of a text.

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, FunctionCall};

use super::Scope;
use crate::value::{Pattern, Place};

/// The column, of text in lower case, is as the pattern says.
///
/// By position and not by LIKE: nothing in the text has a meaning of its own, so there is nothing to escape.
pub(crate) fn matches(scope: &impl Scope, column: Expr, pattern: &Pattern) -> Expr {
    let text = pattern.text();
    // As the databases count: in characters. It is checked, and short.
    let length = i32::try_from(text.chars().count()).unwrap_or(i32::MAX);
    match pattern.place() {
        Place::Anywhere => {
            let position = match scope.db().backend() {
                DbBackend::Sqlite => "instr",
                _ => "strpos",
            };
            let position = function(position).arg(column).arg(text);
            Expr::expr(position).gt(0)
        }
        Place::Start => {
            let start = function("substr").arg(column).arg(1).arg(length);
            Expr::expr(start).eq(text)
        }
        Place::End => {
            // Of a text that is shorter all is taken, which is not what is looked for.
            let from = Expr::expr(function("length").arg(column.clone())).add(1 - length);
            let end = function("substr").arg(column).arg(from);
            Expr::expr(end).eq(text)
        }
        Place::Whole => column.eq(text),
    }
}

fn function(name: &'static str) -> FunctionCall {
    Func::cust(Alias::new(name))
}
