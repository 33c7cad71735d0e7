//! Pauses that double: 10 s, 20 s, up to 5 min; forgotten after ten quiet minutes (`client-go/util/flowcontrol/backoff.go`).

use sim::{Micros, Time};
use std::collections::BTreeMap;

const FIRST: Micros = Micros::secs(10);
const LONGEST: u64 = 300_000_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Backoff(BTreeMap<String, (Micros, Time)>);

impl Backoff {
    /// How long the pause is, if less than that has passed since a moment.
    pub(super) fn holds(&self, key: &str, since: Time, now: Time) -> Option<Micros> {
        let (pause, last) = self.0.get(key)?;
        (!is_forgotten(*last, now) && now.since(since) < *pause).then_some(*pause)
    }

    /// The same, since the pause was last lengthened.
    pub(super) fn holds_still(&self, key: &str, now: Time) -> Option<Micros> {
        let (_, last) = self.0.get(key)?;
        self.holds(key, *last, now)
    }

    /// The next pause is twice as long.
    pub(super) fn lengthen(&mut self, key: &str, now: Time) {
        let pause = match self.0.get(key) {
            Some((pause, last)) if !is_forgotten(*last, now) => Micros((pause.0 * 2).min(LONGEST)),
            _ => FIRST,
        };
        self.0.insert(key.to_owned(), (pause, now));
    }

    /// Forgets whatever begins like this.
    pub(super) fn forget(&mut self, prefix: &str) {
        self.0.retain(|key, _| !key.starts_with(prefix));
    }
}

fn is_forgotten(last: Time, now: Time) -> bool {
    now.since(last).0 > 2 * LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let mut backoff = Backoff::default();
        let mut pauses = Vec::new();
        for _ in 0..7 {
            backoff.lengthen("a", Time(0));
            pauses.extend(backoff.holds("a", Time(0), Time(1)).map(Micros::as_secs));
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(backoff.holds("a", Time(0), Time(300_000_000)), None);
        assert_eq!(backoff.holds("b", Time(0), Time(1)), None);
    }
}
