//! The server as etcd's client (`staging/src/k8s.io/apiserver/pkg/storage/etcd3`).

use std::collections::BTreeMap;

use etcd::rpc::*;
use etcd::server::Msg as EtcdMsg;
use sim::{Cause, Input, Micros, NodeId, Time};

use crate::{Msg, Note};

/// What everything of Kubernetes begins with.
pub(super) const REGISTRY: &str = "/registry/";
/// Nobody listened: nothing was done.
pub(super) const REFUSED: &str = "connection refused";
/// How long after a failure the next member is tried.
const RETRY: Micros = Micros::millis(100);

type Out = sim::Out<Msg, Note>;

/// Why etcd was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Everything there is, for the cache.
    List,
    /// How far etcd is, for these tasks.
    Probe(Vec<u64>),
    /// The change that a task wants.
    Txn(u64),
    /// A lease for the server's own keys.
    Heartbeat,
    /// A lease for events.
    EventsLease,
    /// Whether it is this server that compacts.
    Compaction,
    /// Something whose answer does not matter.
    Nothing,
}

#[derive(Clone, Debug)]
struct Call {
    member: NodeId,
    purpose: Purpose,
    /// Whose doing it is.
    cause: Cause,
    sent: Time,
}

/// What came back from etcd.
pub(super) enum Answer {
    Reply(Purpose, Cause, Result<Response, Status>),
    Watch(WatchResponse),
    /// The watch is over; a compaction may have taken what it would have gone on with.
    WatchEnded,
}

#[derive(Clone, Debug)]
pub(super) struct Backend {
    members: Vec<NodeId>,
    at: usize,
    last: u64,
    calls: BTreeMap<u64, Call>,
    /// The stream of the cache's watch, and the member that serves it.
    watch: Option<(u64, NodeId)>,
    /// How many probes are on their way.
    probes: usize,
    pub(super) retry_at: Option<Time>,
    pub(super) now: Time,
}

impl Backend {
    pub(super) fn new(members: Vec<NodeId>) -> Self {
        Self {
            members,
            at: 0,
            last: 0,
            calls: BTreeMap::new(),
            watch: None,
            probes: 0,
            retry_at: None,
            now: Time::ZERO,
        }
    }

    fn member(&self) -> Option<NodeId> {
        self.members.get(self.at % self.members.len().max(1)).copied()
    }

    pub(super) fn is_member(&self, node: NodeId) -> bool {
        self.members.contains(&node)
    }

    /// Whether etcd can be reached, by all that is known: nothing waits for it longer than a health check would.
    pub(super) fn is_reached(&self) -> bool {
        let patience = Micros::secs(2);
        self.watch.is_some() && self.calls.values().all(|call| call.sent + patience > self.now)
    }

    pub(super) fn is_watching(&self) -> bool {
        self.watch.is_some()
    }

    fn call(&mut self, purpose: Option<Purpose>, request: Request, out: &mut Out) -> u64 {
        self.last += 1;
        let id = self.last;
        if let Some(member) = self.member() {
            if let Some(purpose) = purpose {
                self.calls.insert(id, Call { member, purpose, cause: out.cause(), sent: self.now });
            }
            out.send(member, EtcdMsg::Call { id, token: None, request }.into());
        }
        id
    }

    /// Asks for everything there is.
    pub(super) fn list(&mut self, out: &mut Out) {
        let range = RangeRequest { key: REGISTRY.into(), range_end: end_of(REGISTRY), ..RangeRequest::default() };
        self.call(Some(Purpose::List), range.into(), out);
    }

    /// Asks how far etcd is, by the cheapest linearizable read.
    pub(super) fn probe(&mut self, tasks: Vec<u64>, out: &mut Out) {
        let range = RangeRequest { key: "/registry/health".into(), keys_only: true, ..RangeRequest::default() };
        self.probes += 1;
        self.call(Some(Purpose::Probe(tasks)), range.into(), out);
    }

    pub(super) fn is_probing(&self) -> bool {
        self.probes > 0
    }

    /// Asks anything.
    pub(super) fn ask(&mut self, purpose: Purpose, request: Request, out: &mut Out) {
        self.call(Some(purpose), request, out);
    }

    pub(super) fn txn(&mut self, task: u64, txn: TxnRequest, out: &mut Out) {
        self.call(Some(Purpose::Txn(task)), txn.into(), out);
    }

