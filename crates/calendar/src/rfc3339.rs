//! Moments as RFC 3339 writes them, with the zone `Z`.

use crate::{DAY, Moment, days};

/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// `2026-01-01T00:00:05Z` (Go: `time.RFC3339`)
pub fn seconds(seconds: i64) -> String {
    date_time(seconds) + "Z"
}

/// `2026-01-01T00:00:05.000250Z` of microseconds: always six digits, as Kubernetes writes its `MicroTime`.
pub fn micros(micros: i64) -> String {
    format!("{}.{:06}Z", date_time(micros.div_euclid(MICROS)), micros.rem_euclid(MICROS))
}

/// `2026-01-01T00:00:05.00025Z` of microseconds: as many digits as it takes, and no point where it takes none (Go:
/// `time.RFC3339Nano`).
pub fn shortest(micros: i64) -> String {
    let fraction = format!(".{:06}", micros.rem_euclid(MICROS));
    date_time(micros.div_euclid(MICROS)) + fraction.trim_end_matches('0').trim_end_matches('.') + "Z"
}

/// Without the zone.
fn date_time(seconds: i64) -> String {
    let moment = Moment::of(seconds);
    let Moment { year, month, day, .. } = moment;
    format!("{year:04}-{month:02}-{day:02}T{}", moment.time())
}

/// The second of a time in UTC, with or without a fraction; `None` where there is none.
pub fn parse(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok().map(i64::from);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    is_date.then(|| days(year, month, day) * DAY + hour * 3_600 + minute * 60 + second)
}

/// The same in microseconds.
pub fn parse_micros(text: &str) -> Option<i64> {
    let fraction: String = match text.split_once('.') {
        Some((_, rest)) => rest.chars().take_while(char::is_ascii_digit).take(6).collect(),
        None => String::new(),
    };
    Some(parse(text)? * MICROS + format!("{fraction:0<6}").parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::{micros, parse, parse_micros, seconds, shortest};

    fn check(moment: i64, expected: &str) {
        assert_eq!(seconds(moment), expected);
        assert_eq!(parse(expected), Some(moment), "{expected}");
    }

    #[test]
    fn a_written_time_reads_back() {
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(1_767_225_605, "2026-01-01T00:00:05Z");
        check(1_798_761_599, "2026-12-31T23:59:59Z");
        check(4_107_542_399, "2100-02-28T23:59:59Z");
    }

    #[test]
    fn fractions_are_whole_or_as_short_as_can_be() {
        assert_eq!(micros(1_795_309_496_537_450), "2026-11-22T01:04:56.537450Z");
        assert_eq!(shortest(1_795_309_496_537_450), "2026-11-22T01:04:56.53745Z");
        assert_eq!(shortest(1_795_309_496_000_000), "2026-11-22T01:04:56Z");
        assert_eq!(parse_micros("2026-11-22T01:04:56.53745Z"), Some(1_795_309_496_537_450));
        assert_eq!(parse_micros("2026-11-22T01:04:56Z"), Some(1_795_309_496_000_000));
        assert_eq!(parse("2026-11-22T01:04:56.53745Z"), Some(1_795_309_496));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in
            ["", "soon", "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01", "2026-01-01T-1:00:00Z", "é"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
