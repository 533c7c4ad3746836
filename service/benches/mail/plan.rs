//! What a statement reads its tables by.

use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value as Json;
use service::{Db, Result};

/// The nodes of the plan that read a table or an index, with what they read.
pub(crate) async fn nodes(db: &Db, statement: &Statement) -> Result<Vec<String>> {
    let explain = Statement::from_string(
        db.backend(),
        format!("EXPLAIN (ANALYZE, FORMAT JSON) {statement}"),
    );
    // An INSERT or DELETE is explained and not kept.
    let mut nodes = Vec::new();
    if let Some(row) = db.query_one_raw(explain).await? {
        let plan: Json = row.try_get_by_index(0)?;
        walk(&plan[0]["Plan"], &mut nodes);
    }
    Ok(nodes)
}

fn walk(node: &Json, nodes: &mut Vec<String>) {
    let text = |key: &str| node.get(key).and_then(Json::as_str).unwrap_or_default();
    let of = text("Node Type");
    if of.ends_with("Scan") && !text("Alias").contains("chosen") {
        let what = [text("Index Name"), text("Relation Name")];
        let what = what.iter().find(|what| !what.is_empty()).unwrap_or(&"");
        let node = format!("{of} {what}");
        if !nodes.contains(&node) {
            nodes.push(node);
        }
    }
    for child in node
        .get("Plans")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        walk(child, nodes);
    }
}