    /// Watches everything after `revision`.
    pub(super) fn watch(&mut self, revision: i64, out: &mut Out) {
        let create = WatchCreateRequest {
            key: REGISTRY.into(),
            range_end: end_of(REGISTRY),
            start_revision: revision + 1,
            progress_notify: true,
            ..WatchCreateRequest::default()
        };
        if let Some(member) = self.member() {
            self.watch = Some((self.call(None, Request::Watch(WatchRequest::Create(create)), out), member));
        }
    }

    /// Asks the watch how far it is.
    pub(super) fn ask_progress(&mut self, out: &mut Out) {
        if let Some((id, member)) = self.watch {
            let request = Request::Watch(WatchRequest::Progress(WatchProgressRequest {}));
            out.send(member, EtcdMsg::StreamSend { id, request }.into());
        }
    }

    /// Takes the next member, a little later.
    pub(super) fn turn(&mut self, now: Time) {
        self.at = (self.at + 1) % self.members.len().max(1);
        self.retry_at = Some(now + RETRY);
    }

    /// What an input from a member means; several calls may have been lost at once.
    pub(super) fn input(&mut self, input: Input<Msg>) -> Vec<Answer> {
        let lost = || Status::new(Code::Unavailable, REFUSED);
        match input {
            Input::Message { msg: Msg::Etcd(EtcdMsg::Reply { id, result }), .. } => self.reply(id, result),
            Input::Message { msg: Msg::Etcd(EtcdMsg::StreamItem { id, response: Response::Watch(watch) }), .. } => {
                if !self.is_watch(id) {
                    return Vec::new();
                }
                if watch.canceled {
                    self.watch = None;
                }
                vec![Answer::Watch(watch)]
            }
            Input::Message { msg: Msg::Etcd(EtcdMsg::StreamEnd { id, .. }), .. } => self.end_of_watch(id),
            Input::Refused { msg: Msg::Etcd(EtcdMsg::Call { id, .. } | EtcdMsg::StreamSend { id, .. }), .. } => {
                let mut answers = self.end_of_watch(id);
                answers.extend(self.reply(id, Err(lost())));
                answers
            }
            Input::Disconnected { peer } => {
                let ids: Vec<_> =
                    self.calls.iter().filter(|(_, call)| call.member == peer).map(|(id, _)| *id).collect();
                let mut answers = match self.watch {
                    Some((id, member)) if member == peer => self.end_of_watch(id),
                    _ => Vec::new(),
                };
                let error = Status::new(Code::Unavailable, "error reading from server: EOF");
                answers.extend(ids.into_iter().flat_map(|id| self.reply(id, Err(error.clone()))));
                answers
            }
            _ => Vec::new(),
        }
    }

    fn is_watch(&self, id: u64) -> bool {
        self.watch.is_some_and(|(known, _)| known == id)
    }

    fn reply(&mut self, id: u64, result: Result<Response, Status>) -> Vec<Answer> {
        let call = self.calls.remove(&id);
        if let Some(Call { purpose: Purpose::Probe(_), .. }) = &call {
            self.probes -= 1;
        }
        call.map(|call| Answer::Reply(call.purpose, call.cause, result)).into_iter().collect()
    }

    fn end_of_watch(&mut self, id: u64) -> Vec<Answer> {
        if !self.is_watch(id) {
            return Vec::new();
        }
        self.watch = None;
        vec![Answer::WatchEnded]
    }
}

/// The end of the range of keys that begin with `prefix`.
pub(super) fn end_of(prefix: &str) -> etcd::Bytes {
    let mut end = prefix.as_bytes().to_vec();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    end.into()
}

/// Does `success` if the key was last changed at `revision`, 0 for a key that must not exist, and the others at theirs.
pub(super) fn if_unchanged(key: &str, revision: i64, others: &[(String, i64)], success: Vec<RequestOp>) -> TxnRequest {
    let compare = |key: &str, revision: i64| Compare {
        key: key.into(),
        target: CompareTarget::Mod(revision),
        ..Compare::default()
    };
    let mut compares = vec![compare(key, revision)];
    compares.extend(others.iter().map(|(key, revision)| compare(key, *revision)));
    TxnRequest { compare: compares, success, failure: Vec::new() }
}
