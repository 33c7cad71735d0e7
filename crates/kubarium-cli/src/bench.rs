//! Times the simulation. The simulation itself knows no clock; only this file looks at one.
#![expect(clippy::disallowed_types, reason = "a benchmark measures wall time")]

use crate::kubernetes;
use lab::{Job, World, WorldSetup, load::PutLoad};
use std::time::Instant;

/// `bench [NAME]`
pub fn run(words: &[String]) -> Result<(), String> {
    let only = words.first().map(String::as_str);
    let known = ["puts", "idle", "boot", "nodes", "pods"];
    if let Some(name) = only.filter(|name| !known.contains(name)) {
        return Err(format!("bench: no benchmark is called {name}; there are: {}", known.join(", ")));
    }
    for name in known.into_iter().filter(|name| only.is_none_or(|only| only == *name)) {
        match name {
            "puts" => {
                puts(1, 50_000);
                puts(100, 400_000);
                puts(1000, 400_000);
            }
            "idle" => idle(),
            "boot" => boot(),
            "nodes" => nodes(),
            _ => pods(),
        }
    }
    Ok(())
}

/// Puts of 256 bytes through three members, by so many clients at once.
fn puts(clients: u32, total: u64) {
    let mut load = PutLoad::new(3, clients, 256, 1);
    let started = Instant::now();
    load.run(total);
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "puts, 3 members, {clients:4} clients: {:9.0} a second ({total} in {seconds:.2} s)",
        total as f64 / seconds
    );
}

/// An idle hour of three members.
fn idle() {
    let mut world = World::new(1, &WorldSetup::of_members(3), &machine::maker());
    let started = Instant::now();
    world.run_until(3600 * 1_000_000);
    println!("an idle hour of 3 members: {:.2} s", started.elapsed().as_secs_f64());
}

/// From nothing to a cluster that has elected a leader.
fn boot() {
    let started = Instant::now();
    let mut world = World::new(1, &WorldSetup::of_members(3), &machine::maker());
    let settled = world.wait_until_settled(30_000_000);
    let millis = started.elapsed().as_secs_f64() * 1e3;
    println!("boot of 3 members to a leader: {millis:.1} ms (world time {} ms, settled {settled})", world.now() / 1000);
}

/// From nothing to a Kubernetes cluster of three nodes that are ready, and an idle hour of it.
fn nodes() {
    let started = Instant::now();
    let mut world = kubernetes::world(1);
    let ready = |output: &str| output.matches(" Ready ").count() == 3;
    let waited = wait_for(&mut world, "kubectl get nodes", ready);
    let millis = started.elapsed().as_secs_f64() * 1e3;
    println!("three nodes ready: {millis:.0} ms (world time {} ms, all {waited})", world.now() / 1000);
    world.run_until(world.now() + 60_000_000);
    let (started, until) = (Instant::now(), world.now() + 3600 * 1_000_000);
    world.run_until(until);
    println!("an idle hour of three nodes: {:.2} s", started.elapsed().as_secs_f64());
}

/// A Deployment of 1,000 pods on 100 nodes, until all of them run.
fn pods() {
    let mut world = kubernetes::with_workers(1, 100);
    wait_for(&mut world, "kubectl get nodes", |output| output.matches(" Ready ").count() == 101);
    let started = (Instant::now(), world.now());
    command(&mut world, "kubectl create deployment many --image=nginx --replicas=1000");
    let all = wait_for(&mut world, "kubectl get deployment many", |output| output.contains("1000/1000"));
    println!(
        "1,000 pods on 100 nodes: {:.2} s (world time {:.1} s, all {all})",
        started.0.elapsed().as_secs_f64(),
        (world.now() - started.1) as f64 / 1e6
    );
}

/// Asks every second until the answer is as wanted, two minutes at most.
fn wait_for(world: &mut World, script: &str, wanted: impl Fn(&str) -> bool) -> bool {
    for _ in 0..120 {
        if wanted(&command(world, script)) {
            return true;
        }
        let until = world.now() + 1_000_000;
        world.run_until(until);
    }
    false
}

fn command(world: &mut World, script: &str) -> String {
    let job: Box<dyn Job> = world.begin(script);
    let until = world.now() + 60_000_000;
    world.run_while(until, &mut || job.code().is_none());
    String::from_utf8_lossy(&job.stdout()).into_owned()
}
