//! Times as kubectl shows them (`k8s.io/apimachinery/pkg/util/duration`).

/// Seconds since 1970 of an RFC 3339 time in UTC, with or without fractions; `None` when it is none.
pub fn parse(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // Days since 1970 in the proleptic Gregorian calendar, years beginning in March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// How long ago a time is; `<unknown>` when there is none.
pub fn since(time: Option<&str>, now: i64) -> String {
    time.and_then(parse).map_or("<unknown>".to_owned(), |then| human(now - then))
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
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(seconds) = parse(time) else { return time.to_owned() };
    let day = DAYS[seconds.div_euclid(86_400).rem_euclid(7) as usize];
    let part = |from: usize, to: usize| time.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    format!("{day}, {} {} {} {} +0000", part(8, 10), month.unwrap_or(&"Jan"), part(0, 4), part(11, 19))
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
    fn times_are_read_and_shown() {
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse("2026-01-01T00:00:05Z"), Some(1_767_225_605));
        assert_eq!(parse("2026-01-01T00:00:05.123456Z"), Some(1_767_225_605));
        assert_eq!(long("2026-01-01T00:00:05Z"), "Thu, 01 Jan 2026 00:00:05 +0000");
    }
}
