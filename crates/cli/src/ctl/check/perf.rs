//! `etcdctl check perf`: a minute of writes at a set rate.

use shell::{Either, race};

use crate::apart::Subcommand;
use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation, code};

use super::load::{self, Check, Load};

/// How long it takes, in seconds.
const DURATION: u64 = 60;

/// Loads by size.
const LOADS: [Load; 4] = [
    Load { limit: 150, clients: 50 },
    Load { limit: 1000, clients: 200 },
    Load { limit: 8000, clients: 500 },
    Load { limit: 15000, clients: 1000 },
];

const KEY_SIZE: usize = 256;
const VALUE_SIZE: usize = 1024;

static FLAGS: [FlagSpec; 4] = load::flags("/etcdctl-check-perf/");

pub static PERF: CommandSpec =
    CommandSpec::apart("perf [options]", "Writes for a minute and judges speed", &FLAGS, Subcommand::CheckPerf);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let check = Check::begin(&mut invocation, &LOADS, "'").await?;
    let interrupt = Box::pin(invocation.process.catch_interrupt());
    let stopped = std::cell::Cell::new(false);
    let make = || load::random_put(&invocation, &check.prefix, KEY_SIZE, VALUE_SIZE);
    let when = |number: u64| {
        let at = number * 1_000_000 / check.load.limit;
        (at < DURATION * 1_000_000 && !stopped.get()).then_some(at)
    };
    let writing = load::write(&invocation, &check.clients, &make, &when, &|| {});
    let watching = async {
        if let Either::First(()) = race(interrupt, show_progress(&invocation)).await {
            stopped.set(true);
        }
        std::future::pending::<()>().await;
    };
    let measured = match race(writing, watching).await {
        Either::First(measured) => measured,
        Either::Second(()) => return Ok(()),
    };
    check.end(&invocation).await?;
    judge(&invocation, &measured, check.load)
}

async fn show_progress(invocation: &Invocation) {
    for second in 0..=DURATION {
        invocation.print(load::bar(second, DURATION, second));
        invocation.process.sleep(1_000_000).await;
    }
}

fn judge(invocation: &Invocation, measured: &load::Measured, load: Load) -> Result<(), Exit> {
    let mut good = true;
    for line in measured.error_lines() {
        invocation.println(line);
        good = false;
    }
    let writes = measured.rate() as u64 + 1;
    let (slowest, deviation) = (measured.slowest(), measured.deviation());
    let verdicts = [
        match measured.rate() / load.limit as f64 <= 0.9 {
            true => Err(format!("FAIL: Throughput too low: {writes} writes/s")),
            false => Ok(format!("PASS: Throughput is {writes} writes/s")),
        },
        match slowest > 0.5 {
            true => Err(format!("Slowest request took too long: {slowest:.6}s")),
            false => Ok(format!("PASS: Slowest request took {slowest:.6}s")),
        },
        match deviation > 0.1 {
            true => Err(format!("Stddev too high: {deviation:.6}s")),
            false => Ok(format!("PASS: Stddev is {deviation:.6}s")),
        },
    ];
    for verdict in verdicts {
        good &= verdict.is_ok();
        invocation.println(verdict.unwrap_or_else(|failure| failure));
    }
    invocation.println(if good { "PASS" } else { "FAIL" });
    if good { Ok(()) } else { Err(Exit::silent(code::ERROR)) }
}
