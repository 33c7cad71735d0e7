//! Streams between clients and this member: watches, lease renewals, snapshots (etcd: server/etcdserver/api/v3rpc,
//! `watch.go`, `lease.go`, `interceptor.go`).

use sorted::SortedMap;

use sha2::{Digest, Sha256};
use sim::{NodeId, Time};

use super::process::Process;
use super::proposals::Caller;
use super::{Effects, Msg};
use crate::Bytes;
use crate::apply::StateMachine;
use crate::rpc::*;
use crate::store::watch::PROGRESS_INTERVAL;
use crate::store::{ChangeId, Delivery, KeyRange, Store, WatchHub};

/// Bytes of a snapshot in one message of its stream.
const SNAPSHOT_PART: usize = 256 * 1024;
/// Streams that want a leader end when there has been none at so many looks in a row, an election time-out apart
/// (etcd: interceptor.go, `maxNoLeaderCnt`).
const MAX_NO_LEADER: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Watch,
    KeepAlive,
}

#[derive(Clone, Debug)]
struct Stream {
    node: NodeId,
    call: u64,
    kind: Kind,
    token: Option<String>,
    opened: Time,
    progress_reports: u64,
}

/// The open streams of a member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams {
    pub(crate) hub: WatchHub,
    last: u64,
    open: SortedMap<u64, Stream>,
    by_call: SortedMap<(NodeId, u64), u64>,
    pending: Vec<Delivery>,
    no_leader: u32,
    /// Those that came through the JSON gateway.
    in_json: SortedMap<(NodeId, u64), ()>,
}

impl Streams {
    /// Keys have changed: whoever watches them is told.
    pub(crate) fn changed(&mut self, changes: &[ChangeId], store: &Store) {
        self.pending.extend(self.hub.notify(changes, store));
    }

    /// The watches that are open: whose, which keys, and how many events each was sent.
    pub(crate) fn watches(&self) -> impl Iterator<Item = (NodeId, &KeyRange, u64)> {
        let look = |(number, stream): (&u64, &Stream)| (*number, stream.node);
        self.open
            .iter()
            .map(look)
            .flat_map(|(number, node)| self.hub.look(number).map(move |(range, events)| (node, range, events)))
    }

    /// The state was replaced by a snapshot.
    pub(crate) fn restored(&mut self, _machine: &StateMachine) {
        self.hub.restore();
    }

    /// A stream is about to be opened by the JSON gateway.
    pub(crate) fn expect_json(&mut self, caller: &Caller) {
        self.in_json.insert((caller.node, caller.call), ());
    }

    pub(crate) fn close(&mut self, node: NodeId, call: u64) {
        self.in_json.remove(&(node, call));
        if let Some(number) = self.by_call.remove(&(node, call)) {
            self.open.remove(&number);
            self.hub.close(number);
        }
    }

    /// A client's machine is gone.
    pub(crate) fn forget_client(&mut self, node: NodeId) {
        let calls: Vec<_> = self.by_call.range((node, 0)..=(node, u64::MAX)).map(|((_, call), _)| *call).collect();
        calls.into_iter().for_each(|call| self.close(node, call));
        self.in_json.retain(|(client, _), ()| *client != node);
    }

    fn insert(&mut self, caller: &Caller, kind: Kind, token: Option<String>, now: Time) -> u64 {
        self.last += 1;
        let stream = Stream { node: caller.node, call: caller.call, kind, token, opened: now, progress_reports: 0 };
        self.open.insert(self.last, stream);
        self.by_call.insert((caller.node, caller.call), self.last);
        self.last
    }
}

impl Process {
    pub(crate) fn open_stream(&mut self, caller: Caller, token: Option<String>, request: Request, out: &mut Effects) {
        if matches!(request, Request::Snapshot(_)) {
            return self.send_snapshot(&caller, token.as_deref(), &request, out);
        }
        // Clients ask for watches and renewals to fail when there is no leader, rather than to hang.
        if self.lead() == 0 {
            return self.end_stream(caller.node, caller.call, errors::no_leader(), out);
        }
        let kind = if matches!(request, Request::Watch(_)) { Kind::Watch } else { Kind::KeepAlive };
        self.streams.insert(&caller, kind, token, self.now);
        self.stream_send(caller.node, caller.call, request, out);
    }

    pub(crate) fn stream_send(&mut self, node: NodeId, call: u64, request: Request, out: &mut Effects) {
        let Some(number) = self.streams.by_call.get(&(node, call)).copied() else { return };
        let Some(stream) = self.streams.open.get(&number) else { return };
        let token = stream.token.clone();
        match (stream.kind, request) {
            (Kind::Watch, Request::Watch(request)) => self.watch(number, token.as_deref(), request, out),
            (Kind::KeepAlive, Request::LeaseKeepAlive(request)) => {
                let caller = Caller { node, call, forwarded: false, cause: out.cause() };
                let permitted = self
                    .auth_info(token.as_deref())
                    .and_then(|auth| self.machine.authorize(&auth, &Request::LeaseKeepAlive(request.clone())));
                match permitted {
                    Ok(()) => self.keep_alive(caller, request, out),
                    Err(status) => self.end_stream(node, call, status, out),
                }
            }
            _ => {}
        }
    }

