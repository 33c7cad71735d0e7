//! The program behind `cargo xtask storm`: many seeds, on all cores, until one breaks something.
#![forbid(unsafe_code)]
// It measures how fast it is; the storms themselves know no clock but the simulation's.
#![allow(clippy::disallowed_types)]

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use storm::plan::Plan;
use storm::run::{Options, run};
use storm::{shrink, story};

const USAGE: &str = "usage: storm --seeds N [--from SEED] [--jobs N] [--planted BUG]";

struct Args {
    seeds: u64,
    from: u64,
    jobs: usize,
    options: Options,
}

fn args(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut args = Args { seeds: 100, from: 1, jobs: cores, options: Options::default() };
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value\n{USAGE}"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{word} needs a number, not {value:?}\n{USAGE}"));
        match word.as_str() {
            "--seeds" => args.seeds = number()?,
            "--from" => args.from = number()?,
            "--jobs" => args.jobs = usize::try_from(number()?.clamp(1, 256)).unwrap_or(1),
            "--planted" => plant(&mut args.options, &value)?,
            _ => return Err(format!("there is no option {word:?}\n{USAGE}")),
        }
    }
    Ok(args)
}

#[cfg(feature = "planted-bugs")]
fn plant(options: &mut Options, name: &str) -> Result<(), String> {
    let known = storm::planted::BUGS.iter().find(|(known, _)| *known == name);
    let names: Vec<&str> = storm::planted::BUGS.iter().map(|(name, _)| *name).collect();
    let (_, bug) = known.ok_or_else(|| format!("there is no bug {name:?}; there are {}", names.join(", ")))?;
    // What clients see has to give it away.
    options.invariants = false;
    options.planted = Some(*bug);
    Ok(())
}

#[cfg(not(feature = "planted-bugs"))]
fn plant(_options: &mut Options, _name: &str) -> Result<(), String> {
    Err("bugs can be planted only where the feature planted-bugs is on".to_owned())
}

/// What all storms together were.
#[derive(Default)]
struct Sum {
    storms: u64,
    answered: u64,
    unknown: u64,
    revisions: u64,
    events: u64,
}

fn main() -> ExitCode {
    match args(std::env::args().skip(1)) {
        Ok(args) => storms(&args),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn storms(args: &Args) -> ExitCode {
    let begin = Instant::now();
    let next = AtomicU64::new(args.from);
    let end = args.from.saturating_add(args.seeds);
    let stop = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    let mut sum = Sum::default();
    let mut broken: Option<(u64, String)> = None;
    std::thread::scope(|scope| {
        for _ in 0..args.jobs {
            let sender = sender.clone();
            let (next, stop) = (&next, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        break;
                    }
                    let course = run(&Plan::new(seed), &args.options);
                    let violation = course.violation.as_ref().map(|violation| violation.kind().to_owned());
                    if sender.send((seed, course.counts(), course.revision, course.events, violation)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut shown = Instant::now();
        for (seed, (answered, unknown), revision, events, violation) in receiver {
            sum.storms += 1;
            sum.answered += answered as u64;
            sum.unknown += unknown as u64;
            sum.revisions += u64::from(revision);
            sum.events += events;
            if let Some(kind) = violation {
                stop.store(true, Ordering::Relaxed);
                // Of several found at once, the first by number: it is the same on every machine.
                if broken.as_ref().is_none_or(|(first, _)| seed < *first) {
                    broken = Some((seed, kind));
                }
            }
            progress(&sum, args, begin, &mut shown);
        }
    });
    let took = begin.elapsed();
    println!(
        "{} storms in {:.1} s, {:.1} a second on {} threads: {} calls answered, {} without an answer, {} revisions, {} \
         events",
        sum.storms,
        took.as_secs_f64(),
        sum.storms as f64 / took.as_secs_f64().max(0.001),
        args.jobs,
        sum.answered,
        sum.unknown,
        sum.revisions,
        sum.events
    );
    let Some((seed, kind)) = broken else {
        println!("no violation in seeds {} to {}", args.from, end.saturating_sub(1));
        return ExitCode::SUCCESS;
    };
    println!("\nseed {seed} broke something; making the storm shorter…\n");
    match shrink::shrink(&Plan::new(seed), &args.options, &kind) {
        Some(plan) => {
            let course = run(&plan, &Options { trace: true, ..args.options.clone() });
            print!("{}", story::tell(&plan, &course));
        }
        None => println!("seed {seed} does not break it again: {kind}. The storms are not repeatable!"),
    }
    println!("\nTo see it again: cargo xtask storm --seeds 1 --from {seed}");
    ExitCode::FAILURE
}

/// One line that is written over on a terminal; elsewhere a line every ten seconds.
fn progress(sum: &Sum, args: &Args, begin: Instant, shown: &mut Instant) {
    let terminal = std::io::stderr().is_terminal();
    let pause = if terminal { Duration::from_millis(200) } else { Duration::from_secs(10) };
    if shown.elapsed() < pause && sum.storms < args.seeds {
        return;
    }
    *shown = Instant::now();
    let rate = sum.storms as f64 / begin.elapsed().as_secs_f64().max(0.001);
    let end = if terminal && sum.storms < args.seeds { '\r' } else { '\n' };
    eprint!("{} of {} storms, {rate:.1} a second{end}", sum.storms, args.seeds);
    // Progress that cannot be shown is no reason to stop.
    let _ = std::io::stderr().flush();
}
