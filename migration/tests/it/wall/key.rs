//! Signing, verifying, and replacing the key.

use super::{DENIED, Stage, ask, down_to, refused, value};
use crate::cli::Place;

/// HMAC-SHA256 of the text before it with 32 bytes 0x0b, computed elsewhere (Python's hmac).
const KNOWN: &str = "00000000-0000-0000-0000-000000000001.4000000000.4887267654c89e15ff261ebce29de8be5694385194dc3d82611753be4f82189e";
const KNOWN_TENANT: &str = "00000000-0000-0000-0000-000000000001";

/// Asks the verifier as its owner, whom alone the schema lets in.
async fn tenant(stage: &Stage, setting: &str) -> String {
    let setting = setting.replace('\'', "''");
    value(
        stage.url(),
        &format!("BEGIN; SET LOCAL app.tenant = '{setting}'; SELECT coalesce(aura_wall.signed()::text, 'none')"),
    )
    .await
}

impl Stage {
    fn url(&self) -> &str {
        self.world.url()
    }

    fn id(&self, application: &str) -> String {
        let id = self.world.sql(&format!("{{{application}.applications}}"));
        let digits = id.trim_start_matches('\'').replace("'::uuid", "");
        format!(
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        )
    }
}

#[tokio::test]
async fn the_code_is_hmac_sha256() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    assert_eq!(tenant(&stage, KNOWN).await, "none");
    let key = "decode(repeat('0b', 32), 'hex')";
    let known = format!(
        "UPDATE aura_wall.keys SET inner_block = aura_wall.block({key}, 54), outer_block = aura_wall.block({key}, 92)"
    );
    ask(stage.url(), &known).await.unwrap();
    assert_eq!(tenant(&stage, KNOWN).await, KNOWN_TENANT);
}

#[tokio::test]
async fn every_database_has_a_key_of_its_own() {
    migration::not_on_citus!("there is no wall");
    let (one, other) = (Stage::new().await, Stage::new().await);
    let blocks =
        "SELECT encode(inner_block, 'hex') || encode(outer_block, 'hex') FROM aura_wall.keys";
    let (key, same) = (
        value(one.url(), blocks).await,
        value(other.url(), blocks).await,
    );
    assert_eq!(key.len(), 256);
    // Copies of one migrated database share its key, as a restored dump does; a migrated one has its own.
    assert_eq!(key, same);
    ask(other.url(), "SELECT aura_wall.rotate_key(true)")
        .await
        .unwrap();
    assert_ne!(key, value(other.url(), blocks).await);
}

#[tokio::test]
async fn what_is_no_valid_signature_is_no_tenant() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let (a, b) = (stage.signed("a").await, stage.signed("b").await);
    assert_eq!(tenant(&stage, &a).await, stage.id("a"));
    let parts: Vec<_> = a.split('.').collect();
    let [id, expiry, code] = parts[..] else {
        panic!("{a}");
    };
    let other = b.split('.').next().unwrap();
    let later = expiry.parse::<u64>().unwrap() + 1;
    let last = if code.ends_with('0') { '1' } else { '0' };
    let bad = [
        String::new(),
        " ".to_owned(),
        id.to_owned(),
        format!("{id}."),
        format!("{id}..{code}"),
        format!("{id}.{expiry}"),
        format!("{id}.{expiry}."),
        format!("{other}.{expiry}.{code}"),
        format!("{id}.{later}.{code}"),
        format!("{id}.0{expiry}.{code}"),
        format!("{id}.-1.{code}"),
        format!("{id}.99999999999999999999.{code}"),
        format!("{id}.{expiry}.{}", &code[..63]),
        format!("{id}.{expiry}.{}{last}", &code[..63]),
        format!("{id}.{expiry}.{}", "0".repeat(64)),
        format!("{id}.{expiry}.{}", "g".repeat(64)),
        format!("{id}.{expiry}.{code}0"),
        format!("{id}.{expiry}.{code}\n"),
        format!("{}.{expiry}.{code}", id.replace('-', "")),
        format!("{{{id}}}.{expiry}.{code}"),
        format!("{id}.{expiry}.{}", code.to_uppercase()),
        format!(" {a}"),
        format!("{a} "),
        format!("{id}.{expiry}\u{ff0e}{code}"),
        format!("{id}.\u{0661}\u{0662}.{code}"),
        "ä'; DROP TABLE users; --".to_owned(),
        "a".repeat(1 << 20),
    ];
    for setting in bad {
        let short: String = setting.chars().take(200).collect();
        assert_eq!(tenant(&stage, &setting).await, "none", "{short:?}");
    }
    // Unset is not even empty.
    let unset = "SELECT coalesce(aura_wall.signed()::text, 'none')";
    assert_eq!(value(stage.url(), unset).await, "none");
}

