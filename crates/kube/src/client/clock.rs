//! Time of day, and how objects write it.

use sim::Time;

/// The wall clock: the moment the simulation began, and what has passed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since 1970 at the simulation's start.
    pub epoch: u64,
}

impl Clock {
    /// Seconds since 1970.
    pub fn seconds(self, now: Time) -> i64 {
        (self.epoch + now.0 / 1_000_000) as i64
    }

    /// `2026-01-01T00:00:05Z`
    pub fn stamp(self, now: Time) -> String {
        format!("{}Z", date_time(self.seconds(now)))
    }

    /// `2026-01-01T00:00:05.123456Z`, as leases have it.
    pub fn micros(self, now: Time) -> String {
        format!("{}.{:06}Z", date_time(self.seconds(now)), now.0 % 1_000_000)
    }

    /// When a written time is, or was, in the simulation's time; times before its start are its start.
    pub fn time_of(self, stamp: &str) -> Option<Time> {
        let seconds = seconds_of(stamp)?;
        let fraction = stamp.split_once('.').map_or(0, |(_, rest)| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).take(6).collect();
            format!("{digits:0<6}").parse().unwrap_or(0)
        });
        Some(Time((seconds - self.epoch as i64).max(0) as u64 * 1_000_000 + fraction))
    }
}

/// Days since 1970 of a date (the civil calendar, by Howard Hinnant's algorithm).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days - era * 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn date_time(seconds: i64) -> String {
    let ((year, month, day), rest) = (date(seconds.div_euclid(86_400)), seconds.rem_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// Seconds since 1970 of a written time, which is in UTC.
pub fn seconds_of(stamp: &str) -> Option<i64> {
    let part = |from: usize, to: usize| stamp.get(from..to)?.parse::<i64>().ok();
    let day = days(part(0, 4)?, part(5, 7)?, part(8, 10)?);
    Some(day * 86_400 + part(11, 13)? * 3_600 + part(14, 16)? * 60 + part(17, 19)?)
}

impl Clock {
    /// The parts of a time of day that a cron schedule names: minute, hour, day of month, month, day of week (0 is Sunday).
    pub fn calendar(seconds: i64) -> [i64; 5] {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (_, month, day) = date(days);
        [rest / 60 % 60, rest / 3_600, day, month, (days + 4).rem_euclid(7)]
    }

    /// `2026-01-01T00:00:05Z` of seconds since 1970.
    pub fn written(seconds: i64) -> String {
        format!("{}Z", date_time(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: i64, expected: &str) {
        assert_eq!(Clock::written(seconds), expected);
        assert_eq!(seconds_of(expected), Some(seconds), "{expected}");
    }

    #[test]
    fn a_written_time_reads_back() {
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(1_767_225_605, "2026-01-01T00:00:05Z");
        check(1_798_761_599, "2026-12-31T23:59:59Z");
    }

    #[test]
    fn leases_are_written_to_the_microsecond() {
        let clock = Clock { epoch: 1_767_225_600 };
        assert_eq!(clock.micros(Time(5_000_042)), "2026-01-01T00:00:05.000042Z");
        assert_eq!(clock.time_of("2026-01-01T00:00:05.000042Z"), Some(Time(5_000_042)));
    }
}
