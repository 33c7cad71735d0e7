//! What puts through a simulated cluster cost: `cargo bench -p kubarium-etcd --bench puts`. Each line says how many of
//! them a second of processor time carries.

// A benchmark is the one place that has to look at a clock.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use kubarium_etcd::rpc::{PutRequest, Request};
use kubarium_etcd::server::{Config, Msg, Server};
use sim::{Cause, Fault, Input, Micros, NodeId, Sim};

const CLIENT: NodeId = NodeId(1_000);

/// Nanoseconds this thread has been on a processor, where the system tells; elsewhere, nanoseconds gone by.
fn clock(start: Instant) -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(start.elapsed().as_nanos() as u64)
}

fn put(sim: &mut Sim<Server>, number: u64) {
    let request = Request::Put(PutRequest {
        key: format!("key{}", number % 10_000).into(),
        value: vec![b'x'; 256].into(),
        ..Default::default()
    });
    let msg = Msg::Call { id: number, token: None, request };
    sim.inject(CLIENT, NodeId(0), msg, Cause::default());
}

/// `total` puts by `clients` that each wait for their answer before they ask again.
fn measure(members: u32, clients: u64, total: u64) {
    let mut sim = Sim::new(1);
    sim.add_outside(CLIENT);
    sim.set_trace_capacity(0);
    for (node, config) in (0..).map(NodeId).zip(Config::local_cluster(members, 1)) {
        sim.add_node(node, Server::new(Config { keep_log: false, snapshot_count: 10_000, ..config }));
    }
    for node in sim.nodes().collect::<Vec<_>>() {
        sim.apply(Fault::Restart { node, wipe: false }).expect("the node was just added");
    }
    sim.run_for(Micros::secs(1));
    let (start, began) = (Instant::now(), sim.now());
    let before = clock(start);
    (0..clients).for_each(|number| put(&mut sim, number));
    let (mut sent, mut done) = (clients, 0);
    while done < total {
        sim.step();
        for mail in sim.take_mail() {
            if let Input::Message { msg: Msg::Reply { .. }, .. } = mail.input {
                done += 1;
                put(&mut sim, sent);
                sent += 1;
            }
        }
    }
    let seconds = (clock(start) - before) as f64 / 1e9;
    let simulated = (sim.now() - began).as_micros() as f64 / 1e6;
    println!(
        "{members} members, {clients:>4} clients: {:>8.0} puts a second ({:.0} in simulated time, {:.1} records each)",
        total as f64 / seconds,
        total as f64 / simulated,
        sim.trace().last().0 as f64 / total as f64,
    );
}

fn main() {
    for (members, clients, total) in [(3, 1, 30_000), (3, 100, 100_000), (3, 1_000, 100_000), (1, 100, 100_000)] {
        measure(members, clients, total);
    }
}
