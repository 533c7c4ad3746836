//! The rules bite: each names the table that breaks it. And they let pass what is made with the words of the schema.

use migration::schema::{Column, OnDelete, Table, isolate};
use migration::testing::{Backend, TestDb, not_on_citus};
use sea_orm_migration::SchemaManager;

use super::{Rule, Schema, all};

/// Tables that somebody could add tomorrow. `{uuid}`, `{text}` and `{instant}` are the types of either backend.
const BAD_TABLES: &[&str] = &[
    "CREATE TABLE invoice (id {uuid})",
    "CREATE TABLE \"Debts\" (\"dueOn\" {text})",
    "CREATE TABLE bills (application_id {uuid} NOT NULL, id {uuid} NOT NULL, PRIMARY KEY (id))",
    "CREATE UNIQUE INDEX bills_id_key ON bills (id)",
    "CREATE INDEX bills_id_idx ON bills (id)",
    "CREATE TABLE clocks (rung_at timestamp, struck_at {text}, silent_until {text})",
    "CREATE TABLE coins (id {uuid} CONSTRAINT coins_key PRIMARY KEY, a {text} CONSTRAINT coins_size_check CHECK (a <> ''))",
    "CREATE INDEX by_name ON coins (a)",
    "CREATE TABLE counters (id bigint PRIMARY KEY)",
    "CREATE TABLE drafts (application_id {uuid} NOT NULL, client_id {uuid}, \
     FOREIGN KEY (application_id, client_id) REFERENCES clients (application_id, id))",
    "CREATE TABLE ghosts (deleted_at {instant})",
    "CREATE UNIQUE INDEX ghosts_deleted_at_key ON ghosts (deleted_at)",
    "CREATE TABLE labels (a {text}, CONSTRAINT labels_a_key UNIQUE (a))",
    "CREATE TABLE leaks (application_id {uuid} NOT NULL, other_id {uuid}, role_id {uuid}, \
     CONSTRAINT leaks_role_fkey FOREIGN KEY (other_id, role_id) REFERENCES roles (application_id, id))",
    "CREATE TABLE letters (a {uuid} CONSTRAINT letters_a_fkey REFERENCES users (id), \
     b {uuid} CONSTRAINT letters_b_fkey REFERENCES users (id))",
    "CREATE INDEX letters_a_idx ON letters (a) WHERE b IS NULL",
    "CREATE INDEX letters_a_b_idx ON letters (a, b) WHERE b IS NOT NULL",
    "CREATE TABLE notes (body {text}, writer {text})",
    "CREATE INDEX notes_body_idx ON notes (body)",
    "CREATE INDEX notes_body_writer_idx ON notes (body, writer)",
    "CREATE TABLE offers (application_id {uuid} NOT NULL REFERENCES applications (id), id {uuid} NOT NULL, \
     client_id {uuid} NOT NULL, PRIMARY KEY (application_id, id), \
     FOREIGN KEY (application_id, client_id) REFERENCES clients (application_id, id))",
    "CREATE TABLE orders (application_id {uuid} NOT NULL, client_id {uuid}, CONSTRAINT orders_client_fkey \
     FOREIGN KEY (application_id, client_id) REFERENCES clients (application_id, id) ON DELETE SET NULL)",
    "CREATE TABLE parcels (application_id {uuid} NOT NULL REFERENCES applications (id), id {uuid} NOT NULL, \
     PRIMARY KEY (application_id, id))",
    "CREATE TABLE parcel_items (application_id {uuid} NOT NULL, parcel_id {uuid} NOT NULL, \
     FOREIGN KEY (application_id, parcel_id) REFERENCES parcels (application_id, id))",
    "CREATE TABLE stamps (updated_at {instant})",
    "CREATE TABLE sums (a {text}, b {text} GENERATED ALWAYS AS (a || 'x') STORED)",
    "CREATE TABLE triplets (a {text} CONSTRAINT one_check CHECK (a <> ''))",
    "CREATE TABLE twins (a {text} CONSTRAINT one_check CHECK (a <> ''))",
    "CREATE TABLE widgets (short varchar(10), flag boolean, made timestamp)",
    "CREATE TABLE wraiths (deleted_at {instant}, deletion_id {uuid})",
];

const BAD_IN_SQLITE: &[&str] = &[
    "CREATE INDEX notes_with_a_name_that_is_longer_than_what_postgres_keeps_of_one_idx ON notes (writer)",
    "CREATE TABLE flags (a TEXT CHECK (a <> ''))",
];

