//! Looking for words in subjects and texts.

use entity::emails;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{Condition, DbBackend, Value};
use uuid::Uuid;

use super::filter::{Direction, EmailFilter};
use super::message::EmailHead;
use super::place;
use crate::error::Result;
use crate::scope::{Cursor, Find, InTenant, Newest, Page, Scope};
use crate::value::SearchText;

/// The text that is searched on `SQLite`: as much of it as `PostgreSQL` keeps the words of.
const TEXT: &str = "lower(substr(\"subject\" || ' ' || \"body\", 1, 32768))";

/// What is asked of the function of the migrations, which reads the words that no role may read, as it lists them.
const FOUND: &str =
    "\"emails\".\"id\" IN (SELECT search_emails($1, $2, $3, $4, $5, $6, $7, $8, $9))";

/// On Citus there are no words beside the emails, which a trigger would have to keep: those of the application are looked
/// through, on the node where they are.
const LOOKED_THROUGH: &str = "to_tsvector('simple', left(\"subject\" || ' ' || \"body\", 32768)) \
    @@ websearch_to_tsquery('simple', $1)";

pub(super) async fn page(
    scope: &InTenant,
    text: &SearchText,
    filter: &EmailFilter,
    limit: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<EmailHead>> {
    let find = Find::<emails::Entity, _>::new(scope.clone());
    if scope.db().backend() == DbBackend::Sqlite {
        let found = find.filter(filter.condition()?).filter(embedded(text));
        return found.page_as::<Newest, _>(limit, cursor, place).await;
    }
    if scope.db().is_on_citus() {
        let found = find
            .filter(filter.condition()?)
            .filter(looked_through(text));
        return found.page_as::<Newest, _>(limit, cursor, place).await;
    }
    let asked = Asked {
        application_id: scope.application_id,
        text,
        filter,
        ids: filter.ids()?,
    };
    let list = find.clone().filter(asked.found(None, 0));
    let narrowed = |last: Option<&[Value]>, rows| find.filter(asked.found(last, rows));
    list.page_of::<Newest, _>(limit, cursor, place, narrowed)
        .await
}

/// What `search_emails` is asked for.
struct Asked<'a> {
    application_id: Uuid,
    text: &'a SearchText,
    filter: &'a EmailFilter,
    ids: (Option<Uuid>, Option<Uuid>),
}

impl Asked<'_> {
    /// The `rows` newest that come after the `last` in the order of the list. What people write is given to the database as it
    /// is, whose parser takes anything.
    #[expect(
        clippy::disallowed_methods,
        reason = "there is no other way to say it; the text is constant, what comes from outside is bound"
    )]
    fn found(&self, last: Option<&[Value]>, rows: u64) -> Condition {
        let Self { filter, ids, .. } = self;
        let last = match last {
            Some([Value::Uuid(id)]) => *id,
            _ => None,
        };
        let before = [ids.1, last].into_iter().flatten().min();
        let direction = filter.direction.map(|direction| match direction {
            Direction::Sent => "sent",
            Direction::Received => "received",
        });
        let values: [Value; 9] = [
            self.application_id.into(),
            self.text.as_str().into(),
            filter.mailbox_id.into(),
            filter.user_id.into(),
            filter.thread_id.into(),
            direction.into(),
            ids.0.into(),
            before.into(),
            i64::try_from(rows).unwrap_or(i64::MAX).into(),
        ];
        Condition::all().add(Expr::cust_with_values(FOUND, values))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "there is no other way to say it; the text is constant, what comes from outside is bound"
)]
fn looked_through(search: &SearchText) -> Condition {
    Condition::all().add(Expr::cust_with_values(LOOKED_THROUGH, [search.as_str()]))
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
    fn both_databases_search_as_much_of_a_text() {
        let length = format!(", 1, {})", migration::schema::SEARCHED);
        assert!(super::TEXT.contains(&length));
        let length = format!(", {})", migration::schema::SEARCHED);
        assert!(super::LOOKED_THROUGH.contains(&length));
    }
}
