//! Times the simulation. The simulation itself knows no clock; only this file looks at one.
#![expect(clippy::disallowed_types, reason = "a benchmark measures wall time")]

use lab::{World, WorldSetup, load::PutLoad};
use std::time::Instant;

/// `bench [NAME]`
pub fn run(words: &[String]) -> Result<(), String> {
    let only = words.first().map(String::as_str);
    let known = ["puts", "idle", "boot"];
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
            _ => boot(),
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
