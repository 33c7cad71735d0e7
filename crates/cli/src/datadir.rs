//! Where a member's data lies in the file system: `member/snap/db` and `member/wal`, as a real data directory looks. The
//! lab writes a stopped member's disk here and starts members from directories that `etcdutl snapshot restore` made.

use etcd::server::DataDir;
use shell::{Files, FsError};

/// What stands in the files of a running member: its disk is in its own hands until it stops.
pub const IN_USE: &[u8] = b"in use by a running etcd\n";
/// The one file of the write-ahead log.
pub const WAL_FILE: &str = "0000000000000000-0000000000000000.wal";

/// Why a directory could not be read as a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    File(FsError),
    Damaged,
}

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

/// Writes a member's data. Paths are absolute.
///
/// # Errors
/// When the file system is full.
pub fn write(files: &Files, dir: &str, wal: &str, data: &DataDir) -> Result<(), FsError> {
    files.mkdir_all(&snap_dir(dir))?;
    files.mkdir_all(wal)?;
    files.write(&database(dir), data.snapshot().map(|s| s.encode()).unwrap_or_default())?;
    files.write(&format!("{wal}/{WAL_FILE}"), data.to_bytes())
}

/// Reads a member's data from `dir`.
///
/// # Errors
/// When there is none, or it is damaged.
pub fn read(files: &Files, dir: &str) -> Result<DataDir, ReadError> {
    let bytes = files.read(&format!("{}/{WAL_FILE}", wal_dir(dir))).map_err(ReadError::File)?;
    DataDir::from_bytes(&bytes).map_err(|_| ReadError::Damaged)
}
