//! The time of day, as objects of the API write it.

use sim::Time;

/// The simulation's time as time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The second of Unix time at which the simulation begins.
    pub epoch: u64,
}

impl Clock {
    /// `2026-01-01T00:00:05Z`, as most timestamps are written.
    pub fn seconds(self, now: Time) -> String {
        format!("{}Z", self.text(now))
    }

    /// `2026-01-01T00:00:05.000250Z`, as leases and newer events are written.
    pub fn micros(self, now: Time) -> String {
        format!("{}.{:06}Z", self.text(now), now.0 % 1_000_000)
    }

    /// Seconds of Unix time.
    pub fn unix(self, now: Time) -> i64 {
        i64::try_from(self.epoch + now.0 / 1_000_000).unwrap_or(i64::MAX)
    }

    fn text(self, now: Time) -> String {
        date(self.unix(now))
    }
}

/// `2026-01-01T00:00:05`, without the zone.
fn date(unix: i64) -> String {
    let (days, second) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    // Days to a date of the Gregorian calendar, counted from a 1 March so that the leap day is the last of a year.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Seconds of Unix time of a timestamp as [`Clock`] writes them; `None` for anything else.
pub fn unix_seconds(timestamp: &str) -> Option<i64> {
    let number = |from: usize, to: usize| timestamp.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some((era * 146_097 + day_of_era - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unix: u64, expected: &str) {
        let written = Clock { epoch: unix }.seconds(Time(250));
        assert_eq!(written, expected);
        assert_eq!(unix_seconds(&written), i64::try_from(unix).ok());
    }

    #[test]
    fn times_are_written_and_read_back() {
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(1_767_225_605, "2026-01-01T00:00:05Z");
        check(4_107_542_399, "2100-02-28T23:59:59Z");
        assert_eq!(Clock { epoch: 5 }.micros(Time(250)), "1970-01-01T00:00:05.000250Z");
        assert_eq!(unix_seconds("soon"), None);
    }
}
