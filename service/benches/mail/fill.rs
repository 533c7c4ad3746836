//! Many emails, quickly.

use migration::testing::TestDb;
use sea_orm::{ConnectionTrait, Database, Statement};
use service::{Db, NewApplication, NewUser, Result};
use uuid::Uuid;

/// Applications that share the emails: half are of the first, which is read, a quarter each of the others.
const APPLICATIONS: usize = 3;

/// In 25 emails of the first application, and in many of the others.
pub(crate) const RARE: &str = "zebra";
/// In those, and in all.
pub(crate) const RARE_AND_ALL: &str = "zebra regards";
/// In one email in a hundred.
pub(crate) const COMMON: &str = "invoice";
/// In all emails.
pub(crate) const ALL: &str = "regards";
/// In the oldest twentieth of all emails, and in no other.
pub(crate) const ONCE: &str = "once";
/// In all emails of the other applications.
pub(crate) const ELSEWHERE: &str = "elsewhere";

/// How many a page shows.
pub(crate) fn found(text: &str, page: u64) -> usize {
    match text {
        RARE | RARE_AND_ALL => 25,
        COMMON | ALL | ONCE => usize::try_from(page).unwrap_or(usize::MAX),
        _ => 0,
    }
}

/// What is there.
pub(crate) struct Filled {
    pub(crate) owner: Uuid,
    pub(crate) application_id: Uuid,
    /// Has a tenth of all emails.
    pub(crate) large: Uuid,
    /// Have 100 emails each.
    pub(crate) ordinary: Vec<Uuid>,
}

pub(crate) async fn fill(test: &TestDb, db: &Db, emails: u32) -> Result<Filled> {
    let owner = db
        .users()
        .create(NewUser::new("owner@example.com".parse()?))
        .await?;
    let mut applications = Vec::new();
    for number in 0..APPLICATIONS {
        let new = NewApplication {
            name: format!("Application {number}").parse()?,
            slug: format!("application-{number}").parse()?,
            description: None,
            public_id: None,
            compute_id: None,
        };
        applications.push(db.applications().create(owner.id, new).await?.id);
    }
    let admin = Database::connect(test.admin_url().expect("a server")).await?;
    admin
        .execute_unprepared(&script(&applications, emails))
        .await?;
    // By itself: it takes no transaction.
    admin.execute_unprepared("VACUUM ANALYZE").await?;
    let ids =
        "SELECT id FROM mailboxes WHERE application_id = $1 AND local_part <> 'large' LIMIT 20";
    let sql = Statement::from_sql_and_values(db.backend(), ids, [applications[0].into()]);
    let rows = admin.query_all_raw(sql).await?;
    let ordinary = rows.iter().map(|row| row.try_get("", "id"));
    let ordinary = ordinary.collect::<Result<Vec<_>, _>>()?;
    let sql = Statement::from_string(
        db.backend(),
        format!(
            "SELECT id FROM mailboxes WHERE application_id = '{}' AND local_part = 'large'",
            applications[0]
        ),
    );
    let large = admin.query_one_raw(sql).await?.expect("a mailbox");
    let large = large.try_get("", "id")?;
    admin.close().await?;
    Ok(Filled {
        owner: owner.id,
        application_id: applications[0],
        large,
        ordinary,
    })
}

/// Email n of 100 in a hundred lies in mailbox n / 100; of ten, one lies in the largest of its application. One in 20 is
/// deleted, a day ago.
fn script(applications: &[Uuid], emails: u32) -> String {
    let [first, second, third] = applications else {
        return String::new();
    };
    // An index of many rows is made faster at once than row by row.
    format!(
        "SET session_replication_role = replica;
         SET maintenance_work_mem = '256MB';
         CREATE FUNCTION pg_temp.id(kind text, n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n)::uuid $$;
         CREATE FUNCTION pg_temp.app(mailbox integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
           SELECT CASE mailbox % 4 WHEN 0 THEN '{second}'::uuid WHEN 1 THEN '{third}'::uuid ELSE '{first}'::uuid END $$;
         CREATE FUNCTION pg_temp.id_at(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
           SELECT (lpad(to_hex(1767225600000 + n::bigint * 1000), 12, '0') || '7000' || '8' || substr(md5('email' || n), 1, 15))::uuid $$;
         UPDATE pg_index SET indisready = false, indisvalid = false
           WHERE indrelid IN ('emails'::regclass, 'email_recipients'::regclass, 'mailboxes'::regclass);
         INSERT INTO domains (application_id, id, name, challenge, verified_at)
           SELECT pg_temp.app(n), pg_temp.id('domain', n), 'd' || n || '.test', 'aura-challenge-0123456789', now()
           FROM generate_series(0, 3) n;
         INSERT INTO mailboxes (application_id, id, domain_id, local_part, email)
           SELECT pg_temp.app(n), pg_temp.id('mailbox', n), pg_temp.id('domain', n % 4), 'm' || n, 'm' || n || '@d' || n % 4 || '.test'
           FROM generate_series(0, {emails} / 100) n;
         INSERT INTO mailboxes (application_id, id, domain_id, local_part, email)
           SELECT '{first}', pg_temp.id('large', 0), pg_temp.id('domain', 2), 'large', 'large@d2.test';
         INSERT INTO emails (application_id, id, mailbox_id, thread_id, from_address, subject, body, message_id,
             sent_at, received_at, created_at, deleted_at, deletion_id)
           SELECT pg_temp.app(m), pg_temp.id_at(n),
             CASE WHEN large THEN pg_temp.id('large', 0) ELSE pg_temp.id('mailbox', m) END,
             pg_temp.id_at(n), 'guest' || n % 1000 || '@example.org', 'Message ' || n,
             regexp_replace(md5(n::text) || md5((-n)::text), '(....)', 'w\\1 ', 'g') || 'with kind regards'
               || CASE WHEN n % 100 = 7 THEN ' invoice' ELSE '' END
               || CASE WHEN n < {emails} / 20 THEN ' once' ELSE '' END
               || CASE WHEN m % 4 < 2 THEN ' elsewhere zebra'
                  WHEN n % ({emails} / 25) = 210 THEN ' zebra' ELSE '' END,
             n || '@example.org',
             CASE WHEN n % 100 = 29 THEN at END, CASE WHEN n % 100 <> 29 THEN at END, at,
             CASE WHEN n % 20 = 3 THEN now() - interval '1 day' END,
             CASE WHEN n % 20 = 3 THEN pg_temp.id('deletion', n) END
           FROM generate_series(0, {emails} - 1) n,
             LATERAL (SELECT n / 100 AS m, to_timestamp(1767225600 + n) AS at) AS of_n,
             LATERAL (SELECT m % 4 = 2 AND n / 10 % 10 < 4 AS large) AS place;
         INSERT INTO email_recipients (application_id, email_id, kind, address)
           SELECT application_id, id, kind, kind || '@example.org' FROM emails, (VALUES ('to'), ('cc')) AS k (kind);
         REINDEX TABLE mailboxes; REINDEX TABLE emails; REINDEX TABLE email_recipients;
         UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = 'aura_search.email_documents'::regclass;
         INSERT INTO aura_search.email_documents
           SELECT application_id, id, aura_search.email_document(application_id, subject, body) FROM emails
           WHERE deleted_at IS NULL;
         REINDEX TABLE aura_search.email_documents;"
    )
}
