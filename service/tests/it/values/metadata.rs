//! Metadata: an object, bounded in size and depth.

use proptest::prelude::*;
use serde_json::{Value, json};
use service::{Error, Metadata};

fn refused(value: Value) -> bool {
    match Metadata::try_from(value) {
        Ok(_) => false,
        Err(Error::Invalid { field, .. }) if field == "metadata" => true,
        Err(other) => panic!("{other:?}"),
    }
}

fn nested(levels: usize) -> Value {
    (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }))
}

#[test]
fn metadata_is_an_object_of_bounded_size_and_depth() {
    for value in [json!(null), json!([]), json!("a"), json!(1), json!(true)] {
        assert!(refused(value));
    }
    for value in [
        json!({ "a": "b\0c" }),
        json!({ "a\0": 1 }),
        json!({ "a": [{ "b": ["\0"] }] }),
        json!({ "a": { "\0": 1 } }),
    ] {
        assert!(refused(value));
    }
    assert!(!refused(nested(32)));
    assert!(refused(nested(33)));
    // `{"a":""}` is 8 bytes.
    assert!(!refused(json!({ "a": "x".repeat(16 * 1024 - 8) })));
    assert!(refused(json!({ "a": "x".repeat(16 * 1024 - 7) })));
    assert!(refused(json!({ "a": "x".repeat(1 << 20) })));
}

#[test]
fn metadata_is_read_from_json() {
    let read: Metadata = r#" { "a" : [1, "ä"] } "#.parse().expect("valid");
    assert_eq!(Value::from(read.clone()), json!({ "a": [1, "ä"] }));
    assert_eq!(
        serde_json::to_string(&read).expect("JSON"),
        r#"{"a":[1,"ä"]}"#
    );
    assert_eq!(read.as_object().len(), 1);
    for bad in ["", "{", "[]", r#"{"a":"\u0000"}"#, &"[".repeat(100_000)] {
        assert!(bad.parse::<Metadata>().is_err());
        assert!(serde_json::from_str::<Metadata>(bad).is_err());
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        if let Ok(metadata) = text.parse::<Metadata>() {
            let again = Metadata::try_from(Value::from(metadata.clone()));
            prop_assert_eq!(again.expect("valid still"), metadata);
        }
    }
}
