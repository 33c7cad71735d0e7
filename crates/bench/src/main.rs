//! `kubarium-bench ARM [--keys N] [--puts N] [--only TEXT]`: runs the plan natively through the simulated cluster
//! (`native`), the same with the trace kept as the site keeps it (`traced`), or through Debian's etcd (`real`).
//! `kubarium-bench kubernetes [--nodes N] [--pods N] [--only TEXT]` runs that of Kubernetes.

#![forbid(unsafe_code)]

mod real;

#[expect(clippy::disallowed_types, reason = "a benchmark measures wall time")]
use std::time::Instant;

use kubarium_bench::{Cluster, KubernetesPlan, Plan};

fn main() -> std::process::ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(words: Vec<String>) -> Result<(), String> {
    const USAGE: &str = "usage: kubarium-bench native|traced|real [--keys N] [--puts N] [--only TEXT]
       kubarium-bench kubernetes [--nodes N] [--pods N] [--only TEXT]";
    let mut words = words.into_iter();
    let arm = words.next().ok_or(USAGE)?;
    let mut plan = Plan { keys: 1_000_000, puts: 200_000, only: String::new() };
    let mut kubernetes = KubernetesPlan { nodes: 1_000, pods: 10_000, only: String::new() };
    while let (Some(flag), value) = (words.next(), words.next()) {
        let value = value.ok_or(USAGE)?;
        let number = || value.parse().map_err(|_| format!("{flag} takes a number"));
        match flag.as_str() {
            "--keys" => plan.keys = number()?,
            "--puts" => plan.puts = number()?,
            "--nodes" => kubernetes.nodes = value.parse().map_err(|_| "--nodes takes a number")?,
            "--pods" => kubernetes.pods = value.parse().map_err(|_| "--pods takes a number")?,
            "--only" => (plan.only, kubernetes.only) = (value.clone(), value),
            _ => return Err(USAGE.into()),
        }
    }
    let mut tell = |line: &str| println!("{line}");
    let me = vec![std::process::id()];
    match arm.as_str() {
        "native" => plan.run(&mut Cluster::new(0), &clock(me), &mut tell),
        "traced" => plan.run(&mut Cluster::new(100_000), &clock(me), &mut tell),
        "real" => {
            let mut cluster = real::Cluster::start()?;
            let processes = [me, cluster.processes()].concat();
            plan.run(&mut cluster, &clock(processes), &mut tell)
        }
        "kubernetes" => kubernetes.run(&clock(me), &memory, &mut tell),
        _ => Err(USAGE.into()),
    }
}

/// Bytes of this process that are in memory, where the system tells.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Milliseconds since now, and those that the processors worked for these processes: on a machine that does other work
/// as well, only the latter say what something costs.
fn clock(processes: Vec<u32>) -> impl Fn() -> [f64; 2] {
    #[expect(clippy::disallowed_types, reason = "a benchmark measures wall time")]
    let start = Instant::now();
    move || [start.elapsed().as_secs_f64() * 1e3, processes.iter().filter_map(|id| processor_millis(*id)).sum()]
}

/// User and system time of a process, where the system tells: the fields after the name, in hundredths of a second.
fn processor_millis(process: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some((next()? + next()?) * 10.0)
}
