//! Where a member's data lies among the machine's files: `member/snap/db` and `member/wal`, as a real data directory
//! looks. The lab writes a stopped member's disk there, and starts members from directories that `etcdutl snapshot
//! restore` made.

/// What stands in the files of a running member: its disk is in its own hands until it stops.
pub const IN_USE: &[u8] = b"in use by a running etcd\n";
/// The one file of the write-ahead log.
pub const WAL_FILE: &str = "0000000000000000-0000000000000000.wal";

/// `DIR/member/snap/db`, where the database is.
pub fn database(dir: &str) -> String {
    format!("{dir}/member/snap/db")
}

/// `DIR/member/snap`
pub fn snap_dir(dir: &str) -> String {
    format!("{dir}/member/snap")
}

/// `DIR/member/wal`, unless the log lies elsewhere.
pub fn wal_dir(dir: &str) -> String {
    format!("{dir}/member/wal")
}
