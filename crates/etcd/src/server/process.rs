//! A member's process: everything it knows while it runs, and the loop that lets raft act on it
//! (etcd: server/etcdserver/raft.go, `raftNode.start`).

use sorted::SortedMap;
use std::sync::Arc;

use raft::{EntryId, Message, MessageKind, RawNode, Ready};
use sim::{Cause, Input, Micros, NodeId, Time};

use super::compactor::Compactor;
use super::data_dir::{DataDir, Identity};
use super::election::Leadership;
use super::http::Http;
use super::image::Image;
use super::leases::Forwards;
use super::maintenance::Transfer;
use super::members::{MemberId, Members};
use super::msg::{Msg, PeerMessage};
use super::note::Note;
use super::peers::Peers;
use super::planted::PlantedBug;
use super::proposals::Proposals;
use super::reads::Reads;
use super::streams::Streams;
use super::view::{LogLines, LogView};
use super::wal::Wal;
use super::{Config, Effects};
use crate::apply::StateMachine;

/// Why a process ends by itself.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    /// It was asked to.
    Asked,
    /// It cannot go on.
    Failed(String),
}

/// A write that is on its way to the disk, and what waits for it.
#[derive(Clone, Debug)]
struct Writing {
    token: u64,
    began: Time,
    cause: Cause,
    messages: Vec<Message>,
}

#[derive(Clone, Debug)]
pub(crate) struct Process {
    pub(crate) config: Arc<Config>,
    pub(crate) identity: Identity,
    pub(crate) now: Time,
    pub(crate) started_at: Time,
    pub(crate) next_tick: Time,
    pub(crate) ticks: u64,
    pub(crate) raft: RawNode<Wal>,
    pub(crate) machine: StateMachine,
    pub(crate) members: Members,
    pub(crate) conf_state: raft::ConfState,
    pub(crate) applied: EntryId,
    /// The index of the last image of the state.
    pub(crate) last_image: u64,
    pub(crate) leadership: Leadership,
    pub(crate) peers: Peers,
    /// Where the members run.
    pub(crate) nodes: SortedMap<MemberId, NodeId>,
    /// Where members answer of whom the log has not told yet: whoever joins knows them from those it asked, and from
    /// whom they hear (etcd: rafthttp, `AddRemote`).
    pub(crate) remotes: SortedMap<MemberId, NodeId>,
    pub(crate) proposals: Proposals,
    pub(crate) reads: Reads,
    pub(crate) streams: Streams,
    pub(crate) forwards: Forwards,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) http: Http,
    pub(crate) compactor: Compactor,
    /// State that came with a snapshot message, until raft decides to install it.
    incoming: Option<Arc<Image>>,
    writing: Option<Writing>,
    next_token: u64,
    pub(crate) published: bool,
    /// Whether it began a new cluster, instead of coming to one or back to one.
    pub(crate) fresh: bool,
    /// Since when it hands leadership over to end.
    pub(crate) stopping: Option<Time>,
    /// When it ends because it was removed.
    pub(crate) leave_at: Option<Time>,
    pub(crate) ended: Option<Ended>,
    /// Log lines that were not handed out yet.
    pub(crate) lines: Vec<LogView>,
}

/// When a process ticks first. Processes start at their own moments, so their ticks fall between each other's: two
/// followers seldom find out at the very same time that their leader is gone.
fn first_tick(config: &Config, member: MemberId, now: Time) -> Micros {
    let mixed = (member ^ config.seed ^ now.as_micros()).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    Micros(1 + mixed % config.heartbeat.0.max(1))
}

impl Process {
    pub(crate) fn new(
        config: Arc<Config>,
        identity: Identity,
        now: Time,
        raft: RawNode<Wal>,
        machine: StateMachine,
        members: Members,
    ) -> Process {
        let compactor = Compactor::new(config.auto_compaction, now, machine.store.revision());
        let unix_millis = config.epoch * 1_000 + now.as_micros() / 1_000;
        let mut process = Process {
            now,
            started_at: now,
            next_tick: now + first_tick(&config, identity.member, now),
            ticks: 0,
            conf_state: raft::Storage::initial_state(raft.storage()).1,
            applied: EntryId { term: machine.consistent_term(), index: machine.consistent_index() },
            last_image: raft.storage().image().map_or(0, |image| image.applied.index),
            raft,
            machine,
            members,
            leadership: Leadership::default(),
            peers: Peers::default(),
            nodes: SortedMap::new(),
            remotes: SortedMap::new(),
            proposals: Proposals::new(identity.member, unix_millis),
            reads: Reads::default(),
            streams: Streams::default(),
            forwards: Forwards::default(),
            transfers: Vec::new(),
            http: Http::default(),
            compactor,
            incoming: None,
            writing: None,
            next_token: 0,
            published: false,
            fresh: false,
            stopping: None,
            leave_at: None,
            ended: None,
            lines: Vec::new(),
            config,
            identity,
        };
        process.locate_members();
        process
    }

