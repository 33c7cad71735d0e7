//! Everything that travels on the simulated network for etcd: clients' calls, and what members tell each other.

use std::fmt;
use std::sync::Arc;

use sim::{Digest, Payload};

use super::image::Image;
use super::members::{MemberId, Members};
use crate::rpc::{
    CompareTarget, KeyValue, PutRequest, Request, RequestOp, Response, ResponseOp, Status, TxnRequest, TxnResponse,
};

/// One message. A call's `id` is unique for the client that made it; a stream is known by the id of the call that
/// opened it.
#[derive(Clone, Debug)]
pub enum Msg {
    /// Client to member: a call, or the opening of a stream (`Watch`, `LeaseKeepAlive`, `Snapshot`).
    Call {
        /// What the answer will name.
        id: u64,
        /// The token of an authenticated user.
        token: Option<String>,
        /// What is asked.
        request: Request,
    },
    /// Client to member: more on an open stream.
    StreamSend {
        /// Which stream.
        id: u64,
        /// What is asked.
        request: Request,
    },
    /// Client to member: the client gave up, or closes the stream.
    Cancel {
        /// Which call.
        id: u64,
    },
    /// Member to client: the answer to a call.
    Reply {
        /// Which call.
        id: u64,
        /// The answer.
        result: Result<Response, Status>,
    },
    /// Member to client: one message of a stream.
    StreamItem {
        /// Which stream.
        id: u64,
        /// The message.
        response: Response,
    },
    /// Member to client: the stream is over, with code `Ok` if it ended in good order.
    StreamEnd {
        /// Which stream.
        id: u64,
        /// Why.
        status: Status,
    },
    /// Client to member: opens a connection without asking for anything yet.
    Dial {
        /// What the answer will name.
        id: u64,
    },
    /// Member to client: somebody listens here.
    Accepted {
        /// Which dialling.
        id: u64,
    },
    /// Member to member: consensus.
    Peer(Arc<PeerMessage>),
    /// Member to member: nothing but that the sender is there (etcd: rafthttp's link heartbeat).
    LinkHeartbeat {
        /// Who is there.
        member: MemberId,
        /// Its cluster.
        cluster: u64,
    },
    /// Member to leader: what only the leader can answer (etcd: lease and promotion over the peer port).
    Forward {
        /// What the answer will name.
        id: u64,
        /// What is asked.
        request: Request,
    },
    /// Member to member: the cluster has removed the receiver (etcd: rafthttp answers such a peer 410 Gone).
    Removed {
        /// Who was removed.
        member: MemberId,
    },
    /// A member that joins asks who belongs to the cluster.
    AskMembers,
    /// The answer.
    TellMembers(Arc<Members>),
    /// Leader to member: the answer.
    Forwarded {
        /// Which one.
        id: u64,
        /// The answer.
        result: Result<Response, Status>,
    },
}

/// What one member's raft says to another's.
#[derive(Clone, Debug)]
pub struct PeerMessage {
    /// The sender's cluster: members of other clusters do not listen.
    pub cluster: u64,
    /// What raft says.
    pub message: raft::Message,
    /// The state that goes with a snapshot message. It travels as a shared value; its size is charged all the same.
    pub image: Option<Arc<Image>>,
}

/// The tag and numbers of a call, for the hash over the trace. Calls are hashed by what is written on them in words:
/// there are a hundred kinds of requests and answers, and each derives a canonical form already.
struct Hashing<'a>(&'a mut Digest);

impl fmt::Write for Hashing<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.str(text);
        Ok(())
    }
}

fn hash_words(digest: &mut Digest, value: &impl fmt::Debug) {
    use fmt::Write;
    // Writing to a hash cannot fail.
    let _ = write!(Hashing(digest), "{value:?}");
}

fn hash_request(digest: &mut Digest, request: &Request) {
    match request {
        // What there is most of goes without formatting.
        Request::Put(put) => hash_put(digest, put),
        Request::Range(range) if range.range_end.is_empty() && range.revision == 0 => {
            digest.u8(2);
            digest.bytes(&range.key);
            digest.bool(range.serializable);
        }
        Request::Txn(txn) => {
            digest.u8(3);
            hash_txn(digest, txn);
        }
        other => hash_words(digest, other),
    }
}

