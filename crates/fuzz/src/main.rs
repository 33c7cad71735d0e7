//! The program behind `cargo xtask fuzz`: many inputs for each target, on all cores, until one is not withstood.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fuzz::{Finding, TARGETS, Target, hunt};

const USAGE: &str = "usage: fuzz [--runs N] [--from SEED] [TARGET…]";
/// Seeds that a thread takes at a time.
const SHARE: u64 = 50;

struct Args {
    runs: u64,
    from: u64,
    names: Vec<String>,
}

fn args(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut args = Args { runs: 10_000, from: 1, names: Vec::new() };
    while let Some(word) = words.next() {
        let mut number =
            || words.next().and_then(|word| word.parse().ok()).ok_or(format!("{word} needs a number\n{USAGE}"));
        match word.as_str() {
            "--runs" => args.runs = number()?,
            "--from" => args.from = number()?,
            name if TARGETS.iter().any(|target| target.name == name) => args.names.push(word),
            _ => {
                let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
                return Err(format!("there is no target {word:?}; there are {}\n{USAGE}", names.join(", ")));
            }
        }
    }
    Ok(args)
}

fn main() -> ExitCode {
    let args = match args(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut held = true;
    for target in TARGETS.iter().filter(|target| args.names.is_empty() || args.names.iter().any(|n| n == target.name)) {
        match hunt_on_all_cores(target, args.from, args.runs) {
            None => println!("ok      {:<10} {} inputs", target.name, args.runs),
            Some(Finding { seed, input, what }) => {
                held = false;
                println!("FAILED  {:<10} {what}", target.name);
                println!("input: {:?}", String::from_utf8_lossy(&input));
                println!("again: cargo xtask fuzz --from {seed} --runs 1 {}", target.name);
            }
        }
    }
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every thread prepares the target for itself, since a world cannot move to another one.
fn hunt_on_all_cores(target: &Target, from: u64, runs: u64) -> Option<Finding> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, found) = (AtomicU64::new(0), AtomicBool::new(false));
    let seeds = || {
        // A thread that has taken some seeds plays them to the end, so the first finding does not hang on the threads.
        let shares = std::iter::from_fn(|| {
            let share = next.fetch_add(SHARE, Ordering::Relaxed);
            (share < runs && !found.load(Ordering::Relaxed)).then_some(share)
        });
        shares.flat_map(move |share| (share..(share + SHARE).min(runs)).map(move |index| from + index))
    };
    std::thread::scope(|scope| {
        let hunters = (0..cores).map(|_| {
            scope.spawn(|| {
                let finding = hunt(target, seeds());
                found.fetch_or(finding.is_some(), Ordering::Relaxed);
                finding
            })
        });
        let hunters: Vec<_> = hunters.collect();
        let findings = hunters.into_iter().filter_map(|hunter| hunter.join().ok().flatten());
        findings.min_by_key(|finding| finding.seed)
    })
}
