//! A small world to try faults on: nodes that greet each other on a timer and answer greetings.
#![allow(dead_code)]

use sim::{Actor, Digest, Input, Micros, NodeId, Out, Payload, Sim, Time};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Ping(u64),
    Pong(u64),
    /// Travels like a datagram: may be lost, doubled, overtaken.
    Gossip(u64),
    /// Asks the receiver to write to its disk.
    Save(u64),
    /// Asks the receiver to start another process and to wait for its end.
    Spawn(u32),
    /// Asks the receiver to end another process, or to kill it.
    Signal(u32, bool),
}

impl Payload for Word {
    fn digest(&self, digest: &mut Digest) {
        let (tag, number) = match self {
            Word::Ping(number) => (1, *number),
            Word::Pong(number) => (2, *number),
            Word::Gossip(number) => (3, *number),
            Word::Save(number) => (4, *number),
            Word::Spawn(node) => (5, u64::from(*node)),
            Word::Signal(node, kill) => (if *kill { 6 } else { 7 }, u64::from(*node)),
        };
        digest.u8(tag);
        digest.u64(number);
    }

    fn reliable(&self) -> bool {
        !matches!(self, Word::Gossip(_))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said(pub String);

impl Payload for Said {
    fn digest(&self, digest: &mut Digest) {
        digest.str(&self.0);
    }
}

/// Greets its peers every `every`, and remembers in words what happened to it.
#[derive(Clone, Debug, Default)]
pub struct Greeter {
    pub peers: Vec<NodeId>,
    pub every: Micros,
    pub heard: Vec<String>,
    pub saved: Vec<u64>,
    pub unsynced: Vec<u64>,
    next: Option<Time>,
    count: u64,
}

impl Actor for Greeter {
    type Msg = Word;
    type Note = Said;

    fn handle(&mut self, now: Time, input: Input<Word>, out: &mut Out<Word, Said>) {
        match input {
            Input::Start => {
                self.heard.push("start".into());
                self.next = (self.every > Micros::ZERO).then(|| now + self.every);
            }
            Input::Stop => out.exit(0),
            Input::Wakeup => {
                self.next = Some(now + self.every);
                self.count += 1;
                let count = self.count + out.random() % 1000 * 1_000_000;
                self.peers.clone().into_iter().for_each(|peer| out.send(peer, Word::Ping(count)));
                out.note(Said(format!("greeted {}", self.count)));
            }
            Input::Message { msg: Word::Spawn(node), .. } => {
                out.start(NodeId(node), Word::Pong(7));
                out.wait(NodeId(node));
            }
            Input::Message { msg: Word::Signal(node, kill), .. } => out.signal(NodeId(node), kill),
            Input::Message { from, msg: Word::Ping(number) } => out.send(from, Word::Pong(number)),
            Input::Message { msg: Word::Save(number), .. } => {
                self.unsynced.push(number);
                out.disk(number, 100);
            }
            Input::Message { from, msg } => self.heard.push(format!("{msg:?} from {}", from.0)),
            Input::DiskDone { token } => {
                self.unsynced.retain(|number| *number != token);
                self.saved.push(token);
                self.heard.push(format!("saved {token}"));
            }
            Input::Refused { peer, msg } => self.heard.push(format!("{} refused {msg:?}", peer.0)),
            Input::Disconnected { peer } => self.heard.push(format!("lost {}", peer.0)),
            Input::Ended { node, code } => self.heard.push(format!("{} ended with {code:?}", node.0)),
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        self.next
    }

    fn crash(&mut self, lose_unsynced: bool) {
        let unsynced = std::mem::take(&mut self.unsynced);
        if !lose_unsynced {
            self.saved.extend(unsynced);
        }
        self.next = None;
        self.heard.clear();
    }

    fn wipe(&mut self) {
        self.saved.clear();
    }
}

pub const OUTSIDE: NodeId = NodeId(100);

/// Nodes `0..n`, started, that greet each other every `every` (never, if zero), and one outside address.
pub fn world(seed: u64, n: u32, every: Micros) -> Sim<Greeter> {
    let mut sim = Sim::new(seed);
    sim.add_outside(OUTSIDE);
    for id in 0..n {
        let peers = (0..n).filter(|peer| *peer != id).map(NodeId).collect();
        sim.add_node(NodeId(id), Greeter { peers, every, ..Greeter::default() });
    }
    for id in 0..n {
        sim.apply(sim::Fault::Restart { node: NodeId(id), wipe: false }).expect("the node was just added");
    }
    sim
}

pub fn heard(sim: &Sim<Greeter>, node: u32) -> Vec<String> {
    sim.actor(NodeId(node)).expect("the node exists").heard.clone()
}
