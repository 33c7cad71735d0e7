//! Whether a cluster has come to rest: components renew their leases for ever, so rest is when nothing else is written.

use crate::{World, cluster::Cluster};
use etcd::{
    rpc::{Request, RequestOp, TxnRequest},
    server::Msg as EtcdMsg,
};
use kube::Msg;
use sim::{EventId, Kind};

/// Where what is renewed for ever lies in etcd.
const RENEWED: [&[u8]; 3] = [b"/registry/leases/", b"/registry/masterleases/", b"/registry/peerserverleases/"];

impl World {
    /// Lets time pass until nothing but leases was written for `quiet` microseconds; `false` when that did not come
    /// about within `limit`.
    pub fn wait_until_quiet(&mut self, quiet: u64, limit: u64) -> bool {
        let end = self.now() + limit;
        let mut cursor = self.cluster.sim.trace().last().0;
        let mut last = self.now();
        while self.now() < end {
            self.run_until(self.now() + quiet / 8);
            if wrote(&self.cluster, &mut cursor) {
                last = self.now();
            }
            if self.now() - last >= quiet {
                return true;
            }
        }
        false
    }
}

/// Whether anything but a lease was written after the record `cursor`, which is moved on.
fn wrote(cluster: &Cluster, cursor: &mut u64) -> bool {
    let trace = cluster.sim.trace();
    let wrote = trace.since(EventId(*cursor)).any(|record| match &record.kind {
        Kind::Sent { msg, .. } => match &**msg {
            Msg::Etcd(EtcdMsg::Call { request: Request::Txn(txn), .. }) => changes(txn),
            _ => false,
        },
        _ => false,
    });
    *cursor = trace.last().0;
    wrote
}

fn changes(txn: &TxnRequest) -> bool {
    txn.success.iter().any(|operation| match operation {
        RequestOp::Put(put) => !RENEWED.iter().any(|prefix| put.key.starts_with(prefix)),
        RequestOp::DeleteRange(_) => true,
        RequestOp::Range(_) | RequestOp::Txn(_) => false,
    })
}