    pub(crate) fn me(&self) -> MemberId {
        self.identity.member
    }

    pub(crate) fn lead(&self) -> MemberId {
        self.leadership.lead
    }

    pub(crate) fn is_leader(&self) -> bool {
        self.leadership.lead == self.identity.member
    }

    pub(crate) fn term(&self) -> u64 {
        self.raft.basic_status().hard_state.term
    }

    /// Whether this member does not vote.
    pub(crate) fn is_learner(&self) -> bool {
        self.members.get(self.me()).is_some_and(|member| member.is_learner)
    }

    /// Whether the disk holds everything that raft knows.
    pub(crate) fn is_settled(&self) -> bool {
        self.writing.is_none() && !self.raft.has_ready()
    }

    /// Since when it waits for the disk, if it does.
    pub(crate) fn writing_since(&self) -> Option<Time> {
        self.writing.as_ref().map(|writing| writing.began)
    }

    /// What remains when the process dies.
    pub(crate) fn into_disk(mut self, lose_unsynced: bool) -> DataDir {
        let image = Image {
            applied: self.applied,
            conf_state: self.conf_state,
            members: self.members,
            state: self.machine.snapshot(),
        };
        let mut wal = core::mem::take(self.raft.storage_mut());
        wal.crash(lose_unsynced);
        // The database was written without waiting for the disk, too. What it holds beyond the log's commit index was
        // never recorded as committed, and is applied again from the log.
        let kept = !lose_unsynced && image.applied.index <= wal.hard_state().commit;
        let identity = (!wal.is_empty()).then_some(self.identity);
        DataDir { identity, wal, backend: kept.then(|| Arc::new(image)) }
    }

    pub(crate) fn fail(&mut self, reason: impl Into<String>) {
        self.ended.get_or_insert(Ended::Failed(reason.into()));
    }

    /// Ends the process if raft cannot go on; other errors mean that a message or proposal was ignored.
    fn check(&mut self, result: raft::Result<()>) {
        if let Err(error) = result
            && error.is_fatal()
        {
            self.fail(error.to_string());
        }
    }

    pub(crate) fn input(&mut self, input: Input<Msg>, out: &mut Effects) {
        match input {
            Input::Start | Input::Ended { .. } => {}
            Input::Stop => self.stop(),
            Input::Wakeup => self.tick(out),
            Input::DiskDone { token } => self.written(token, out),
            Input::Message { from, msg } => self.message(from, msg, out),
            Input::Refused { peer, msg } => {
                self.unreachable(peer);
                self.streams.forget_client(peer);
                if let Msg::Forward { id, .. } = msg {
                    self.forwards.failed(id);
                }
            }
            Input::Disconnected { peer } => {
                self.unreachable(peer);
                self.streams.forget_client(peer);
                self.proposals.forget(peer);
                self.reads.forget(peer);
                self.http.forget(peer);
                self.forwards.lost(peer);
            }
        }
    }

    fn message(&mut self, from: NodeId, msg: Msg, out: &mut Effects) {
        match msg {
            Msg::Peer(peer) => self.peer_message(from, Arc::unwrap_or_clone(peer), out),
            Msg::LinkHeartbeat { member, cluster } => {
                if cluster != self.identity.cluster {
                    return;
                }
                if self.members.is_removed(member) {
                    out.send(from, Msg::Removed { member });
                } else if self.members.get(member).is_some() {
                    let connected = self.peers.active_since(member).is_some();
                    self.hear(member);
                    if !connected {
                        self.link_heartbeat(member, out);
                    }
                }
            }
            Msg::AskMembers => out.send(from, Msg::TellMembers(Arc::new(self.members.clone()))),
            Msg::Removed { member } if member == self.me() => self.told_removed(),
            Msg::Forwarded { id, result } => self.forwarded(id, result, out),
            Msg::Forward { id, request } => self.forward_request(from, id, request, out),
            Msg::Dial { id } => out.send(from, Msg::Accepted { id }),
            other => self.client_message(from, other, out),
        }
    }

