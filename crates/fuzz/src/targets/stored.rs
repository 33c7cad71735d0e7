//! Files of etcd: snapshots and write-ahead logs, which a learner may have damaged.

use etcd::apply::Snapshot;
use etcd::server::DataDir;

use super::{Target, worlds};

/// A database, as `etcdctl snapshot save` writes it.
pub const SNAPSHOT: Target =
    Target { name: "snapshot", samples: snapshots, prepare: || Box::new(reads_a_snapshot), quick: 1_000 };
/// A write-ahead log.
pub const DATA_DIR: Target =
    Target { name: "data-dir", samples: logs, prepare: || Box::new(reads_a_log), quick: 1_000 };

fn snapshots() -> Vec<Vec<u8>> {
    vec![worlds::file_after("etcdctl put a b; etcdctl put c d; etcdctl del a; etcdctl snapshot save saved", "saved")]
}

fn logs() -> Vec<Vec<u8>> {
    let restored = "etcdctl put a b; etcdctl snapshot save saved; etcdutl snapshot restore saved --data-dir copy";
    vec![worlds::file_after(restored, "copy/member/wal/0000000000000000-0000000000000000.wal")]
}

fn reads_a_snapshot(input: &[u8]) -> Result<(), String> {
    let Some(snapshot) = Snapshot::decode_database(input) else { return Ok(()) };
    let _ = snapshot.encode();
    Ok(())
}

fn reads_a_log(input: &[u8]) -> Result<(), String> {
    let Ok(log) = DataDir::from_bytes(input) else { return Ok(()) };
    let _ = log.to_bytes();
    Ok(())
}
