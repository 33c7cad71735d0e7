//! Integer time: microseconds, the same on every platform.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// A moment: microseconds since the world began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub u64);

/// A length of time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Micros(pub u64);

impl Time {
    /// The moment the world began.
    pub const ZERO: Time = Time(0);

    /// Microseconds since the world began.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// How long it is since `earlier`; zero if `earlier` lies ahead.
    pub const fn since(self, earlier: Time) -> Micros {
        Micros(self.0.saturating_sub(earlier.0))
    }

    /// This moment moved back by `length`, not before the beginning.
    pub const fn before(self, length: Micros) -> Time {
        Time(self.0.saturating_sub(length.0))
    }
}

impl Micros {
    /// No time at all.
    pub const ZERO: Micros = Micros(0);

    /// `n` milliseconds.
    pub const fn millis(n: u64) -> Micros {
        Micros(n.saturating_mul(1_000))
    }

    /// `n` seconds.
    pub const fn secs(n: u64) -> Micros {
        Micros(n.saturating_mul(1_000_000))
    }

    /// The length in microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds in this length, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// Whole seconds in this length, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// This length `n` times over.
    pub const fn times(self, n: u64) -> Micros {
        Micros(self.0.saturating_mul(n))
    }
}

impl Add<Micros> for Time {
    type Output = Time;
    fn add(self, length: Micros) -> Time {
        Time(self.0.saturating_add(length.0))
    }
}

impl AddAssign<Micros> for Time {
    fn add_assign(&mut self, length: Micros) {
        *self = *self + length;
    }
}

impl Sub for Time {
    type Output = Micros;
    fn sub(self, earlier: Time) -> Micros {
        self.since(earlier)
    }
}

impl Add for Micros {
    type Output = Micros;
    fn add(self, other: Micros) -> Micros {
        Micros(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Micros {
    fn add_assign(&mut self, other: Micros) {
        *self = *self + other;
    }
}

/// Seconds with six decimals, as a log line would show them.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// Milliseconds with three decimals.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}ms", self.0 / 1_000, self.0 % 1_000)
    }
}
