//! Cursors that no page gave out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::clients;
use proptest::prelude::*;
use service::scope::ByName;
use service::{Cursor, Error};
use uuid::Uuid;

use super::cursors::{ByAge, is_refused, page};
use crate::billing::invoices;
use crate::world::{World, in_a_world};

/// The cursor with the fingerprint of a real one, and these sort columns.
fn made_up(real: &Cursor, keys: &str) -> Result<Cursor, Error> {
    let mut bytes = URL_SAFE_NO_PAD.decode(real.to_string()).expect("base64");
    bytes.truncate(12);
    bytes.extend_from_slice(keys.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes).parse()
}

async fn a_cursor_that_was_tampered_with_gives_a_typed_error(world: World) {
    let real = page::<ByName>(&world, 1, None)
        .await
        .next
        .expect("more rows");
    let uuid = Uuid::nil();
    for keys in [
        "[]",
        "[{\"t\":\"x\"}]",
        "[{\"t\":\"a\\u0000b\"},{\"u\":\"00000000-0000-0000-0000-000000000000\"}]",
        "[{\"u\":\"00000000-0000-0000-0000-000000000000\"},{\"t\":\"x\"}]",
        "[{\"n\":1},{\"n\":2}]",
        "[{\"i\":9223372036854775807},{\"i\":1}]",
        "[{\"t\":\"x\"},{\"t\":\"y\"}]",
        "[{\"t\":\"x\"},{\"u\":\"00000000-0000-0000-0000-000000000000\"},{\"n\":1}]",
    ] {
        let cursor = made_up(&real, keys).expect("the form of one");
        let refused = world
            .a
            .tenant
            .find::<clients::Entity>()
            .page::<ByName>(1, Some(&cursor))
            .await;
        is_refused(&refused, keys);
    }
    let other = format!("[{{\"t\":\"' OR 1=1 --\"}},{{\"u\":\"{uuid}\"}}]");
    let cursor = made_up(&real, &other).expect("the form of one");
    let rows = world
        .a
        .tenant
        .find::<clients::Entity>()
        .page::<ByName>(200, Some(&cursor))
        .await;
    let rows = rows.expect("a place in the list is all that it is");
    assert!(
        rows.items
            .iter()
            .all(|row| row.application_id == world.a.id && row.deleted_at.is_none())
    );
}

async fn instants_in_a_cursor_that_no_database_can_hold_are_refused(world: World) {
    let real = world
        .a
        .tenant
        .find::<invoices::Entity>()
        .page::<ByAge>(1, None)
        .await;
    let real = real.expect("a page").next.expect("more rows");
    for micros in [
        i64::MIN,
        -300_000_000_000_000_000,
        9_000_000_000_000_000_000,
        300_000_000_000_000_000,
    ] {
        let keys = format!("[{{\"i\":{micros}}},{{\"u\":\"{}\"}}]", Uuid::nil());
        let cursor = made_up(&real, &keys).expect("the form of one");
        let refused = world
            .a
            .tenant
            .find::<invoices::Entity>()
            .page::<ByAge>(1, Some(&cursor))
            .await;
        is_refused(&refused, &keys);
    }
}

in_a_world!(
    a_cursor_that_was_tampered_with_gives_a_typed_error,
    instants_in_a_cursor_that_no_database_can_hold_are_refused,
);

proptest! {
    #[test]
    fn no_text_makes_parsing_a_cursor_panic(text in any::<String>()) {
        let _ = text.parse::<Cursor>();
    }

    #[test]
    fn bytes_of_any_kind_are_a_cursor_or_a_typed_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = URL_SAFE_NO_PAD.encode(&bytes);
        match text.parse::<Cursor>() {
            Ok(cursor) => prop_assert_eq!(cursor.to_string(), text),
            Err(error) => {
                let typed = matches!(error, Error::Invalid { field, .. } if field == "cursor");
                prop_assert!(typed);
            }
        }
    }

    #[test]
    fn a_cursor_that_is_too_long_is_refused(extra in 1_usize..100_000) {
        let text = "A".repeat(4096 + extra);
        prop_assert!(text.parse::<Cursor>().is_err());
    }
}
