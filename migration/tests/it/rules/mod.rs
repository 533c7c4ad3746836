//! The rules of the schema, each a test that reads the catalog of a migrated database: a table that is added without them
//! fails here, with a message that says which rule, where, and how to cure it.

mod bite;
mod columns;
mod indexes;
mod isolation;
mod locks;
mod names;
mod tenancy;

use std::fmt::Write as _;

use migration::testing::{Backend, TestDb, not_on_citus, on_citus};

use crate::catalog::{Catalog, Table};

/// What is to hold for every table.
struct Rule {
    /// As a sentence.
    says: &'static str,
    /// What to do about an offender.
    cure: &'static str,
    /// Offenders that may be, each with the reason. One that offends no more has to go from the list.
    exceptions: &'static [(&'static str, &'static str)],
    /// Where the rule is broken: `table`, or `table.what`.
    offenders: fn(&Schema) -> Vec<String>,
}

/// What the rules look at.
struct Schema {
    backend: Backend,
    catalog: Catalog,
}

impl Schema {
    async fn of(db: &TestDb) -> Self {
        Self {
            backend: db.backend(),
            catalog: Catalog::of(db).await,
        }
    }

    /// The tables that are as `broken` says, by name.
    fn tables(&self, broken: impl Fn(&str, &Table) -> bool) -> Vec<String> {
        self.each(|name, table| {
            broken(name, table)
                .then(|| name.to_owned())
                .into_iter()
                .collect()
        })
    }

    /// What `parts` names in each table, as `table.part`.
    fn parts(&self, parts: impl Fn(&str, &Table) -> Vec<String>) -> Vec<String> {
        self.each(|name, table| {
            parts(name, table)
                .iter()
                .map(|part| format!("{name}.{part}"))
                .collect()
        })
    }

    fn each(&self, offenders: impl Fn(&str, &Table) -> Vec<String>) -> Vec<String> {
        let tables = self.catalog.tables.iter();
        tables
            .flat_map(|(name, table)| offenders(name, table))
            .collect()
    }
}

impl Rule {
    /// Everything that is wrong, one line each.
    fn verdict(&self, schema: &Schema) -> Result<(), String> {
        let offenders = (self.offenders)(schema);
        let mut wrong = String::new();
        for offender in &offenders {
            if !self.exceptions.iter().any(|(known, _)| known == offender) {
                writeln!(wrong, "`{offender}`: {}. {}.", self.says, self.cure).unwrap();
            }
        }
        for (known, reason) in self.exceptions {
            if !offenders.iter().any(|offender| offender == known) {
                writeln!(
                    wrong,
                    "`{known}` is an exception ({reason}) to \"{}\", but keeps to it: take it from the list.",
                    self.says
                )
                .unwrap();
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    async fn hold(&self, db: TestDb) {
        if let Err(wrong) = self.verdict(&Schema::of(&db).await) {
            panic!("on {}:\n{wrong}", db.backend());
        }
    }
}

/// Makes a test of each rule on the backends that it is for, and lists them.
macro_rules! rules {
    (
        both { $($both:ident: $both_rule:path,)+ }
        sqlite { $($sqlite:ident: $sqlite_rule:path,)+ }
        postgres { $($postgres:ident: $postgres_rule:path,)+ }
    ) => {
        /// The rules that hold on a backend, by the names of their tests.
        fn all(backend: Backend) -> Vec<(&'static str, &'static Rule)> {
            let mut all: Vec<(&str, &Rule)> = vec![$((stringify!($both), &$both_rule)),+];
            if on_citus() && backend == Backend::Postgres {
                all.retain(|(test, _)| *test != "updated_at_is_moved_by_a_trigger");
            }
            match backend {
                Backend::Sqlite => all.extend([$((stringify!($sqlite), &$sqlite_rule)),+]),
                Backend::Postgres => all.extend([$((stringify!($postgres), &$postgres_rule)),+]),
            }
            all
        }

        $(async fn $both(db: TestDb) {
            if !all(db.backend()).iter().any(|(test, _)| *test == stringify!($both)) {
                assert!(not_on_citus("the service's clock alone moves updated_at, no trigger does"));
                return;
            }
            $both_rule.hold(db).await;
        })+

        migration::both_backends!($($both),+);

        $(async fn $sqlite() {
            $sqlite_rule.hold(TestDb::new(Backend::Sqlite).await).await;
        }

        mod $sqlite {
            #[tokio::test]
            async fn sqlite() {
                super::$sqlite().await;
            }
        })+

        $(async fn $postgres() {
            $postgres_rule.hold(TestDb::new(Backend::Postgres).await).await;
        }

        mod $postgres {
            #[tokio::test]
            async fn postgres() {
                super::$postgres().await;
            }
        })+
    };
}

rules! {
    both {
        names_of_tables_are_plural_and_of_columns_snake_case: names::SNAKE_CASE,
        names_of_constraints_follow_one_rule: names::CONSTRAINTS,
        names_are_unique_beyond_their_table: names::NO_TWICE,
        keys_are_uuids_with_a_random_default: columns::UUID_KEYS,
        types_are_those_that_both_backends_and_the_generator_know: columns::TYPES,
        columns_are_stored_as_written: columns::PLAIN,
        instants_know_their_time_zone: columns::INSTANTS,
        texts_bytes_and_json_are_checked: columns::CHECKED,
        rows_know_when_they_were_made_and_changed: columns::TIMESTAMPS,
        updated_at_is_moved_by_a_trigger: columns::TOUCHED,
        deletion_is_a_pair_of_columns: columns::SOFT_DELETE,
        the_application_leads_every_key: tenancy::KEY,
        references_inside_an_application_carry_it: tenancy::REFERENCES,
        tenant_owned_rows_have_an_application: tenancy::ROOTED,
        an_optional_parent_does_not_stand_for_the_application: tenancy::OPTIONAL_PARENT,
        no_part_of_a_composite_key_is_set_to_null: tenancy::SET_NULL,
        two_tables_have_one_reference_between_them: tenancy::ONE_REFERENCE,
        no_table_looks_like_a_junction_to_the_generator: tenancy::JUNCTION,
        uniqueness_is_an_index: indexes::UNIQUE_BY_INDEX,
        a_deleted_row_holds_no_name_back: indexes::LIVE_UNIQUE,
        uniqueness_ends_at_the_application: indexes::TENANT_UNIQUE,
        foreign_keys_are_indexed: indexes::FOREIGN_KEYS,
        no_index_repeats_another: indexes::NO_REPEAT,
    }
    sqlite {
        tables_are_strict: columns::STRICT,
        uuids_are_sixteen_bytes: columns::SIXTEEN_BYTES,
        names_fit_into_postgres: names::LENGTH,
    }
    postgres {
        tables_and_columns_are_explained: columns::COMMENTS,
        there_are_no_types_of_our_own: columns::OWN_TYPES,
        tables_are_held_to_row_level_security: isolation::FORCED,
        tables_have_their_policies: isolation::POLICIES,
        tables_are_granted_to_the_roles: isolation::GRANTS,
        nothing_is_granted_to_everybody: isolation::NOT_PUBLIC,
    }
}
