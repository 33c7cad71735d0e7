//! Times as kubectl shows them (`k8s.io/apimachinery/pkg/util/duration`).

use calendar::{Moment, rfc3339};

/// How long ago a time is; `<unknown>` when there is none.
pub fn since(time: Option<&str>, now: i64) -> String {
    time.and_then(rfc3339::parse).map_or("<unknown>".to_owned(), |then| human(now - then))
}

/// `duration.HumanDuration` of seconds.
pub fn human(seconds: i64) -> String {
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    let seconds = seconds.max(0);
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    let two = |big: i64, unit: char, small: i64, small_unit: char| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{small_unit}"),
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 24 * 8 => two(hours / 24, 'd', hours % 24, 'h'),
        _ if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        _ if hours < 24 * 365 * 8 => two(hours / 24 / 365, 'y', (hours / 24) % 365, 'd'),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// `Thu, 01 Jan 2026 00:00:05 +0000`: how `describe` shows times (RFC 1123 with a numeric zone).
pub fn long(time: &str) -> String {
    let Some(seconds) = rfc3339::parse(time) else { return time.to_owned() };
    let moment = Moment::of(seconds);
    let (weekday, month, clock) = (moment.weekday_name(), moment.month_name(), moment.time());
    format!("{weekday}, {:02} {month} {} {clock} +0000", moment.day, moment.year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_two_units_at_most() {
        let cases = [(5, "5s"), (119, "119s"), (120, "2m"), (150, "2m30s"), (700, "11m"), (3 * 3_600 + 300, "3h5m")];
        for (seconds, expected) in cases {
            assert_eq!(human(seconds), expected);
        }
        assert_eq!(human(9 * 86_400), "9d");
        assert_eq!(human(3 * 86_400 + 3_600), "3d1h");
    }

    #[test]
    fn times_are_shown_with_their_weekday() {
        assert_eq!(long("2026-01-01T00:00:05Z"), "Thu, 01 Jan 2026 00:00:05 +0000");
    }
}
