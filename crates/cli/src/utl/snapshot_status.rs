//! `etcdutl snapshot status`, which `etcdctl snapshot status` still runs.

use etcd::apply::Snapshot;

use std::rc::Rc;

use shell::FsError;

use crate::datadir;
use crate::flags::CommandSpec;
use crate::go;
use crate::log::file_error;
use crate::print::{Format, Object, Printable, Simple, Table, render};
use crate::program::{Exit, Invocation, RunFuture, code};

use super::snapshot_file::database;

pub static STATUS: CommandSpec =
    CommandSpec::leaf("status <filename>", "Tells what a snapshot file holds", &[], |invocation| -> RunFuture {
        Box::pin(run(invocation))
    })
    .long("In the simple format: hash, revision, total keys, total size.");

async fn run(invocation: Invocation) -> Result<(), Exit> {
    show_status(&invocation).await
}

/// Shows the status of the file named in the arguments.
pub async fn show_status(invocation: &Invocation) -> Result<(), Exit> {
    let name = super::one_file(invocation, "snapshot status")?;
    let format = Format::new(invocation.flags.text("write-out"), false)
        .ok_or_else(|| Exit::new(code::BAD_FEATURE, "unsupported output format"))?;
    let file = match datadir::read_unlocked(&invocation.process, &name, "").await {
        Ok(file) if file.is_empty() => {
            // The database library makes a new database of an empty file, which it opened to read only.
            return Err(Exit::error(format!("write {name}: bad file descriptor")));
        }
        Ok(file) => file,
        // A directory can be opened, but holds no database.
        Err(FsError::IsADirectory) => Rc::new(vec![0]),
        Err(error) => return Err(Exit::error(file_error("stat", &name, error))),
    };
    let snapshot = Snapshot::decode(database(&file)).ok_or_else(|| Exit::error("invalid database"))?;
    let store = snapshot.store();
    let status = FileStatus {
        hash: store.hash_all(),
        revision: store.last_row_revision(),
        total_keys: snapshot.row_count(),
        total_size: database(&file).len() as u64,
    };
    invocation.print(render(format, &status)?);
    Ok(())
}

struct FileStatus {
    hash: u32,
    revision: i64,
    total_keys: u64,
    total_size: u64,
}

impl FileStatus {
    fn as_table(&self) -> Table {
        Table {
            header: vec!["hash", "revision", "total keys", "total size"],
            rows: vec![vec![
                format!("{:x}", self.hash),
                self.revision.to_string(),
                self.total_keys.to_string(),
                go::humanize_bytes(self.total_size),
            ]],
        }
    }
}

impl Printable for FileStatus {
    fn simple(&self, _: Simple, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_table().lines().as_bytes());
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        let Self { hash, revision, total_keys, total_size } = self;
        let text =
            format!("\"Hash\" : {hash}\n\"Revision\" : {revision}\n\"Keys\" : {total_keys}\n\"Size\" : {total_size}\n");
        out.extend_from_slice(text.as_bytes());
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        let object = Object::new()
            .raw("hash", self.hash)
            .raw("revision", self.revision)
            .raw("totalKey", self.total_keys)
            .raw("totalSize", self.total_size);
        Some(object.finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        None
    }

    fn table(&self) -> Option<Table> {
        Some(self.as_table())
    }
}
