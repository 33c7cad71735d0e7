//! Where a member's data lies in the file system: `member/snap/db` and `member/wal`, as a real data directory looks. The
//! lab writes a stopped member's disk here and starts members from directories that `etcdutl snapshot restore` made.

use std::rc::Rc;

use etcd::server::DataDir;
use shell::{Files, FsError, Process};

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

/// The shortest path that names the same (Go: `filepath.Clean`).
pub fn clean(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if !root.is_empty() => {}
            part => parts.push(part),
        }
    }
    match (root, parts.is_empty()) {
        ("", true) => ".".to_owned(),
        _ => format!("{root}{}", parts.join("/")),
    }
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

/// Reads a database, once no running member holds its lock any more. Who waits for longer than a second is told `words`
/// on standard error.
///
/// # Errors
/// When there is none.
pub async fn read_unlocked(process: &Process, path: &str, mut words: &str) -> Result<Rc<Vec<u8>>, FsError> {
    let (files, path) = (process.fs(), process.path(path));
    loop {
        match files.read(&path) {
            Ok(content) if content.as_slice() == IN_USE => process.sleep(LOCK_WAIT).await,
            read => return read,
        }
        process.eprint(std::mem::take(&mut words));
    }
}

/// Microseconds between two looks at a database that is in use.
const LOCK_WAIT: u64 = 1_000_000;

/// Reads a member's data from `dir`.
///
/// # Errors
/// When there is none, or it is damaged.
pub fn read(files: &Files, dir: &str) -> Result<DataDir, ReadError> {
    let bytes = files.read(&format!("{}/{WAL_FILE}", wal_dir(dir))).map_err(ReadError::File)?;
    DataDir::from_bytes(&bytes).map_err(|_| ReadError::Damaged)
}