fn hash_txn(digest: &mut Digest, txn: &TxnRequest) {
    digest.u64(txn.compare.len() as u64);
    for compare in &txn.compare {
        digest.bytes(&compare.key);
        digest.bytes(&compare.range_end);
        digest.u8(compare.result as u8);
        match &compare.target {
            CompareTarget::Value(value) => digest.bytes(value),
            CompareTarget::Version(number) => digest.u64(number.cast_unsigned() << 2),
            CompareTarget::Create(number) => digest.u64(number.cast_unsigned() << 2 | 1),
            CompareTarget::Mod(number) => digest.u64(number.cast_unsigned() << 2 | 2),
            CompareTarget::Lease(number) => digest.u64(number.cast_unsigned() << 2 | 3),
        }
    }
    for ops in [&txn.success, &txn.failure] {
        digest.u64(ops.len() as u64);
        for op in ops {
            match op {
                RequestOp::Put(put) => hash_put(digest, put),
                RequestOp::Txn(inner) => hash_txn(digest, inner),
                other => hash_words(digest, other),
            }
        }
    }
}

fn hash_put(digest: &mut Digest, put: &PutRequest) {
    digest.u8(1);
    digest.bytes(&put.key);
    digest.bytes(&put.value);
    digest.i64(put.lease);
    digest.u8(u8::from(put.prev_kv) | u8::from(put.ignore_value) << 1 | u8::from(put.ignore_lease) << 2);
}

fn hash_key_value(digest: &mut Digest, kv: &KeyValue) {
    digest.bytes(&kv.key);
    digest.bytes(&kv.value);
    for number in [kv.create_revision, kv.mod_revision, kv.version, kv.lease] {
        digest.i64(number);
    }
}

