//! The simulated arm: three members on the simulated network, as in the site's world.

use etcd::Bytes;
use etcd::rpc::{PutRequest, RangeRequest, Request, Response, WatchCreateRequest, WatchRequest};
use etcd::server::{Config, Msg, Server};
use headroom::Headroom;
use sim::{Cause, Fault, Input, Micros, NodeId, Sim};

use crate::plan::{Arm, VALUE, key};

/// Where the clients are.
const CLIENT: NodeId = NodeId(1_000);
/// The leader at first, and as nothing goes wrong, for ever.
const LEADER: NodeId = NodeId(0);
/// What the watchers watch.
const WATCHED: &str = "watched";

/// Three members that have elected a leader.
pub struct Cluster {
    sim: Sim<Server>,
    value: Bytes,
    calls: u64,
    watchers: u64,
    headroom: Headroom,
}

/// What came back from the cluster.
#[derive(Default)]
struct Heard {
    answers: u64,
    /// The latest of them.
    answer: Option<Response>,
    watch_events: u64,
    watches_created: u64,
}

impl Cluster {
    /// With `records` kept of the trace, as the site keeps a hundred thousand; the trace's hash is taken in any case.
    pub fn new(records: usize) -> Cluster {
        let mut sim = Sim::new(1);
        sim.add_outside(CLIENT);
        sim.set_trace_capacity(records);
        for (node, config) in (0..).map(NodeId).zip(Config::local_cluster(3, 1)) {
            sim.add_node(node, Server::new(config));
        }
        for node in sim.nodes().collect::<Vec<_>>() {
            // Only a fault of an unknown node is refused.
            let _ = sim.apply(Fault::Restart { node, wipe: false });
        }
        sim.run_for(Micros::secs(2));
        Cluster { sim, value: vec![b'x'; VALUE].into(), calls: 0, watchers: 0, headroom: Headroom::default() }
    }

    fn call(&mut self, request: Request) {
        self.calls += 1;
        // As often as the worker does it, which lets so much happen between two frames.
        if self.calls.is_multiple_of(1_000) {
            self.headroom.keep();
        }
        self.sim.inject(CLIENT, LEADER, Msg::Call { id: self.calls, token: None, request }, Cause::default());
    }

    fn put(&mut self, key: &str) {
        let value = self.value.clone();
        self.call(Request::Put(PutRequest { key: key.into(), value, ..Default::default() }));
    }

    /// Lets the next thing happen.
    fn step(&mut self) -> Result<Heard, String> {
        self.sim.step().ok_or("nothing happens any more")?;
        let mut heard = Heard::default();
        for mail in self.sim.take_mail() {
            match mail.input {
                Input::Message { msg: Msg::Reply { result, .. }, .. } => {
                    heard.answer = Some(result.map_err(|status| status.message)?);
                    heard.answers += 1;
                }
                Input::Message { msg: Msg::StreamItem { response: Response::Watch(response), .. }, .. } => {
                    heard.watches_created += u64::from(response.created);
                    heard.watch_events += response.events.len() as u64;
                }
                other => return Err(format!("unexpected: {other:?}")),
            }
        }
        Ok(heard)
    }

    fn answer(&mut self) -> Result<Response, String> {
        loop {
            if let Some(answer) = self.step()?.answer {
                return Ok(answer);
            }
        }
    }
}

impl Arm for Cluster {
    fn puts(&mut self, clients: u64, total: u64, keys: u64) -> Result<(), String> {
        let (mut sent, mut done) = (0, 0);
        while sent < clients.min(total) {
            self.put(&key(sent, keys));
            sent += 1;
        }
        while done < total {
            for _ in 0..self.step()?.answers {
                done += 1;
                if sent < total {
                    self.put(&key(sent, keys));
                    sent += 1;
                }
            }
        }
        Ok(())
    }

    fn ranges(&mut self, times: u64, keys: u64) -> Result<(), String> {
        for _ in 0..times {
            let (key, range_end) = ("key-".into(), format!("key-{keys:08}").as_str().into());
            self.call(Request::Range(RangeRequest { key, range_end, ..Default::default() }));
            match self.answer()? {
                Response::Range(range) if range.kvs.len() as u64 == keys => {}
                other => return Err(format!("a range of {keys} keys was answered by {}", other.name())),
            }
        }
        Ok(())
    }

    fn watch(&mut self, watchers: u64) -> Result<(), String> {
        for _ in 0..watchers {
            let create = WatchCreateRequest { key: WATCHED.into(), ..Default::default() };
            self.call(Request::Watch(WatchRequest::Create(create)));
        }
        self.watchers += watchers;
        let mut created = 0;
        while created < watchers {
            created += self.step()?.watches_created;
        }
        Ok(())
    }

    fn fan_out(&mut self, puts: u64) -> Result<(), String> {
        let mut left = (puts * self.watchers).cast_signed();
        for _ in 0..puts {
            self.put(WATCHED);
            loop {
                let heard = self.step()?;
                left -= heard.watch_events.cast_signed();
                if heard.answers > 0 {
                    break;
                }
            }
        }
        while left > 0 {
            left -= self.step()?.watch_events.cast_signed();
        }
        Ok(())
    }
}
