//! A component as a world holds it, whichever it is.

use crate::{Log, Msg, Note};
use sim::{Actor, Input, NodeId, Out, Time};

/// What a panel tells of a component: its state in lines of a name and a value, and the end of its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub facts: Vec<(String, String)>,
    pub log: Vec<String>,
}

impl Look {
    /// One that shows the end of a log.
    pub fn of(log: &Log) -> Self {
        Self { facts: Vec::new(), log: log.lines().cloned().collect() }
    }

    /// One line more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.facts.push((name.into(), value.to_string()));
        self
    }
}

/// A component of the cluster beside etcd's members. A world holds many kinds of them behind this one; all there is to
/// do for a new kind is to be an [`Actor`] that can be looked at.
pub trait Component {
    /// See [`Actor::handle`].
    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>);

    /// See [`Actor::next_wakeup`].
    fn next_wakeup(&self) -> Option<Time>;

    /// See [`Actor::crash`].
    fn crash(&mut self, lose_unsynced: bool);

    /// See [`Actor::wipe`].
    fn wipe(&mut self);

    /// The same component at the same moment, for a fork of the world.
    fn fork(&self) -> Box<dyn Component>;

    /// What a panel tells of it.
    fn look(&self) -> Look;

    /// Its log, if it writes one.
    fn log(&mut self) -> Option<&mut Log>;

    /// See [`Seen::on_disk`].
    fn on_disk(&mut self, _folder: &str, _files: &[(String, Vec<u8>)]) {}

    /// See [`Seen::looks_after`].
    fn looks_after(&self, _process: NodeId, _now: Time) -> Option<String> {
        None
    }

    /// See [`Seen::answer`].
    fn answer(&self, _words: &[&str], _now: Time) -> Option<String> {
        None
    }

    /// See [`Seen::keeps`].
    fn keeps(&self, _process: NodeId, _now: Time) -> Option<Look> {
        None
    }
}

/// A component with its place in a world.
pub struct Placed {
    /// What the diagram calls it.
    pub name: String,
    pub node: NodeId,
    pub component: Box<dyn Component>,
    /// Addresses and ports on which clients reach it.
    pub listens: Vec<(String, u16)>,
    /// Whether it starts by itself; otherwise another component starts it.
    pub starts: bool,
    /// Files that lie on the control plane's disk for its sake: path and content.
    pub files: Vec<(String, String)>,
}

/// An actor that tells what it is doing.
pub trait Seen {
    /// What a panel tells of it.
    fn look(&self) -> Look;

    /// Its log, if it writes one.
    fn log(&mut self) -> Option<&mut Log> {
        None
    }

    /// The files of a folder on its machine's disk, by their names, are these from now on. Somebody has to tell it so if
    /// it runs.
    fn on_disk(&mut self, _folder: &str, _files: &[(String, Vec<u8>)]) {}

    /// What it will do about a process that does not run, in words; `None` when that is not its business.
    fn looks_after(&self, _process: NodeId, _now: Time) -> Option<String> {
        None
    }

    /// What it, or what it keeps, answers a tool on its own node over a socket; `None` when it does not listen there.
    fn answer(&self, _words: &[&str], _now: Time) -> Option<String> {
        None
    }

    /// What a panel tells of another process whose state it keeps, as a kubelet's actor does that of its node's runtime.
    fn keeps(&self, _process: NodeId, _now: Time) -> Option<Look> {
        None
    }
}

impl<A: Actor<Msg = Msg, Note = Note> + Seen + 'static> Component for A {
    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        Actor::handle(self, now, input, out);
    }

    fn next_wakeup(&self) -> Option<Time> {
        Actor::next_wakeup(self)
    }

    fn crash(&mut self, lose_unsynced: bool) {
        Actor::crash(self, lose_unsynced);
    }

    fn wipe(&mut self) {
        Actor::wipe(self);
    }

    fn fork(&self) -> Box<dyn Component> {
        Box::new(self.clone())
    }

    fn look(&self) -> Look {
        Seen::look(self)
    }

    fn log(&mut self) -> Option<&mut Log> {
        Seen::log(self)
    }

    fn on_disk(&mut self, folder: &str, files: &[(String, Vec<u8>)]) {
        Seen::on_disk(self, folder, files);
    }

    fn looks_after(&self, process: NodeId, now: Time) -> Option<String> {
        Seen::looks_after(self, process, now)
    }

    fn answer(&self, words: &[&str], now: Time) -> Option<String> {
        Seen::answer(self, words, now)
    }

    fn keeps(&self, process: NodeId, now: Time) -> Option<Look> {
        Seen::keeps(self, process, now)
    }
}