fn hash_response(digest: &mut Digest, response: &Response) {
    let header = response.header();
    digest.u64(header.member_id);
    digest.i64(header.revision);
    digest.u64(header.raft_term);
    match response {
        Response::Put(put) if put.prev_kv.is_none() => digest.u8(1),
        Response::Range(range) => {
            digest.u8(2);
            digest.i64(range.count);
            for kv in &range.kvs {
                digest.bytes(&kv.key);
                digest.bytes(&kv.value);
                digest.i64(kv.mod_revision);
            }
        }
        Response::Watch(watch) => {
            digest.u8(4);
            digest.i64(watch.watch_id);
            digest.u8(u8::from(watch.created) | u8::from(watch.canceled) << 1 | u8::from(watch.fragment) << 2);
            digest.i64(watch.compact_revision);
            digest.str(&watch.cancel_reason);
            digest.u64(watch.events.len() as u64);
            for event in &watch.events {
                digest.u8(event.r#type as u8 | u8::from(event.prev_kv.is_some()) << 1);
                hash_key_value(digest, &event.kv);
                event.prev_kv.iter().for_each(|kv| hash_key_value(digest, kv));
            }
        }
        Response::Snapshot(part) => {
            digest.u8(3);
            digest.u64(part.remaining_bytes);
            digest.bytes(&part.blob);
        }
        Response::Txn(txn) => {
            digest.u8(5);
            hash_txn_answer(digest, txn);
        }
        other => hash_words(digest, other),
    }
}

fn hash_txn_answer(digest: &mut Digest, txn: &TxnResponse) {
    digest.bool(txn.succeeded);
    digest.u64(txn.responses.len() as u64);
    for response in &txn.responses {
        match response {
            ResponseOp::Put(put) if put.prev_kv.is_none() => digest.u8(1),
            ResponseOp::Txn(inner) => hash_txn_answer(digest, inner),
            other => hash_words(digest, other),
        }
    }
}

fn hash_result(digest: &mut Digest, result: &Result<Response, Status>) {
    match result {
        Ok(response) => hash_response(digest, response),
        Err(status) => {
            digest.u8(status.code.number());
            digest.str(&status.message);
        }
    }
}

fn hash_raft(digest: &mut Digest, message: &raft::Message) {
    digest.u64(message.kind as u64 | u64::from(message.reject) << 8);
    for word in [
        message.to,
        message.from,
        message.term,
        message.log_term,
        message.index,
        message.commit,
        message.vote,
        message.reject_hint,
    ] {
        digest.u64(word);
    }
    digest.bytes(&message.context);
    digest.u64(message.entries.len() as u64);
    for entry in &message.entries {
        digest.u64(entry.term);
        digest.u64(entry.index);
        digest.u64(entry.kind as u64);
        digest.bytes(&entry.data);
    }
    if let Some(snapshot) = &message.snapshot {
        digest.u64(snapshot.metadata.index);
        digest.u64(snapshot.metadata.term);
    }
}

impl Payload for Msg {
    fn digest(&self, digest: &mut Digest) {
        let mut head = |tag: u8, id: u64| {
            digest.u8(tag);
            digest.u64(id);
        };
        match self {
            Msg::Call { id, token, request } => {
                head(1, *id);
                digest.bool(token.is_some());
                hash_request(digest, request);
            }
            Msg::StreamSend { id, request } => {
                head(2, *id);
                hash_request(digest, request);
            }
            Msg::Cancel { id } => head(3, *id),
            Msg::Reply { id, result } => {
                head(4, *id);
                hash_result(digest, result);
            }
            Msg::StreamItem { id, response } => {
                head(5, *id);
                hash_response(digest, response);
            }
            Msg::StreamEnd { id, status } => {
                head(6, *id);
                digest.u8(status.code.number());
                digest.str(&status.message);
            }
            Msg::Peer(peer) => {
                head(7, peer.cluster);
                hash_raft(digest, &peer.message);
            }
            Msg::LinkHeartbeat { member, cluster } => {
                head(8, *member);
                digest.u64(*cluster);
            }
            Msg::Forward { id, request } => {
                head(9, *id);
                hash_request(digest, request);
            }
            Msg::Forwarded { id, result } => {
                head(10, *id);
                hash_result(digest, result);
            }
            Msg::Removed { member } => head(13, *member),
            Msg::AskMembers => head(14, 0),
            Msg::TellMembers(members) => {
                head(15, members.cluster);
                members.ids().for_each(|id| digest.u64(id));
            }
            Msg::Dial { id } => head(11, *id),
            Msg::Accepted { id } => head(12, *id),
        }
    }

    /// Close to what gRPC and rafthttp would send: payload and a little framing.
    fn size(&self) -> u64 {
        const FRAME: u64 = 64;
        let request_size = |request: &Request| match request {
            Request::Put(put) => put.key.len() as u64 + put.value.len() as u64,
            Request::Range(range) => range.key.len() as u64 + range.range_end.len() as u64,
            _ => FRAME,
        };
        let response_size = |response: &Response| match response {
            Response::Range(range) => {
                range.kvs.iter().map(|kv| kv.key.len() as u64 + kv.value.len() as u64 + 16).sum::<u64>()
            }
            Response::Snapshot(part) => part.blob.len() as u64,
            _ => FRAME,
        };
        FRAME
            + match self {
                Msg::Call { request, .. } | Msg::StreamSend { request, .. } | Msg::Forward { request, .. } => {
                    request_size(request)
                }
                Msg::Reply { result, .. } | Msg::Forwarded { result, .. } => result.as_ref().map_or(0, response_size),
                Msg::StreamItem { response, .. } => response_size(response),
                Msg::Peer(peer) => {
                    let entries: u64 = peer.message.entries.iter().map(raft::Entry::encoded_size).sum();
                    entries + peer.image.as_ref().map_or(0, |image| image.size())
                }
                _ => 0,
            }
    }

    /// Raft does without: what gets lost it sends again, and etcd drops what a broken peer connection cannot take. But a
    /// proposal that a follower passes on may not arrive twice, or it would be applied twice, and a snapshot is one
    /// long upload of its own.
    fn reliable(&self) -> bool {
        match self {
            Msg::Peer(peer) => matches!(peer.message.kind, raft::MessageKind::Snap | raft::MessageKind::Prop),
            Msg::LinkHeartbeat { .. } => false,
            _ => true,
        }
    }
}

fn entries_label(entries: &[raft::Entry]) -> String {
    match entries {
        [] => String::new(),
        [one] => format!(" idx {} (1 entry)", one.index),
        [first, .., last] => format!(" idx {}–{} ({} entries)", first.index, last.index, entries.len()),
    }
}

/// A short label for the diagram: `MsgApp idx 9 (1 entry)`, `Put`, `PutResponse`.
impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = |f: &mut fmt::Formatter<'_>, result: &Result<Response, Status>| match result {
            Ok(response) => write!(f, "{}Response", response.name()),
            Err(status) => write!(f, "error: {}", status.message),
        };
        match self {
            Msg::Call { request, .. } | Msg::StreamSend { request, .. } => f.write_str(request.name()),
            Msg::Cancel { .. } => f.write_str("Cancel"),
            Msg::Reply { result, .. } => answer(f, result),
            Msg::StreamItem { response: Response::Watch(watch), .. } if !watch.events.is_empty() => {
                write!(f, "WatchResponse ({} events)", watch.events.len())
            }
            Msg::StreamItem { response, .. } => write!(f, "{}Response", response.name()),
            Msg::StreamEnd { status, .. } if status.message.is_empty() => f.write_str("end of stream"),
            Msg::StreamEnd { status, .. } => write!(f, "end: {}", status.message),
            Msg::Removed { .. } => f.write_str("removed from the cluster"),
            Msg::AskMembers => f.write_str("who are the members?"),
            Msg::TellMembers(_) => f.write_str("members"),
            Msg::Dial { .. } => f.write_str("connect"),
            Msg::Accepted { .. } => f.write_str("connected"),
            Msg::LinkHeartbeat { .. } => f.write_str("link heartbeat"),
            Msg::Forward { request, .. } => write!(f, "{} (forwarded)", request.name()),
            Msg::Forwarded { result, .. } => answer(f, result),
            Msg::Peer(peer) => {
                use raft::MessageKind::{App, AppResp, Heartbeat, Prop, Snap};
                let message = &peer.message;
                f.write_str(message.kind.name())?;
                match message.kind {
                    App if message.entries.is_empty() => write!(f, " commit {}", message.commit),
                    App => f.write_str(&entries_label(&message.entries)),
                    Prop => write!(f, " ({} proposed)", message.entries.len()),
                    AppResp if message.reject => write!(f, " rejected at {}", message.index),
                    AppResp => write!(f, " has {}", message.index),
                    Heartbeat => write!(f, " commit {}", message.commit),
                    Snap => {
                        write!(f, " at {}", message.snapshot.as_ref().map_or(0, |snapshot| snapshot.metadata.index))
                    }
                    _ if message.reject => f.write_str(" rejected"),
                    _ => write!(f, " term {}", message.term),
                }
            }
        }
    }
}

