//! The time of day, and how objects write it.

use calendar::rfc3339;
use sim::Time;

/// The simulation's time as time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The second of Unix time at which the simulation begins.
    pub epoch: u64,
}

impl Clock {
    /// Seconds of Unix time.
    pub fn seconds(self, now: Time) -> i64 {
        i64::try_from(self.epoch + now.0 / 1_000_000).unwrap_or(i64::MAX)
    }

    /// `2026-01-01T00:00:05Z`, as most timestamps are written.
    pub fn stamp(self, now: Time) -> String {
        rfc3339::seconds(self.seconds(now))
    }

    /// `2026-01-01T00:00:05.000250Z`, as leases and newer events are written.
    pub fn micros(self, now: Time) -> String {
        rfc3339::micros(i64::try_from(self.epoch * 1_000_000 + now.0).unwrap_or(i64::MAX))
    }

    /// When a written time is, or was, in the simulation's time; times before its start are its start.
    pub fn time_of(self, stamp: &str) -> Option<Time> {
        let micros = u64::try_from(rfc3339::parse_micros(stamp)?).unwrap_or(0);
        Some(Time(micros.saturating_sub(self.epoch * 1_000_000)))
    }
}

#[cfg(test)]
mod tests {
    use crate::Clock;
    use sim::Time;

    #[test]
    fn a_moment_of_the_simulation_is_written_and_read_back() {
        let clock = Clock { epoch: 1_767_225_600 };
        assert_eq!(clock.stamp(Time(5_000_042)), "2026-01-01T00:00:05Z");
        assert_eq!(clock.micros(Time(5_000_042)), "2026-01-01T00:00:05.000042Z");
        assert_eq!(clock.time_of("2026-01-01T00:00:05.000042Z"), Some(Time(5_000_042)));
        assert_eq!(clock.time_of("2025-12-31T23:59:59Z"), Some(Time(0)));
        assert_eq!(clock.time_of("soon"), None);
    }
}
