//! Looking for words in subjects and texts.

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{Condition, DbBackend};

use crate::scope::{InTenant, Scope};
use crate::value::SearchText;

/// What `emails_search_idx` is an index of, word for word: a test holds it against the migration.
const DOCUMENT: &str = "(replace(' ' || to_tsvector('simple', \
    regexp_replace(left(\"subject\" || ' ' || \"body\", 32768), '(\\S{200})', '\\1 ', 'g'))::text, ' ''', \
    ' ''' || right(\"application_id\"::text, 12))::tsvector)";

/// What is looked for in it: the words of `$1`, each behind `$2`. As text a query is `'word' & !'word'`, a quote inside a
/// word doubled.
const QUERY: &str = "(regexp_replace(websearch_to_tsquery('simple', $1)::text, '''((?:[^'']|'''')*)''', \
    '''' || $2 || '\\1''', 'g')::tsquery)";

/// The same text on `SQLite`.
const TEXT: &str = "lower(substr(\"subject\" || ' ' || \"body\", 1, 32768))";

pub(super) fn condition(scope: &InTenant, search: &SearchText) -> Condition {
    match scope.db().backend() {
        DbBackend::Sqlite => embedded(search),
        _ => indexed(scope, search),
    }
}

/// The index has the words of each application apart, so that those of others cost nothing. What people write is given to
/// the database as it is, whose parser takes anything; where it finds no word that must occur, there is nothing to find (and not
/// everything).
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to say it; the text is constant, what comes from outside is bound"
)]
fn indexed(scope: &InTenant, search: &SearchText) -> Condition {
    let id = scope.application_id.to_string();
    let (_, digits) = id.split_at(id.len() - 12);
    let document =
        Expr::cust_with_values(format!("{DOCUMENT} @@ {QUERY}"), [search.as_str(), digits]);
    let asks = Expr::cust_with_values(
        "querytree(websearch_to_tsquery('simple', $1)) NOT IN ('', 'T')",
        [search.as_str()],
    );
    Condition::all().add(document).add(asks)
}

/// By position and not by LIKE: nothing in a word has a meaning of its own.
#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to say it; the text is constant, what comes from outside is bound"
)]
fn embedded(search: &SearchText) -> Condition {
    let mut any = Condition::any();
    for terms in search.alternatives() {
        let mut all = Condition::all();
        for term in terms {
            let position = Expr::cust_with_exprs(
                format!("instr({TEXT}, ?)"),
                [Func::lower(Expr::val(term.text)).into()],
            );
            all = all.add(if term.not {
                position.eq(0)
            } else {
                position.gt(0)
            });
        }
        any = any.add(all);
    }
    Condition::all().add(any)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_searched_is_what_is_indexed() {
        let index = migration::schema::SearchIndex::new("emails", &["subject", "body"]);
        assert_eq!(super::DOCUMENT, index.document());
        let length = format!(", 1, {})", migration::schema::SEARCHED);
        assert!(super::TEXT.contains(&length));
    }
}
