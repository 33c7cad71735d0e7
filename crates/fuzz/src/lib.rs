//! Fuzzing: inputs made from real ones by cutting, doubling, mixing and damaging them, for everything that reads what
//! comes from outside. A target says what has to hold; a panic never does.
//!
//! Everything is decided by the seed, so what is found replays. Coverage does not lead the way, as it would with
//! libFuzzer, which needs a nightly compiler; real inputs to begin with make up for much of it.

#![forbid(unsafe_code)]

mod mutate;
mod samples;
mod targets;

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

pub use targets::{TARGETS, Target};

/// An input that a target does not withstand.
#[derive(Clone, Debug)]
pub struct Finding {
    /// With which it comes again.
    pub seed: u64,
    pub input: Vec<u8>,
    /// What did not hold, or the panic's words and place.
    pub what: String,
}

/// Plays the seeds one after the other against a target, until one is not withstood.
pub fn hunt(target: &Target, seeds: impl IntoIterator<Item = u64>) -> Option<Finding> {
    let samples = (target.samples)();
    let mut withstands = (target.prepare)();
    quiet_panics();
    seeds.into_iter().find_map(|seed| {
        let input = mutate::input(seed, &samples);
        LISTENING.set(true);
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| withstands(&input)));
        LISTENING.set(false);
        let what = match outcome {
            Ok(Ok(())) => return None,
            Ok(Err(words)) => words,
            Err(_) => HEARD.take(),
        };
        Some(Finding { seed, input, what })
    })
}

thread_local! {
    /// Whether a panic of this thread is a finding, which is told of with its input instead of at once.
    static LISTENING: Cell<bool> = const { Cell::new(false) };
    static HEARD: Cell<String> = const { Cell::new(String::new()) };
}

fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| match LISTENING.get() {
            true => HEARD.set(info.to_string()),
            false => usual(info),
        }));
    });
}
