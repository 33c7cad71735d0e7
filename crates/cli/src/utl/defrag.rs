//! `etcdutl defrag`: gives the free pages of a stopped member's database back.

use etcd::apply::Snapshot;
use shell::FsError;

use crate::datadir;
use crate::flags::{CommandSpec, FlagSpec};
use crate::go;
use crate::log::{self, file_error};
use crate::print::json_quote;
use crate::program::{Exit, Invocation, RunFuture, code};

pub static DEFRAG: CommandSpec = CommandSpec::leaf(
    "defrag",
    "Gives freed space of a database back",
    &[FlagSpec::text("data-dir", "", "a data directory that no etcd is using")],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.required(&["data-dir"]);

async fn run(invocation: Invocation) -> Result<(), Exit> {
    let dir = invocation.flags.text("data-dir").to_owned();
    defragment(&invocation, &dir).await.map_err(|exit| match exit.message {
        Some(reason) => Exit::error(format!("Failed to defragment etcd data[{dir}] ({reason})")),
        None => exit,
    })
}

/// Bytes of a page of the database.
const PAGE: i64 = 4096;

/// Says what the original says when it dies of a panic, its calls on the stack included.
fn no_database(invocation: &Invocation, path: &str, error: FsError) -> Exit {
    let fields = [("path", json_quote(path)), ("error", json_quote(&file_error("open", path, error)))];
    log::console(&invocation.process, "panic", "backend/backend.go:211", "failed to open database", &fields);
    let stack = [
        "go.etcd.io/etcd/server/mvcc/backend.newBackend",
        "\tgo.etcd.io/etcd/server/mvcc/backend/backend.go:211",
        "go.etcd.io/etcd/server/mvcc/backend.New",
        "\tgo.etcd.io/etcd/server/mvcc/backend/backend.go:175",
        "go.etcd.io/etcd/etcdutl/etcdutl.DefragData.func1",
        "\tgo.etcd.io/etcd/etcdutl/etcdutl/defrag_command.go:62",
        "panic: failed to open database",
        "",
        "There is no database in that directory.",
    ];
    invocation.eprintln(stack.join("\n"));
    Exit::silent(code::BAD_CONNECTION)
}

/// Defragments the database in `dir` and tells what that saves. The files stay as they are: a member of this world makes
/// its database anew from the log when it starts, without unused pages.
pub async fn defragment(invocation: &Invocation, dir: &str) -> Result<(), Exit> {
    let process = &invocation.process;
    let path = datadir::database(dir.trim_end_matches('/'));
    let lock = go::quote(&path);
    let words = format!(
        "waiting for etcd to close and release its lock on {lock}. To defrag a running etcd instance, omit --data-dir.\n"
    );
    let file = match datadir::read_unlocked(process, &path, &words).await {
        Ok(file) => file,
        Err(error) => return Err(no_database(invocation, &path, error)),
    };
    let Some(snapshot) = Snapshot::decode(&file) else { return Err(Exit::error("invalid database")) };
    // No reader holds on to the page that the last commit freed, as one does in a running member.
    let (before, in_use) = (snapshot.store().db_size(), snapshot.store().db_size_in_use() - PAGE);
    let mut store = snapshot.store().clone();
    store.defragment();
    let after = store.db_size();
    let started = process.now();
    let size = |bytes: i64| json_quote(&go::humanize_bytes(u64::try_from(bytes).unwrap_or(0)));
    let mut fields = vec![
        ("path", json_quote(&path)),
        ("current-db-size-bytes", before.to_string()),
        ("current-db-size", size(before)),
        ("current-db-size-in-use-bytes", in_use.to_string()),
        ("current-db-size-in-use", size(in_use)),
    ];
    log::console(process, "info", "backend/backend.go:527", "defragmenting", &fields);
    // As long as a file of this size takes to be copied.
    process.sleep(u64::try_from(before).unwrap_or(0) / 100 + 1000).await;
    let took = i64::try_from(process.now() - started).unwrap_or(0).saturating_mul(1000);
    fields.splice(1..1, [("current-db-size-bytes-diff", (after - before).to_string())]);
    fields[2].1 = after.to_string();
    fields[3].1 = size(after);
    fields.splice(4..4, [("current-db-size-in-use-bytes-diff", "0".to_owned())]);
    fields.push(("took", json_quote(&go::format_duration(took))));
    log::console(process, "info", "backend/backend.go:589", "finished defragmenting directory", &fields);
    Ok(())
}
