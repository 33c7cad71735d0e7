//! A member's data directory, read and written by the programs that work on one.

pub use border::{IN_USE, WAL_FILE, database, snap_dir, wal_dir};
use etcd::server::DataDir;
use shell::{Files, FsError};

/// Why a directory could not be read as a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    File(FsError),
    Damaged,
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
