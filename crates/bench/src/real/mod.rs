//! The real arm: three members of Debian's etcd on this machine, and clients that cost it as little as possible.

mod grpc;
mod members;
mod wire;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use grpc::{Connection, Event};
use kubarium_bench::{Arm, VALUE, key};
use members::Members;

/// Connections the clients share, as with etcd's own benchmark (`--conns=100 --clients=1000`).
const CONNECTIONS: u64 = 100;
/// Connections the watchers share.
const WATCH_CONNECTIONS: u64 = 10;
/// How long events may take to arrive at most.
const PATIENCE: Duration = Duration::from_secs(60);
/// Puts of one connection that may be refused, and are then asked for again: on a machine that does other work, members
/// lose sight of each other now and then.
const REFUSALS: u32 = 100;

const PUT: &str = "/etcdserverpb.KV/Put";
const RANGE: &str = "/etcdserverpb.KV/Range";
const WATCH: &str = "/etcdserverpb.Watch/Watch";
const WATCHED: &str = "watched";

/// A real cluster of three.
pub struct Cluster {
    members: Members,
    watchers: u64,
    events: Option<mpsc::Receiver<u64>>,
    threads: Vec<JoinHandle<()>>,
}

impl Cluster {
    /// Starts it, its data in memory.
    pub fn start() -> Result<Cluster, String> {
        Ok(Cluster { members: Members::start(3)?, watchers: 0, events: None, threads: Vec::new() })
    }

    /// The members' processes.
    pub fn processes(&self) -> Vec<u32> {
        self.members.processes()
    }

    fn connect(&self) -> Result<Connection, String> {
        Connection::open(self.members.leader())
    }

    fn put(&self, connection: &mut Connection, key: &str) -> Result<(), String> {
        connection.call(PUT, &wire::put(key.as_bytes(), &[b'x'; VALUE]))?;
        connection.answer().map(drop)
    }
}

/// One connection's part of a load: `clients` streams at a time until `next` has handed out all numbers.
fn closed_loop(
    connection: &mut Connection,
    clients: u64,
    next: &AtomicU64,
    total: u64,
    keys: u64,
) -> Result<(), String> {
    let value = [b'x'; VALUE];
    let mut refused = 0;
    // By stream, the numbers of the keys that are asked for.
    let mut open = BTreeMap::new();
    let fresh = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < total);
    let ask = |connection: &mut Connection, number: u64| {
        connection.call(PUT, &wire::put(key(number, keys).as_bytes(), &value)).map(|stream| (stream, number))
    };
    for _ in 0..clients {
        let Some(number) = fresh() else { break };
        open.extend([ask(connection, number)?]);
    }
    while !open.is_empty() {
        if let Event::Ended { stream, answered } = connection.next()? {
            let number = open.remove(&stream).filter(|_| !answered);
            refused += u32::from(number.is_some());
            if refused > REFUSALS {
                return Err("the real etcd refuses puts".into());
            }
            if let Some(number) = number.or_else(fresh) {
                open.extend([ask(connection, number)?]);
            }
        }
    }
    Ok(())
}

impl Arm for Cluster {
    fn puts(&mut self, clients: u64, total: u64, keys: u64) -> Result<(), String> {
        let connections = clients.min(CONNECTIONS);
        let next = AtomicU64::new(0);
        let open: Vec<_> = (0..connections).map(|_| self.connect()).collect::<Result<_, _>>()?;
        thread::scope(|scope| {
            let threads: Vec<_> = open
                .into_iter()
                .map(|mut connection| {
                    let next = &next;
                    scope.spawn(move || closed_loop(&mut connection, clients / connections, next, total, keys))
                })
                .collect();
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a client panicked".to_string())?)
        })
    }

    fn ranges(&mut self, times: u64, keys: u64) -> Result<(), String> {
        let mut connection = self.connect()?;
        let request = wire::range(b"key-", format!("key-{keys:08}").as_bytes());
        for _ in 0..times {
            connection.call(RANGE, &request)?;
            let found = wire::count_kvs(&connection.answer()?);
            if found != keys {
                return Err(format!("a range of {keys} keys brought {found}"));
            }
        }
        Ok(())
    }

    fn watch(&mut self, watchers: u64) -> Result<(), String> {
        let (tell, told) = mpsc::channel();
        for _ in 0..WATCH_CONNECTIONS {
            let mut connection = self.connect()?;
            let mut created = 0;
            for _ in 0..watchers / WATCH_CONNECTIONS {
                connection.open_stream(WATCH, &wire::watch(WATCHED.as_bytes()))?;
            }
            while created < watchers / WATCH_CONNECTIONS {
                match connection.next()? {
                    Event::Message(bytes) => created += u64::from(wire::count_events(&bytes) == 0),
                    Event::Ended { .. } => return Err("a watch was refused".into()),
                }
            }
            let tell = tell.clone();
            self.threads.push(thread::spawn(move || {
                // The end of the cluster ends the connection, and with it this thread.
                while let Ok(event) = connection.next() {
                    let Event::Message(bytes) = event else { break };
                    if tell.send(wire::count_events(&bytes)).is_err() {
                        break;
                    }
                }
            }));
        }
        self.watchers = watchers;
        self.events = Some(told);
        Ok(())
    }

    fn fan_out(&mut self, puts: u64) -> Result<(), String> {
        let mut connection = self.connect()?;
        for _ in 0..puts {
            self.put(&mut connection, WATCHED)?;
        }
        let mut left = (puts * self.watchers).cast_signed();
        let events = self.events.as_ref().ok_or("nobody watches")?;
        while left > 0 {
            let count = events.recv_timeout(PATIENCE).map_err(|_| "watch events did not arrive".to_string())?;
            left -= count.cast_signed();
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.members.stop();
        for thread in self.threads.drain(..) {
            // A watcher that panicked has been missed already.
            let _ = thread.join();
        }
    }
}