    fn peer_message(&mut self, node: NodeId, peer: PeerMessage, out: &mut Effects) {
        let from = peer.message.from;
        // A member of another cluster, or one that was removed, is not listened to; the latter is told so (etcd:
        // rafthttp's `X-Raft-To` and cluster id checks, and its "removed" answer).
        if peer.cluster != self.identity.cluster || peer.message.to != self.me() {
            return;
        }
        if self.members.is_removed(from) {
            out.send(node, Msg::Removed { member: from });
            return;
        }
        self.hear(from);
        if self.members.get(from).is_none() {
            self.remotes.insert(from, node);
        }
        if let Some(image) = peer.image {
            self.incoming = Some(image);
        }
        if peer.message.kind == MessageKind::Prop && self.members.get(from).is_none() {
            return;
        }
        if peer.message.kind == MessageKind::App {
            self.http.counts.received_appends += 1;
        }
        let result = self.raft.step(peer.message);
        self.check(result);
    }

    fn hear(&mut self, peer: MemberId) {
        let connected = self.peers.active_since(peer).is_some();
        self.peers.heard(peer, self.now);
        if !connected {
            self.say_peer(peer, true);
        }
    }

    fn unreachable(&mut self, node: NodeId) {
        if let Some(member) = self.member_at(node) {
            if self.peers.active_since(member).is_some() {
                self.say_peer(member, false);
            }
            self.peers.broken(member);
            let result = self.raft.report_unreachable(member);
            self.check(result);
            let result = self.raft.report_snapshot(member, raft::SnapshotStatus::Failure);
            self.check(result);
        }
    }

    /// One heartbeat interval has passed.
    fn tick(&mut self, out: &mut Effects) {
        // A process that was paused has missed ticks; like a ticker's, they are gone.
        self.next_tick = self.now + self.config.heartbeat;
        self.ticks += 1;
        let result = self.raft.tick();
        self.check(result);
        self.advance_election();
        self.check_peers(out);
        self.check_leases(out);
        self.check_compaction(out);
        self.check_timeouts(out);
        self.check_streams(out);
        self.check_http(out);
        self.check_stop();
    }

    fn check_peers(&mut self, out: &mut Effects) {
        let me = self.me();
        let others: Vec<_> = self.members.ids().filter(|id| *id != me).collect();
        for member in self.peers.check(self.now, others.into_iter()) {
            self.link_heartbeat(member, out);
        }
    }

    pub(crate) fn link_heartbeat(&mut self, to: MemberId, out: &mut Effects) {
        self.peers.sent(to, self.now);
        if let Some(node) = self.node_of(to) {
            out.send(node, Msg::LinkHeartbeat { member: self.me(), cluster: self.identity.cluster });
        }
    }

    /// Lets raft act until it has nothing more to do or waits for the disk.
    pub(crate) fn turn(&mut self, out: &mut Effects) {
        while self.ended.is_none() && self.writing.is_none() {
            let reading = self.flush_reads();
            let cause = self.flush_proposals(out).or(reading).unwrap_or(out.cause());
            if !self.raft.has_ready() {
                break;
            }
            match self.raft.ready() {
                // What raft does now it does for what was just handed to it, which may have waited for the disk.
                Ok(ready) => out.with_cause(cause, |out| self.act(ready, out)),
                Err(error) => self.fail(error.to_string()),
            }
        }
        self.push_watch_events(out);
    }

    /// Does what raft asks for. A leader sends in parallel with its own write (Raft thesis, 10.2.1); everyone else sends
    /// when the write is durable, for the messages promise that.
    fn act(&mut self, ready: Ready, out: &mut Effects) {
        if let Some(state) = ready.soft_state {
            self.soft_state(state, out);
        }
        self.read_states(&ready.read_states, out);
        if let (Some(first), Some(last)) = (ready.entries.first(), ready.entries.last()) {
            out.note(Note::Appended { first: first.index, last: last.index });
        }
        let image = ready.snapshot.as_ref().and_then(|snapshot| self.install(snapshot, out));
        if self.ended.is_some() {
            return;
        }
        let sync = ready.must_sync || image.is_some();
        let bytes = self.raft.storage_mut().write(ready.entries, ready.hard_state, image);
        let mut messages = ready.messages;
        if self.leadership.is_leading() {
            self.send_all(core::mem::take(&mut messages), out);
        }
        self.apply_committed(ready.committed_entries, out);
        if self.ended.is_some() {
            return;
        }
        if sync {
            self.next_token += 1;
            out.disk(self.next_token, bytes);
            self.writing = Some(Writing { token: self.next_token, began: self.now, cause: out.cause(), messages });
        } else {
            self.send_all(messages, out);
            self.acknowledge();
        }
    }

