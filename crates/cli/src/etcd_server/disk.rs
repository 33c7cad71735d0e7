//! The data directory as `etcd` looks at it before it starts: whether there is data, and whether it can be used.

use etcd::apply::Snapshot;
use etcd::server::{DataDir, Fields};
use shell::Process;

use super::report::Report;
use super::settings::Settings;
use super::{Ending, Run, code};
use crate::datadir::{self, IN_USE};
use crate::go;

/// How long opening a database takes, in microseconds: the file is created or mapped.
const OPENING: u64 = 4_000;
/// How long the program waits for another's lock before it says so, and how often it looks, in microseconds.
const LOCK_PATIENCE: u64 = 10_000_000;
const LOCK_POLL: u64 = 100_000;

fn none() -> Fields {
    Fields::default()
}

/// Whether a member's data lies in the directory (etcd: server/etcdmain/etcd.go, `identifyDataDirOrDie`).
pub async fn identify(process: &Process, dir: &str, report: &Report<'_>) -> Result<bool, i32> {
    let files = process.fs();
    let path = process.path(dir);
    if !files.exists(&path) {
        return Ok(false);
    }
    let names = match files.list(&path) {
        Ok(names) => names,
        Err(error) => {
            let error = crate::log::file_error("readdirent", dir, error);
            let fields = none().text("dir", dir).text("error", &error);
            report.line("fatal", "etcdmain/etcd.go:435", "failed to list data directory", fields).await;
            return Err(code::FAILED);
        }
    };
    let mut known = false;
    for (name, _) in names {
        if name == "member" {
            known = true;
        } else {
            let fields = none().text("filename", &name).text("data-dir", dir);
            report.warn("etcdmain/etcd.go:446", "found invalid file under data directory", fields).await;
        }
    }
    Ok(known)
}

/// Whether there is a write-ahead log.
pub fn has_log(process: &Process, wal: &str) -> bool {
    process.fs().list(wal).is_ok_and(|files| files.iter().any(|(name, _)| name.ends_with(".wal")))
}

/// Opens the database and reads the log, as far as that can fail.
pub async fn open(
    run: &Run,
    settings: &Settings,
    report: &Report<'_>,
    data: &str,
    wal: &str,
    initialized: bool,
) -> Result<(), Ending> {
    let process = &run.process;
    let path = datadir::database(&settings.data_dir);
    wait_for_lock(run, report, data, &path).await;
    let files = process.fs();
    let database = files.read(&datadir::database(data)).ok();
    let began = process.now();
    process.sleep(OPENING + database.as_ref().map_or(0, |file| file.len() as u64 / 500)).await;
    // A file that a killed process left is whole; an empty one is made anew.
    let readable = |file: &[u8]| file.is_empty() || file == IN_USE || Snapshot::decode_database(file).is_some();
    if database.as_ref().is_some_and(|file| !readable(file)) {
        return Err(invalid_database(run, report, &path).await);
    }
    let took = i64::try_from(process.now() - began).unwrap_or(0).saturating_mul(1000);
    let fields = none().text("path", &path).text("took", &go::format_duration(took));
    report.info("etcdserver/backend.go:81", "opened backend db", fields).await;
    if !initialized {
        return Ok(());
    }
    let log = files
        .read(&format!("{wal}/{}", datadir::WAL_FILE))
        .map_err(|_| Ending::Failed("wal: file not found".into()))?;
    if log.as_slice() == IN_USE {
        return Ok(());
    }
    let log = DataDir::from_bytes(&log).map_err(|error| Ending::Failed(error.to_string()))?;
    if log.snapshot().is_none_or(|snapshot| snapshot.index < settings.values.uint("snapshot-count")) {
        report.info("etcdserver/server.go:513", "No snapshot found. Recovering WAL from scratch!", none()).await;
    }
    if database.is_none() && log.snapshot().is_some_and(|snapshot| snapshot.index > 0) {
        return Err(Ending::Failed(format!("database file ({path}) of the backend is missing")));
    }
    Ok(())
}

/// Two processes cannot have one database open: the second waits (etcd: server/etcdserver/backend.go, `openBackend`).
async fn wait_for_lock(run: &Run, report: &Report<'_>, data: &str, path: &str) {
    let began = run.process.now();
    let mut told = false;
    while run.host.holds(data) {
        run.process.sleep(LOCK_POLL).await;
        if !told && run.process.now() - began >= LOCK_PATIENCE {
            told = true;
            let took = i64::try_from(run.process.now() - began).unwrap_or(0).saturating_mul(1000);
            let fields = none().text("path", path).text("took", &go::format_duration(took));
            let text = "db file is flocked by another process, or taking too long";
            report.info("etcdserver/backend.go:85", text, fields).await;
        }
    }
}

/// bbolt does not know the file as one of its own: etcd panics.
async fn invalid_database(run: &Run, report: &Report<'_>, path: &str) -> Ending {
    let fields = none().text("path", path).text("error", "invalid database").text("stacktrace", STACK);
    report.line("panic", "backend/backend.go:201", "failed to open database", fields).await;
    let text = format!("panic: failed to open database\n\ngoroutine 1 [running]:\n{STACK}\n");
    run.process.eprint(text);
    Ending::Said(code::USAGE)
}

const STACK: &str = "go.etcd.io/etcd/server/v3/mvcc/backend.newBackend\n\tgo.etcd.io/etcd/server/v3/mvcc/backend/backend.go:201\ngo.etcd.io/etcd/server/v3/mvcc/backend.New\n\tgo.etcd.io/etcd/server/v3/mvcc/backend/backend.go:179\ngo.etcd.io/etcd/server/v3/etcdserver.newBackend\n\tgo.etcd.io/etcd/server/v3/etcdserver/backend.go:55\ngo.etcd.io/etcd/server/v3/etcdserver.openBackend.func1\n\tgo.etcd.io/etcd/server/v3/etcdserver/backend.go:76";