const BAD_IN_POSTGRES: &[&str] = &[
    "CREATE TYPE mood AS ENUM ('good', 'bad')",
    "CREATE TABLE fences (application_id uuid NOT NULL); ALTER TABLE fences ENABLE ROW LEVEL SECURITY",
    // No WITH CHECK, no tenant, permissive.
    "CREATE POLICY floor ON fences AS RESTRICTIVE USING (application_id = nullif(current_setting('app.application_id', true), '')::uuid)",
    "CREATE POLICY owner ON fences USING (true)",
    "CREATE POLICY runtime_tenant ON fences USING (true) WITH CHECK (true)",
    "GRANT SELECT ON fences TO PUBLIC",
];

/// What each rule must name, on the backends where it holds.
const OFFENDERS: &[(&str, &[&str])] = &[
    (
        "names_of_tables_are_plural_and_of_columns_snake_case",
        &["invoice", "Debts", "Debts.dueOn"],
    ),
    (
        "names_of_constraints_follow_one_rule",
        &["coins.coins_key", "coins.coins_size_check", "coins.by_name"],
    ),
    ("names_are_unique_beyond_their_table", &["twins.one_check"]),
    (
        "keys_are_uuids_with_a_random_default",
        &["counters.id", "bills.id", "notes"],
    ),
    (
        "types_are_those_that_both_backends_and_the_generator_know",
        &["widgets.short", "widgets.flag", "widgets.made"],
    ),
    ("columns_are_stored_as_written", &["sums.b"]),
    (
        "instants_know_their_time_zone",
        &["clocks.rung_at", "clocks.struck_at", "clocks.silent_until"],
    ),
    ("texts_bytes_and_json_are_checked", &["notes.body"]),
    (
        "rows_know_when_they_were_made_and_changed",
        &["notes.created_at", "notes.updated_at", "stamps.updated_at"],
    ),
    ("updated_at_is_moved_by_a_trigger", &["stamps"]),
    ("deletion_is_a_pair_of_columns", &["ghosts", "wraiths"]),
    ("the_application_leads_every_key", &["bills"]),
    (
        "references_inside_an_application_carry_it",
        &["leaks.leaks_role_fkey"],
    ),
    (
        "tenant_owned_rows_have_an_application",
        &["bills", "orders"],
    ),
    (
        "an_optional_parent_does_not_stand_for_the_application",
        &["drafts", "orders"],
    ),
    (
        "no_part_of_a_composite_key_is_set_to_null",
        &["orders.orders_client_fkey"],
    ),
    (
        "two_tables_have_one_reference_between_them",
        &["letters.letters_b_fkey"],
    ),
    (
        "no_table_looks_like_a_junction_to_the_generator",
        &["offers", "parcels"],
    ),
    ("uniqueness_is_an_index", &["labels.labels_a_key"]),
    (
        "a_deleted_row_holds_no_name_back",
        &["ghosts.ghosts_deleted_at_key"],
    ),
    (
        "uniqueness_ends_at_the_application",
        &["bills.bills_id_key"],
    ),
    (
        "foreign_keys_are_indexed",
        &["letters.letters_a_fkey", "leaks.leaks_role_fkey"],
    ),
    (
        "no_index_repeats_another",
        &["bills.bills_id_idx", "notes.notes_body_idx"],
    ),
    ("tables_are_strict", &["notes"]),
    ("uuids_are_sixteen_bytes", &["bills.id", "orders.client_id"]),
    (
        "names_fit_into_postgres",
        &["notes.notes_with_a_name_that_is_longer_than_what_postgres_keeps_of_one_idx"],
    ),
    ("tables_and_columns_are_explained", &["notes", "notes.body"]),
    ("there_are_no_types_of_our_own", &["type mood"]),
    (
        "tables_are_held_to_row_level_security",
        &["bills", "fences"],
    ),
    (
        "tables_have_their_policies",
        &[
            "bills.floor",
            "bills.runtime_tenant",
            "fences.floor",
            "fences.owner",
            "fences.runtime_tenant",
            "fences.service",
            "notes.floor",
        ],
    ),
    (
        "tables_are_granted_to_the_roles",
        &["bills.SELECT for runtime", "notes.DELETE for service"],
    ),
    ("nothing_is_granted_to_everybody", &["fences"]),
];

