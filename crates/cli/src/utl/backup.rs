//! `etcdutl backup`: copies a stopped member's data for a new cluster of one.

use etcd::server::{DataDir, RestoreOptions};
use shell::Process;

use crate::datadir::{self, ReadError};
use crate::flags::{CommandSpec, FlagSpec, Kind};
use crate::log::{self, file_error};
use crate::print::json_quote;
use crate::program::{Exit, Invocation, RunFuture, code};

pub static BACKUP: CommandSpec = CommandSpec::leaf(
    "backup",
    "Copies the data directory of a stopped member (legacy)",
    &[
        FlagSpec::text("data-dir", "", "the member's data directory"),
        FlagSpec::text("wal-dir", "", "its write-ahead log, if elsewhere"),
        FlagSpec::text("backup-dir", "", "directory to make"),
        FlagSpec::text("backup-wal-dir", "", "directory for the write-ahead log, if elsewhere"),
        FlagSpec::new("with-v3", Kind::Bool, "true", "copy the data of API version 3 too"),
    ],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.long("Better: etcdctl snapshot save.")
.required(&["data-dir", "backup-dir"]);

/// The copy's member, which has to be started with --force-new-cluster (etcd: etcdutl/etcdutl/backup_command.go).
const NAME: &str = "etcdctl-v2-backup";
const PEER_URL: &str = "http://use-flag--force-new-cluster:2080";

async fn run(invocation: Invocation) -> Result<(), Exit> {
    let flags = &invocation.flags;
    let (from, to) = (flags.text("data-dir"), flags.text("backup-dir"));
    let process = &invocation.process;
    let snapshots = datadir::snap_dir(from);
    if let Err(error) = process.fs().list(&process.path(&snapshots)) {
        let fields = [("error", json_quote(&file_error("open", &snapshots, error)))];
        let place = "etcdutl/backup_command.go:154";
        log::console(process, "fatal", place, "saveSnap(Snapshoter.Load) failed", &fields);
        return Err(Exit::silent(code::ERROR));
    }
    backup(process, from, to, flags.text("backup-wal-dir"))?;
    let trimming = "Trimming membership information from the backend...";
    log::console(process, "info", "membership/store.go:138", trimming, &[]);
    Ok(())
}

/// Copies the data directory `from` to `to`; the log goes to `wal`, if that is not empty.
pub fn backup(process: &Process, from: &str, to: &str, wal: &str) -> Result<(), Exit> {
    let files = process.fs();
    let (from, to) = (datadir::clean(from), datadir::clean(to));
    let target = datadir::snap_dir(&process.path(&to));
    files.mkdir_all(&target).map_err(|e| Exit::error(file_error("mkdir", &target, e)))?;
    let snapshots = datadir::snap_dir(&from);
    let snapshots = snapshots.trim_start_matches("./");
    files.list(&process.path(snapshots)).map_err(|e| Exit::error(file_error("open", snapshots, e)))?;
    let (from, to) = (from.as_str(), to.as_str());
    let data = datadir::read(&files, &process.path(from)).map_err(|error| match error {
        ReadError::File(error) => {
            Exit::error(file_error("open", datadir::wal_dir(from).trim_start_matches("./"), error))
        }
        ReadError::Damaged => Exit::error("invalid database"),
    })?;
    let snapshot = data.snapshot().map(|s| s.encode()).unwrap_or_default();
    let options = RestoreOptions {
        name: NAME.to_owned(),
        initial_cluster: vec![(NAME.to_owned(), PEER_URL.to_owned())],
        initial_cluster_token: String::new(),
        advertise_peer_urls: vec![PEER_URL.to_owned()],
        bump_revision: 0,
    };
    let copy = DataDir::restore(&snapshot, &options).map_err(Exit::error)?;
    let target = process.path(to);
    let wal = if wal.is_empty() { datadir::wal_dir(&target) } else { process.path(wal) };
    datadir::write(&files, &target, &wal, &copy).map_err(|e| Exit::error(file_error("write", to, e)))
}
