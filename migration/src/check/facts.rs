//! A schema as facts: what each object is, one line for each thing that can differ.
use std::collections::BTreeMap;

use super::scratch::Names;

/// Objects by what they are and their names, such as `table users`.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) objects: BTreeMap<String, Object>,
}

#[derive(Debug, Default)]
pub(super) struct Object {
    /// Whose it is; empty where nobody owns anything.
    pub(super) owner: String,
    /// Each a line, but for bodies of functions and views.
    pub(super) facts: Vec<String>,
}

impl Facts {
    pub(super) fn add(&mut self, object: &str, owner: &str, fact: String) {
        let entry = self.objects.entry(object.to_owned()).or_default();
        owner.clone_into(&mut entry.owner);
        entry.facts.push(fact);
    }

    /// Says of what was expected whose it is, where that is none of those who are `believed`.
    pub(super) fn name_owners(&mut self, expected: &Self, believed: &[String]) {
        for (name, object) in &mut self.objects {
            if expected.objects.contains_key(name) && !believed.contains(&object.owner) {
                object.facts.push(format!("owner {}", object.owner));
            }
        }
    }

    /// Calls the scratch schemas as the live ones are called.
    pub(super) fn rename(&mut self, names: &Names) {
        let objects = std::mem::take(&mut self.objects);
        for (name, mut object) in objects {
            for fact in &mut object.facts {
                *fact = names.live(fact);
            }
            self.objects.insert(names.live(&name), object);
        }
    }

    /// Leaves out the tables that remember migrations, but not what runs when they are written into.
    pub(super) fn forget(&mut self, records: &[String]) {
        for record in records {
            let name = format!("table {record}");
            if let Some(mut object) = self.objects.remove(&name) {
                object
                    .facts
                    .retain(|fact| fact.starts_with("trigger ") || fact.starts_with("rule "));
                if !object.facts.is_empty() {
                    self.objects.insert(name, object);
                }
            }
        }
    }
}