async fn each_rule_names_the_table_that_breaks_it(db: TestDb) {
    let backend = db.backend();
    if backend == Backend::Postgres
        && not_on_citus(
            "it refuses tables such as these itself, which refer to others from the coordinator",
        )
    {
        return;
    }
    let more = match backend {
        Backend::Sqlite => BAD_IN_SQLITE,
        Backend::Postgres => BAD_IN_POSTGRES,
    };
    for sql in BAD_TABLES.iter().chain(more) {
        let sql = typed(sql, backend);
        db.execute(&sql)
            .await
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
    let schema = Schema::of(&db).await;
    for (test, rule) in all(backend) {
        let wrong = rule.verdict(&schema).expect_err(test);
        let (_, offenders) = OFFENDERS
            .iter()
            .find(|(name, _)| *name == test)
            .unwrap_or_else(|| {
                panic!("no bad table for the rule `{test}`: add one, so that it is seen to bite")
            });
        for offender in *offenders {
            let line = format!("`{offender}`: {}. {}.", rule.says, rule.cure);
            assert!(
                wrong.lines().any(|found| found == line),
                "{test}: no `{line}` in\n{wrong}"
            );
        }
    }
}

/// What must not be taken for broken, although it looks alike.
async fn rules_let_pass_what_only_looks_alike(db: TestDb) {
    let partial = "CREATE TABLE letters (a {uuid}, b {uuid}); CREATE INDEX letters_a_idx ON letters (a) WHERE b IS NULL; \
                   CREATE INDEX letters_a_b_idx ON letters (a, b); CREATE UNIQUE INDEX letters_a_key ON letters (a)";
    db.execute(&typed(partial, db.backend())).await.unwrap();
    let found = (super::indexes::NO_REPEAT.offenders)(&Schema::of(&db).await);
    // A part of the rows, and uniqueness, are more than a longer index of all rows gives.
    assert_eq!(found, Vec::<String>::new());
}

async fn a_table_made_with_the_words_keeps_every_rule(db: TestDb) {
    let connection = db.connect().await;
    let manager = SchemaManager::new(&connection);
    let invoices = Table::new("invoices", "What an application bills its clients")
        .tenant_owned()
        .column(Column::uuid("client_id", "The client who owes it"))
        .column(Column::text("number", "As printed on the invoice").length(1, 40))
        .column(Column::uuid("created_by", "The user who wrote it").null())
        .column(Column::bigint("cents", "What is owed"))
        .column(Column::json("lines", "What it is for").default_object())
        .column(Column::timestamp("paid_at", "When it was paid").null())
        .references(
            &["application_id", "client_id"],
            "clients",
            &["application_id", "id"],
            OnDelete::Cascade,
        )
        .references(&["created_by"], "users", &["id"], OnDelete::SetNull)
        .timestamps()
        .soft_delete()
        .live_unique(&["application_id", "number"])
        .index(&["application_id", "paid_at"]);
    invoices.create(&manager).await.unwrap();
    isolate(&manager, "invoices").await.unwrap();
    let schema = Schema::of(&db).await;
    assert!(schema.catalog.tables.contains_key("invoices"));
    for (test, rule) in all(db.backend()) {
        assert_eq!(rule.verdict(&schema), Ok(()), "{test}");
    }
}

async fn an_exception_that_keeps_to_the_rule_has_to_go(db: TestDb) {
    let stale = Rule {
        exceptions: &[("users", "it was once called user")],
        ..super::names::SNAKE_CASE
    };
    let wrong = stale.verdict(&Schema::of(&db).await).unwrap_err();
    assert!(
        wrong.contains("`users` is an exception (it was once called user)")
            && wrong.contains("take it from the list"),
        "{wrong}"
    );
}

migration::both_backends!(
    each_rule_names_the_table_that_breaks_it,
    rules_let_pass_what_only_looks_alike,
    a_table_made_with_the_words_keeps_every_rule,
    an_exception_that_keeps_to_the_rule_has_to_go
);

fn typed(sql: &str, backend: Backend) -> String {
    let (uuid, instant) = match backend {
        Backend::Sqlite => ("BLOB", "TEXT"),
        Backend::Postgres => ("uuid", "timestamptz"),
    };
    sql.replace("{uuid}", uuid)
        .replace("{instant}", instant)
        .replace(
            "{text}",
            if backend == Backend::Sqlite {
                "TEXT"
            } else {
                "text"
            },
        )
}
