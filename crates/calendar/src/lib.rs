//! Moments as dates, all of them in UTC, and as RFC 3339 writes them. A moment is a number of seconds, or microseconds,
//! since the beginning of 1970; what time it is, nobody learns here.

#![forbid(unsafe_code)]

pub mod rfc3339;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// A moment, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub year: i64,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    /// From Sunday, which is 0.
    pub weekday: u8,
}

impl Moment {
    /// What the calendar says `seconds` after 1970 began. The calendar ends with the years -1467999 and 1471744; what lies
    /// beyond is taken for its end.
    pub fn of(seconds: i64) -> Self {
        let seconds = seconds.clamp(datealgo::RD_SECONDS_MIN, datealgo::RD_SECONDS_MAX);
        let (days, hour, minute, second) = datealgo::secs_to_dhms(seconds);
        let (year, month, day) = datealgo::rd_to_date(days);
        let weekday = datealgo::rd_to_weekday(days) % 7;
        Self { year: year.into(), month, day, hour, minute, second, weekday }
    }

    /// `Thu`
    pub fn weekday_name(self) -> &'static str {
        ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][usize::from(self.weekday % 7)]
    }

    /// `Jan`
    pub fn month_name(self) -> &'static str {
        month_name(self.month)
    }

    /// `00:00:05`
    pub fn time(self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

/// `Jan` of 1. A month that is none is taken for the nearest.
pub fn month_name(month: u8) -> &'static str {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES[usize::from(month.clamp(1, 12)) - 1]
}

/// Days from 1970 to a date. A month that is none is taken for the nearest; a day may lie outside of its month, and is
/// counted on from there, as the 31st of April is the first of May.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year.clamp(datealgo::YEAR_MIN.into(), datealgo::YEAR_MAX.into()) as i32;
    let first = datealgo::date_to_rd((year, month.clamp(1, 12) as u8, 1));
    i64::from(first).saturating_add(day).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::{DAY, Moment, days};

    #[test]
    fn dates_and_days_are_inverse() {
        for day in (-800_000..800_000).step_by(97) {
            let Moment { year, month, day: of_month, .. } = Moment::of(day * DAY);
            assert_eq!(days(year, month.into(), of_month.into()), day);
        }
    }

    #[test]
    fn a_moment_has_its_date_time_and_weekday() {
        let new_year = Moment { year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 5, weekday: 4 };
        assert_eq!(Moment::of(1_767_225_605), new_year);
        assert_eq!(
            Moment::of(-1),
            Moment { year: 1969, month: 12, day: 31, hour: 23, minute: 59, second: 59, weekday: 3 }
        );
    }

    #[test]
    fn nothing_is_too_far_away() {
        assert_eq!(Moment::of(i64::MAX).year, 1_471_744);
        assert_eq!(Moment::of(i64::MIN).year, -1_467_999);
        assert_eq!(days(2026, 4, 31), days(2026, 5, 1));
        assert!(days(i64::MAX, 99, i64::MAX) > days(2026, 1, 1));
    }
}