#[tokio::test]
async fn a_signature_expires_and_lives_an_hour_at_most() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let sign = |expiry: &str| {
        stage.world.sql(&format!(
            "SELECT aura_wall.sign({{a.applications}}, {expiry})"
        ))
    };
    for past in [
        "floor(extract(epoch FROM now()))::bigint",
        "extract(epoch FROM now())::bigint - 1",
        "0",
        "-5",
        "-9223372036854775808",
    ] {
        let setting = value(&stage.service.url, &sign(past)).await;
        assert_eq!(tenant(&stage, &setting).await, "none", "{past}");
    }
    let setting = value(&stage.service.url, &sign("9223372036854775807")).await;
    assert_eq!(tenant(&stage, &setting).await, stage.id("a"));
    let left = format!(
        "SELECT split_part('{setting}', '.', 2)::bigint - extract(epoch FROM now())::bigint <= 3600"
    );
    assert_eq!(value(stage.url(), &left).await, "t");
}

/// One that began in time is not cut off from its rows on its way.
#[tokio::test]
async fn a_transaction_keeps_its_tenant() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let sign = stage
        .world
        .sql("SELECT aura_wall.sign({a.applications}, extract(epoch FROM now())::bigint + 2)");
    let setting = value(&stage.service.url, &sign).await;
    let count = format!(
        "BEGIN; SET LOCAL app.tenant = '{setting}'; SELECT pg_sleep(3); SELECT count(*) FROM clients"
    );
    assert_eq!(value(&stage.guest.url, &count).await, "1");
    let after = format!("BEGIN; SET LOCAL app.tenant = '{setting}'; SELECT count(*) FROM clients");
    assert_eq!(value(&stage.guest.url, &after).await, "0");
}

#[tokio::test]
async fn a_former_key_verifies_for_an_hour_and_not_at_all_when_told_so() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let first = stage.signed("a").await;
    Place::new()
        .on(stage.url(), "rotate-key")
        .succeeds()
        .says(&["there is a new key; the former one verifies for 1 hour more"]);
    let second = stage.signed("a").await;
    assert_ne!(first.rsplit('.').next(), second.rsplit('.').next());
    for setting in [&first, &second] {
        assert_eq!(tenant(&stage, setting).await, stage.id("a"));
    }
    // Twice within the hour: no signature that is alive is lost.
    Place::new().on(stage.url(), "rotate-key").succeeds();
    assert_eq!(tenant(&stage, &first).await, stage.id("a"));
    let hour = "UPDATE aura_wall.keys SET retires_at = retires_at - interval '1 hour' WHERE retires_at IS NOT NULL";
    ask(stage.url(), hour).await.unwrap();
    assert_eq!(tenant(&stage, &first).await, "none");
    let third = stage.signed("a").await;
    Place::new()
        .on(stage.url(), "rotate-key --at-once")
        .succeeds()
        .says(&["every signature with a former one is void"]);
    assert_eq!(tenant(&stage, &third).await, "none");
    assert_eq!(
        value(stage.url(), "SELECT count(*) FROM aura_wall.keys").await,
        "1"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_rotations_at_once_leave_one_key_that_signs() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let url = stage.url().to_owned();
        tasks.spawn(async move { ask(&url, "SELECT aura_wall.rotate_key(false)").await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    let count = "SELECT count(*) FILTER (WHERE retires_at IS NULL) || ' of ' || count(*) FROM aura_wall.keys";
    assert_eq!(value(stage.url(), count).await, "1 of 9");
    assert_eq!(
        tenant(&stage, &stage.signed("b").await).await,
        stage.id("b")
    );
}

#[tokio::test]
async fn only_the_owner_rotates_and_only_where_there_is_a_wall() {
    migration::not_on_citus!("there is no wall");
    let stage = Stage::new().await;
    for login in [&stage.service, &stage.guest, &stage.runtime, &stage.reader] {
        refused(
            &ask(&login.url, "SELECT aura_wall.rotate_key(true)").await,
            DENIED,
            &login.name,
        );
    }
    let place = Place::new();
    place
        .run("rotate-key")
        .fails(&["there is no wall to replace the key of"]);
    assert!(!place.path("aura.db").exists());
    Place::new()
        .on(stage.url(), &down_to("raise_wall"))
        .succeeds();
    Place::new()
        .on(stage.url(), "rotate-key")
        .fails(&["there is no wall to replace the key of"]);
}
