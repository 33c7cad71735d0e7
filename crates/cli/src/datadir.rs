//! A member's data directory, read and written by the programs that work on one.

use std::rc::Rc;

pub use border::{IN_USE, WAL_FILE, database, snap_dir, wal_dir};
use etcd::server::DataDir;
use shell::{Files, FsError, Process};

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
