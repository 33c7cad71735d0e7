//! What bounds the history that etcd keeps: every five minutes the server asks it to forget what is older than the time
//! before (`staging/src/k8s.io/apiserver/pkg/storage/etcd3/compact.go`). Of several servers one does it: the one that is
//! first to count up the version of a key.

use etcd::rpc::{
    CompactionRequest, Compare, CompareTarget, PutRequest, RangeRequest, RequestOp, ResponseOp, TxnRequest, TxnResponse,
};
use sim::{Micros, Time};

use super::backend::Purpose;
use super::server::{Out, Server};

/// `--etcd-compaction-interval`
const INTERVAL: Micros = Micros::secs(300);
const KEY: &str = "compact_rev_key";

/// What the server remembers from one time to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Compaction {
    pub(super) next: Option<Time>,
    /// The version that the key has, by all that is known.
    version: i64,
    /// How far etcd was the last time.
    revision: i64,
}

impl Server {
    /// The first time is five minutes after the server has started.
    pub(super) fn begin_compactions(&mut self) {
        self.compaction = Compaction { next: Some(self.now + INTERVAL), ..Compaction::default() };
    }

    /// Asks whether it is this server's turn.
    pub(super) fn propose_compaction(&mut self, out: &mut Out) {
        self.compaction.next = Some(self.now + INTERVAL);
        let Compaction { version, revision, .. } = self.compaction;
        let target = CompareTarget::Version(version);
        let put = PutRequest { key: KEY.into(), value: revision.to_string().into(), ..PutRequest::default() };
        let get = RangeRequest { key: KEY.into(), ..RangeRequest::default() };
        let txn = TxnRequest {
            compare: vec![Compare { key: KEY.into(), target, ..Compare::default() }],
            success: vec![RequestOp::Put(put)],
            failure: vec![RequestOp::Range(get)],
        };
        self.backend.ask(Purpose::Compaction, txn.into(), out);
    }

    /// It is, or somebody else was faster. At its first time a server does not know yet what is old.
    pub(super) fn compact(&mut self, txn: &TxnResponse, out: &mut Out) {
        let before = std::mem::replace(&mut self.compaction.revision, txn.header.revision);
        if txn.succeeded {
            self.compaction.version += 1;
            if before > 0 {
                let request = CompactionRequest { revision: before, physical: false };
                self.backend.ask(Purpose::Nothing, request.into(), out);
            }
        } else if let Some(ResponseOp::Range(range)) = txn.responses.first() {
            self.compaction.version = range.kvs.first().map_or(0, |kv| kv.version);
        }
    }
}
