#![allow(warnings)]
use chrono::{DateTime, FixedOffset, Utc};
use migration::testing::{Backend, TestDb};
use sea_orm::{ConnectionTrait, Statement};
use service::NewUser;
use service::{ClientFilter, ClientOrder};
use service::{Config, Db};
use std::time::{Duration, Instant};
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

fn cpu() -> Duration {
    let s = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    // main thread only
    Duration::from_nanos(s.split(' ').next().unwrap().parse().unwrap())
}
#[derive(Debug)]
struct Key(Uuid);
impl tokio_postgres::types::ToSql for Key {
    fn to_sql(
        &self,
        _: &tokio_postgres::types::Type,
        out: &mut tokio_postgres::types::private::BytesMut,
    ) -> Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(tokio_postgres::types::IsNull::No)
    }
    fn accepts(kind: &tokio_postgres::types::Type) -> bool {
        *kind == tokio_postgres::types::Type::UUID
    }
    tokio_postgres::types::to_sql_checked!();
}
struct Id(Uuid);
impl<'a> tokio_postgres::types::FromSql<'a> for Id {
    fn from_sql(
        _: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Id(Uuid::from_slice(raw)?))
    }
    fn accepts(kind: &tokio_postgres::types::Type) -> bool {
        *kind == tokio_postgres::types::Type::UUID
    }
}
struct Ts(DateTime<Utc>);
impl<'a> tokio_postgres::types::FromSql<'a> for Ts {
    fn from_sql(
        _: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let us = i64::from_be_bytes(raw.try_into()?);
        Ok(Ts(DateTime::from_timestamp_micros(
            us + 946_684_800_000_000,
        )
        .unwrap()))
    }
    fn accepts(kind: &tokio_postgres::types::Type) -> bool {
        *kind == tokio_postgres::types::Type::TIMESTAMPTZ
    }
}
struct Js(serde_json::Value);
impl<'a> tokio_postgres::types::FromSql<'a> for Js {
    fn from_sql(
        _: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Js(serde_json::from_slice(&raw[1..])?))
    }
    fn accepts(kind: &tokio_postgres::types::Type) -> bool {
        *kind == tokio_postgres::types::Type::JSONB
    }
}
fn client(r: &Row) -> entity::clients::Model {
    let t = |i: usize| r.get::<_, Ts>(i).0.fixed_offset();
    let ot = |i: usize| r.get::<_, Option<Ts>>(i).map(|t| t.0.fixed_offset());
    entity::clients::Model {
        application_id: r.get::<_, Id>(0).0,
        id: r.get::<_, Id>(1).0,
        name: r.get(2),
        email: r.get(3),
        phone: r.get(4),
        metadata: r.get::<_, Js>(5).0,
        created_by: r.get::<_, Option<Id>>(6).map(|i| i.0),
        created_at: t(7),
        updated_at: t(8),
        deleted_at: ot(9),
        deletion_id: r.get::<_, Option<Id>>(10).map(|i| i.0),
    }
}
fn main() {
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let n: u32 = std::env::var("N").ok().map_or(3000, |n| n.parse().unwrap());
    let only = std::env::var("ONLY").unwrap_or_default();
    rt.block_on(async {
        let test = TestDb::new(Backend::Postgres).await;
        let db = Db::connect(Config::new(test.url()).max_connections(2).audit(false)).await.unwrap();
        let user = db.users().create(NewUser::new("ada@x.test".parse().unwrap())).await.unwrap();
        let made = db.applications().create(user.id, service::NewApplication { name: "Apple".parse().unwrap(), slug: "a-b-c".parse().unwrap(), description: None, compute_id: None, public_id: None }).await.unwrap();
        let app = made.id;
        db.execute_raw(Statement::from_sql_and_values(db.backend(), "INSERT INTO clients (application_id, id, name, email, phone, metadata) SELECT $1, gen_random_uuid(), 'Client ' || i, 'client' || i || '@customer.example', CASE WHEN i % 3 = 0 THEN '+37255' || i END, '{\"plan\": \"basic\"}' FROM generate_series(1,500) i", [app.into()])).await.unwrap();
        let session = db.sessions().open(user.id, service::NewSession { application_id: Some(app), ..Default::default() }).await.unwrap();
        let token = session.token.reveal().to_owned();
        let tenant = db.tenant(user.id, app).await.unwrap();
        let first = tenant.clients().list(&ClientFilter::default(), ClientOrder::Id, 50, None).await.unwrap();
        let cursor = first.next.unwrap();
        let last = first.items.last().unwrap().id;
        let email = "ada@x.test".parse().unwrap();
        let (c, conn) = tokio_postgres::connect(test.url(), NoTls).await.unwrap();
        tokio::spawn(conn);
        let sa = c.prepare("SELECT id, email, username, name, given_name, family_name, picture, email_verified_at, created_at, updated_at, deleted_at, deletion_id FROM users WHERE email = $1 AND deleted_at IS NULL LIMIT 1").await.unwrap();
        let sc = c.prepare("SELECT application_id, id, name, email, phone, metadata, created_by, created_at, updated_at, deleted_at, deletion_id FROM clients WHERE application_id = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT 51").await.unwrap();
        macro_rules! time { ($name:literal, $e:expr) => { if only.is_empty() || only == $name {
            for _ in 0..200 { $e; }
            let mut best = f64::MAX;
            for _ in 0..5 {
            let (t, w) = (cpu(), Instant::now());
            for _ in 0..n { $e; }
            let d = cpu() - t;
            best = best.min(d.as_secs_f64() * 1e6 / f64::from(n));
            }
            println!("{:<14} cpu {:6.1} us", $name, best);
        } } }
        time!("a.ours", db.users().find_by_email(&email).await.unwrap().unwrap());
        time!("a.tokio", { let r = c.query_opt(&sa, &[&"ada@x.test"]).await.unwrap().unwrap();
            let ot = |i: usize| r.get::<_, Option<Ts>>(i).map(|t| t.0.fixed_offset());
            std::hint::black_box((r.get::<_, Id>(0), r.get::<_, String>(1), r.get::<_, Option<String>>(2), r.get::<_, Option<String>>(3), r.get::<_, Option<String>>(4), r.get::<_, Option<String>>(5), r.get::<_, Option<String>>(6), ot(7), ot(8), ot(9), ot(10), r.get::<_, Option<Id>>(11))); });
        time!("b.ours", db.tenant(user.id, app).await.unwrap());
        time!("c.ours", assert_eq!(tenant.clients().list(&ClientFilter::default(), ClientOrder::Id, 50, Some(&cursor)).await.unwrap().items.len(), 50));
        time!("c.tokio", assert_eq!(c.query(&sc, &[&Key(app), &Key(last)]).await.unwrap().iter().map(client).collect::<Vec<_>>().len(), 51));
        time!("f.ours", db.sessions().resolve(&token).await.unwrap());
    });
}