    /// Finds the state that belongs to a snapshot raft wants installed, and puts it in force.
    fn install(&mut self, snapshot: &raft::Snapshot, out: &mut Effects) -> Option<Arc<Image>> {
        let index = snapshot.metadata.index;
        match self.incoming.take().filter(|image| image.applied.index == index) {
            Some(image) => {
                self.restore(&image);
                out.note(Note::SnapshotInstalled { index });
                Some(image)
            }
            None => {
                self.fail(format!("the state of the snapshot at {index} is missing"));
                None
            }
        }
    }

    fn restore(&mut self, image: &Image) {
        self.machine.restore(image.state.clone());
        self.members = image.members.clone();
        self.locate_members();
        self.conf_state = image.conf_state.clone();
        self.applied = image.applied;
        self.last_image = image.applied.index;
        if !self.config.has_planted(PlantedBug::WatchGap) {
            self.streams.restored(&self.machine);
        }
    }

    /// The disk has done what it was told.
    fn written(&mut self, token: u64, out: &mut Effects) {
        let Some(writing) = self.writing.take_if(|writing| writing.token == token) else { return };
        if let Err(error) = self.raft.storage_mut().sync() {
            self.fail(error.to_string());
            return;
        }
        self.say_if_slow(self.now - writing.began);
        out.with_cause(writing.cause, |out| self.send_all(writing.messages, out));
        self.acknowledge();
    }

    fn acknowledge(&mut self) {
        let result = self.raft.advance();
        self.check(result);
        self.checkpoint();
    }

    /// Keeps an image of the state every `snapshot_count` entries, and shortens the log.
    fn checkpoint(&mut self) {
        if self.applied.index.saturating_sub(self.last_image) <= self.config.snapshot_count
            || !self.raft.storage().is_synced()
        {
            return;
        }
        let image = Arc::new(self.image());
        self.last_image = image.applied.index;
        self.raft.storage_mut().checkpoint(image, self.config.snapshot_catch_up_entries);
    }

    /// The state as it is now.
    pub(crate) fn image(&self) -> Image {
        Image {
            applied: self.applied,
            conf_state: self.conf_state.clone(),
            members: self.members.clone(),
            state: self.machine.snapshot(),
        }
    }

    fn send_all(&mut self, messages: Vec<Message>, out: &mut Effects) {
        for message in messages {
            self.send(message, out);
        }
    }

    fn send(&mut self, mut message: Message, out: &mut Effects) {
        let to = message.to;
        let Some(node) = self.node_of(to) else { return };
        let mut image = None;
        if message.kind == MessageKind::Snap {
            // What is sent is the state of now, not of the last image (etcd: server/etcdserver/snapshot_merge.go).
            let present = Arc::new(self.image());
            message.snapshot = Some(Arc::new(present.raft_snapshot()));
            out.note(Note::SnapshotSent { to, index: present.applied.index });
            image = Some(present);
        }
        if message.kind == MessageKind::App {
            self.http.counts.sent_appends += 1;
        }
        self.peers.sent(to, self.now);
        out.send(node, Msg::Peer(Arc::new(PeerMessage { cluster: self.identity.cluster, message, image })));
    }

    /// Writes what raft says about itself in the trace and in the log.
    pub(crate) fn drain_events(&mut self, log: &mut LogLines, out: &mut Effects) {
        for event in self.raft.drain_events() {
            out.note(match event {
                raft::Event::Became { role, term } => Note::Became { role, term },
                raft::Event::Leader { lead, term } => Note::Leader { lead, term },
                raft::Event::Voted { candidate, term, pre, granted } => Note::Voted { candidate, term, pre, granted },
                raft::Event::Committed { index } => Note::Committed { index },
                _ => continue,
            });
        }
        self.collect_raft_lines();
        self.lines.drain(..).for_each(|line| log.add(line));
    }
}
