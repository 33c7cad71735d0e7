//! How many requests a client allows itself (`client-go/util/flowcontrol`).

use sim::{Micros, Time};

/// A rate with a burst. client-go calls them QPS and burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second.
    pub per_second: u64,
    /// How many may go at once after a pause.
    pub burst: u64,
}

/// A token bucket, kept as the moment at which it would be full again.
#[derive(Clone, Debug)]
pub(super) struct Limiter {
    interval: u64,
    burst: u64,
    full_at: u64,
}

impl Limiter {
    pub(super) fn new(rate: Option<Rate>) -> Self {
        let (interval, burst) = rate.map_or((0, 1), |rate| (1_000_000 / rate.per_second.max(1), rate.burst.max(1)));
        Self { interval, burst, full_at: 0 }
    }

    /// Takes a token. Gives the moment from which it may be used.
    pub(super) fn take(&mut self, now: Time) -> Time {
        self.full_at = self.full_at.max(now.0) + self.interval;
        let free = now + Micros(0);
        Time(self.full_at.saturating_sub(self.burst * self.interval)).max(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_by_the_rate() {
        let mut limiter = Limiter::new(Some(Rate { per_second: 20, burst: 3 }));
        let at = Time(1_000_000);
        let waits: Vec<u64> = (0..5).map(|_| (limiter.take(at) - at).0).collect();
        assert_eq!(waits, [0, 0, 0, 50_000, 100_000]);
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut limiter = Limiter::new(None);
        assert!((0..100).all(|_| limiter.take(Time(7)) == Time(7)));
    }
}
