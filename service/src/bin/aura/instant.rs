//! Times, as people write them and as they are shown.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use service::Clock;

/// So long: `90d`, `12h`, `30m`, `45s`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "takes a number and a unit: 90d, 12h, 30m or 45s";
        let (number, unit) = text
            .split_at_checked(text.len().wrapping_sub(1))
            .ok_or(WRONG)?;
        let seconds = match unit {
            "d" => 86_400,
            "h" => 3_600,
            "m" => 60,
            "s" => 1,
            _ => return Err(WRONG),
        };
        let number: u32 = number.parse().map_err(|_| WRONG)?;
        Ok(Self(Duration::from_secs(u64::from(number) * seconds)))
    }
}

/// A moment: `2026-11-21T09:30:00Z`, `2026-11-21` (its beginning, in UTC), or so long ago (`7d`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    At(DateTime<Utc>),
    Ago(Duration),
}

impl Moment {
    /// `None`: before all time.
    pub(crate) fn instant(self, clock: &Clock) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at) => Some(at),
            Self::Ago(ago) => {
                let ago = chrono::TimeDelta::from_std(ago).ok()?;
                clock.now().checked_sub_signed(ago)
            }
        }
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::At(at.to_utc()));
        }
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Ok(Self::At(day.and_time(NaiveTime::MIN).and_utc()));
        }
        text.parse().map(|Span(ago)| Self::Ago(ago)).map_err(|_| {
            "takes an instant (2026-11-21T09:30:00Z), a day (2026-11-21), or how long ago (7d, 12h, 30m)"
        })
    }
}

/// To the second, in UTC.
pub(crate) fn shown(at: impl Into<DateTime<FixedOffset>>) -> String {
    at.into()
        .to_utc()
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!("90d".parse(), Ok(Span(Duration::from_hours(90 * 24))));
        assert_eq!("30m".parse(), Ok(Span(Duration::from_mins(30))));
        for wrong in ["", "d", "7", "7w", "-1d", "1.5h", "99999999999d", "é"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
        let day = "2026-11-21T00:00:00Z".parse::<Moment>();
        assert_eq!("2026-11-21".parse(), day);
        assert_eq!("7d".parse(), Ok(Moment::Ago(Duration::from_hours(7 * 24))));
        assert!("yesterday".parse::<Moment>().is_err());
    }
}