impl Msg {
    /// What kind of message it is in the words of someone who learns Raft: "append entries", "heartbeat", "vote
    /// request", "client request".
    pub fn kind(&self) -> &'static str {
        use raft::MessageKind::*;
        match self {
            Msg::Call { .. } | Msg::StreamSend { .. } | Msg::Cancel { .. } | Msg::Dial { .. } => "client request",
            Msg::Reply { .. } | Msg::StreamItem { .. } | Msg::StreamEnd { .. } | Msg::Accepted { .. } => "answer",
            Msg::LinkHeartbeat { .. } => "link heartbeat",
            Msg::Removed { .. } | Msg::AskMembers | Msg::TellMembers(_) => "membership notice",
            Msg::Forward { .. } => "forwarded request",
            Msg::Forwarded { .. } => "forwarded answer",
            Msg::Peer(peer) => match peer.message.kind {
                App if peer.message.entries.is_empty() => "commit notice",
                App => "append entries",
                AppResp => "append answer",
                Heartbeat => "heartbeat",
                HeartbeatResp => "heartbeat answer",
                Vote => "vote request",
                VoteResp => "vote",
                PreVote => "pre-vote request",
                PreVoteResp => "pre-vote",
                Snap => "snapshot",
                Prop => "forwarded proposal",
                ReadIndex => "read index request",
                ReadIndexResp => "read index",
                TimeoutNow => "leadership handed over",
                TransferLeader => "leadership transfer request",
                _ => "consensus",
            },
        }
    }
}