    fn watch(&mut self, number: u64, token: Option<&str>, request: WatchRequest, out: &mut Effects) {
        let response = match request {
            WatchRequest::Create(create) => {
                let permitted = self
                    .auth_info(token)
                    .and_then(|auth| self.machine.auth.check_range(&auth, &create.key, &create.range_end));
                Some(self.streams.hub.create(number, &create, permitted, &self.machine.store))
            }
            WatchRequest::Cancel(cancel) => self.streams.hub.cancel(number, cancel.watch_id, &self.machine.store),
            WatchRequest::Progress(_) => self.streams.hub.progress(number, &self.machine.store),
        };
        if let Some(response) = response {
            self.deliver(Delivery { stream: number, response }, out);
        }
    }

    fn deliver(&mut self, delivery: Delivery, out: &mut Effects) {
        if let Some(stream) = self.streams.open.get(&delivery.stream) {
            self.stream_item(stream.node, stream.call, delivery.response.into(), out);
        }
    }

    /// Sends the watchers what applying has brought them.
    pub(crate) fn push_watch_events(&mut self, out: &mut Effects) {
        for delivery in core::mem::take(&mut self.streams.pending) {
            self.deliver(delivery, out);
        }
    }

    pub(crate) fn stream_item(&mut self, node: NodeId, call: u64, mut response: Response, out: &mut Effects) {
        self.fill_header(&mut response);
        if self.streams.in_json.contains_key(&(node, call)) {
            return self.http_stream_part(node, call, Ok(response), out);
        }
        out.send(node, Msg::StreamItem { id: call, response });
    }

    pub(crate) fn end_stream(&mut self, node: NodeId, call: u64, status: Status, out: &mut Effects) {
        if self.streams.in_json.contains_key(&(node, call)) {
            return self.http_stream_part(node, call, Err(status), out);
        }
        self.streams.close(node, call);
        out.send(node, Msg::StreamEnd { id: call, status });
    }

    /// What streams need from time to time: catching up, progress reports, an end when the leader is lost.
    pub(crate) fn check_streams(&mut self, out: &mut Effects) {
        if self.streams.hub.has_unsynced() {
            for delivery in self.streams.hub.sync(&self.machine.store) {
                self.deliver(delivery, out);
            }
        }
        if self.ticks.is_multiple_of(u64::from(self.config.election_ticks())) {
            self.check_leader_for_streams(out);
        }
        self.report_progress(out);
    }

    fn check_leader_for_streams(&mut self, out: &mut Effects) {
        self.streams.no_leader = if self.lead() == 0 { self.streams.no_leader + 1 } else { 0 };
        if self.streams.no_leader >= MAX_NO_LEADER {
            self.streams.no_leader = 0;
            let calls: Vec<_> = self.streams.by_call.keys().copied().collect();
            for (node, call) in calls {
                self.end_stream(node, call, errors::no_leader(), out);
            }
        }
    }

    fn report_progress(&mut self, out: &mut Effects) {
        let now = self.now;
        let due: Vec<u64> = self
            .streams
            .open
            .iter_mut()
            .filter_map(|(number, stream)| {
                let reports = (now - stream.opened).as_micros() / PROGRESS_INTERVAL;
                let due = reports > stream.progress_reports;
                stream.progress_reports = reports;
                due.then_some(*number)
            })
            .collect();
        for number in due {
            for response in self.streams.hub.progress_tick(number, &self.machine.store) {
                self.deliver(Delivery { stream: number, response }, out);
            }
        }
    }

    /// Streams the database as it is now, and its SHA-256 after it (etcd: v3rpc/maintenance.go, `Snapshot`).
    fn send_snapshot(&mut self, caller: &Caller, token: Option<&str>, request: &Request, out: &mut Effects) {
        let permitted = self.auth_info(token).and_then(|auth| self.machine.authorize(&auth, request));
        if let Err(status) = permitted {
            return self.end_stream(caller.node, caller.call, status, out);
        }
        let database = self.machine.snapshot().with_member_rows(self.members.rows()).encode();
        let mut left = database.len();
        for part in database.chunks(SNAPSHOT_PART) {
            left -= part.len();
            self.snapshot_part(caller, left as u64, Bytes::from(part), out);
        }
        let checksum = Sha256::digest(&database);
        self.snapshot_part(caller, 0, Bytes::from(checksum.as_slice()), out);
        self.end_stream(caller.node, caller.call, Status::new(Code::Ok, ""), out);
    }

    fn snapshot_part(&self, caller: &Caller, remaining_bytes: u64, blob: Bytes, out: &mut Effects) {
        // The real server fills in no header here.
        let response = SnapshotResponse { remaining_bytes, blob, ..Default::default() };
        out.send(caller.node, Msg::StreamItem { id: caller.call, response: response.into() });
    }
}
