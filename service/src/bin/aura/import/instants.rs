//! Instants, as systems export them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;

/// What is beyond this in seconds is meant in milliseconds: the year 5138.
const MOST_SECONDS: i64 = 100_000_000_000;

/// RFC 3339; as `PostgreSQL` prints it; without an offset, which is then UTC; a date; seconds or milliseconds since 1970;
/// `{"$date": …}`.
pub(super) fn read(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::String(text) => from_text(text.trim()),
        Value::Number(number) => from_number(number.as_i64()?),
        Value::Object(map) => read(map.get("$date")?),
        _ => None,
    }
}

fn from_number(number: i64) -> Option<DateTime<Utc>> {
    if number.abs() < MOST_SECONDS {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    }
}

fn from_text(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(number) = text.parse() {
        return from_number(number);
    }
    for with_offset in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"] {
        if let Ok(at) = DateTime::parse_from_str(text, with_offset) {
            return Some(at.to_utc());
        }
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    for plain in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, plain) {
            return Some(at.and_utc());
        }
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_write_an_instant_is_read() {
        let at = |text: &str| read(&serde_json::from_str(text).expect("JSON"));
        let noon = DateTime::from_timestamp(1_714_564_800, 0);
        for text in [
            r#""2024-05-01T12:00:00Z""#,
            r#""2024-05-01T14:00:00.000+02:00""#,
            r#""2024-05-01 12:00:00+00""#,
            r#""2024-05-01 12:00:00.000000+00:00""#,
            r#""2024-05-01 17:30:00.0+0530""#,
            r#""2024-05-01 12:00:00 UTC""#,
            r#""2024-05-01 12:00:00""#,
            r#""2024-05-01T12:00:00.000""#,
            "1714564800",
            "1714564800000",
            r#""1714564800000""#,
            r#"{"$date":"2024-05-01T12:00:00.000Z"}"#,
        ] {
            assert_eq!(at(text), noon, "{text}");
        }
        assert_eq!(
            at(r#""2024-05-01""#),
            DateTime::from_timestamp(1_714_521_600, 0)
        );
        let micros = at(r#""2024-05-01 12:00:00.123456+00""#).map(|at| at.timestamp_micros());
        assert_eq!(micros, Some(1_714_564_800_123_456));
        for text in [
            r#""yesterday""#,
            "true",
            "1.5",
            r#""""#,
            r#""2024-13-01""#,
            "9223372036854775807",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }
}
