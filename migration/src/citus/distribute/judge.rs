//! What of a schema is not for a cluster.

use std::collections::BTreeMap;

use super::catalog::{Catalog, ForeignKey, Table};
use super::obstacle::Obstacle;
use crate::citus::layout::{self, Place};

/// Everything about these tables that stops them.
pub(super) fn judge(catalog: &Catalog, tables: &[&Table]) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let places: BTreeMap<_, _> = tables
        .iter()
        .map(|table| (table.name.as_str(), table.place()))
        .collect();
    if !places.contains_key(layout::FIRST) {
        found.push(Obstacle::Missing {
            table: layout::FIRST.to_owned(),
        });
    }
    for table in tables {
        let name = || table.name.clone();
        if let Some(lies) = table.lies.as_ref().filter(|_| !table.is_placed()) {
            found.push(Obstacle::Elsewhere {
                table: name(),
                how: lies.clone(),
            });
        }
        for (trigger, _) in table.triggers.iter().filter(|(_, ours)| !ours) {
            found.push(Obstacle::Trigger {
                table: name(),
                name: trigger.clone(),
            });
        }
        for policy in &table.policies {
            found.push(Obstacle::Policy {
                table: name(),
                name: policy.clone(),
            });
        }
        let column = match table.place() {
            Place::Everywhere => continue,
            Place::Together => layout::TENANT,
            Place::Apart(column) => column,
        };
        for (index, columns) in &table.unique {
            if !columns.contains(column) {
                found.push(Obstacle::Unique {
                    table: name(),
                    name: index.clone(),
                    column: column.to_owned(),
                });
            }
        }
    }
    for key in &catalog.keys {
        let ends = (places.get(key.table.as_str()), places.get(key.to.as_str()));
        if let Some(reason) = unfit(key, ends.0.copied(), ends.1.copied()) {
            found.push(Obstacle::ForeignKey {
                table: key.table.clone(),
                name: key.name.clone(),
                to: key.to.clone(),
                reason,
            });
        }
    }
    found
}

/// Why Citus would not hold a foreign key between tables of these places; `None`: it would, or has nothing to do with it.
fn unfit(key: &ForeignKey, from: Option<Place>, to: Option<Place>) -> Option<&'static str> {
    let Some(from) = from else {
        return to.map(|_| OUTSIDE);
    };
    match (from, to) {
        (_, None) => Some(OUTSIDE),
        (_, Some(Place::Everywhere)) => None,
        (Place::Together, Some(Place::Together)) if !key.of_application => {
            Some("is without the application, by which the rows lie")
        }
        (Place::Together, Some(Place::Together)) => key
            .clears
            .then_some("clears the application, by which the rows lie"),
        (_, Some(_)) => Some("is between rows that do not lie together"),
    }
}

const OUTSIDE: &str = "has one end that is not distributed";
