//! What a component writes about itself, in klog's form (`k8s.io/klog/v2`).

use crate::Clock;
use sim::Time;
use std::collections::VecDeque;

/// Lines that are kept.
const KEPT: usize = 200;

/// The end of a component's log. It is on the machine's disk: what a process has written outlives it.
#[derive(Clone, Debug)]
pub struct Log {
    clock: Clock,
    lines: VecDeque<String>,
    /// How many were ever written.
    count: u64,
}

impl Log {
    pub fn new(clock: Clock) -> Self {
        Self { clock, lines: VecDeque::new(), count: 0 }
    }

    /// What happened. `place` is where in the source the real one says it, as far as people search for that.
    pub fn info(&mut self, now: Time, place: &str, text: &str) {
        self.klog('I', now, place, text);
    }

    /// What is not as it should be.
    pub fn warn(&mut self, now: Time, place: &str, text: &str) {
        self.klog('W', now, place, text);
    }

    /// What went wrong.
    pub fn error(&mut self, now: Time, place: &str, text: &str) {
        self.klog('E', now, place, text);
    }

    /// What the process ends with.
    pub fn fatal(&mut self, now: Time, place: &str, text: &str) {
        self.klog('F', now, place, text);
    }

    fn klog(&mut self, level: char, now: Time, place: &str, text: &str) {
        // 2026-01-01T00:00:05.123456Z
        let stamp = self.clock.micros(now);
        let part = |from: usize, to: usize| stamp.get(from..to).unwrap_or_default();
        let line = format!("{level}{}{} {}       1 {place}] {text}", part(5, 7), part(8, 10), part(11, 26));
        self.raw(line);
    }

    /// A line without a header, as programs write before they know how to log.
    pub fn raw(&mut self, line: String) {
        self.lines.push_back(line);
        self.count += 1;
        if self.lines.len() > KEPT {
            self.lines.pop_front();
        }
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &String> {
        self.lines.iter()
    }

    /// How many were ever written.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Those that were written after the first `count`, as far as they are kept.
    pub fn since(&self, count: u64) -> Vec<String> {
        let new = usize::try_from(self.count.saturating_sub(count)).unwrap_or(usize::MAX).min(self.lines.len());
        self.lines.iter().skip(self.lines.len() - new).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_header_of_klog_and_the_oldest_go_first() {
        let mut log = Log::new(Clock { epoch: 1_767_225_600 });
        log.info(Time(5_000_042), "server.go:1", "began");
        assert_eq!(log.since(0), ["I0101 00:00:05.000042       1 server.go:1] began"]);
        (0..KEPT).for_each(|number| log.raw(number.to_string()));
        assert_eq!((log.lines().count(), log.count()), (KEPT, KEPT as u64 + 1));
        assert_eq!(log.lines().next().map(String::as_str), Some("0"));
        assert_eq!(log.since(log.count() - 1), [(KEPT - 1).to_string()]);
    }
}
