//! The program behind `cargo xtask chaos --seeds N [--from SEED]`: many plans on all cores, until one breaks something.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chaos::plan::Plan;
use chaos::{Outcome, run};

const USAGE: &str = "usage: chaos [--seeds N] [--from SEED]";

fn main() -> ExitCode {
    let (mut seeds, mut from) = (20, 1);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().and_then(|value| value.parse::<u64>().ok());
        match (word.as_str(), value) {
            ("--seeds", Some(value)) => seeds = value,
            ("--from", Some(value)) => from = value,
            _ => {
                eprintln!("error: {word} is no option, or lacks its number\n{USAGE}");
                return ExitCode::FAILURE;
            }
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, stop, slowest) = (AtomicU64::new(from), AtomicBool::new(false), AtomicU64::new(0));
    let hunt = || {
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from.saturating_add(seeds) {
                break;
            }
            let outcome = run(&Plan::new(seed));
            slowest.fetch_max(outcome.rested_after, Ordering::Relaxed);
            if outcome.broken.is_some() {
                stop.store(true, Ordering::Relaxed);
                return Some((seed, outcome));
            }
        }
        None
    };
    let broken = std::thread::scope(|scope| {
        let hunters: Vec<_> = (0..cores).map(|_| scope.spawn(hunt)).collect();
        let broken = hunters.into_iter().filter_map(|hunter| hunter.join().ok().flatten());
        // Of several found at once, the first by number.
        broken.min_by_key(|(seed, _)| *seed)
    });
    match broken {
        None => {
            println!(
                "seeds {from} to {}: nothing broken, at rest after {} s at the latest",
                from.saturating_add(seeds).saturating_sub(1),
                slowest.into_inner()
            );
            ExitCode::SUCCESS
        }
        Some((seed, Outcome { broken, story, .. })) => {
            println!("seed {seed}: {}\n\n{}\n", broken.unwrap_or_default(), story.join("\n"));
            println!("again: cargo xtask chaos --seeds 1 --from {seed}");
            ExitCode::FAILURE
        }
    }
}
