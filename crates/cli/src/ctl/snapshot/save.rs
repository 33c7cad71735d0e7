//! `etcdctl snapshot save` (etcd: client/v3/snapshot/v3_snapshot.go).

use shell::FsError;

use crate::apart::Subcommand;
use crate::client::{Client, ClientError, Context};
use crate::flags::CommandSpec;
use crate::go;
use crate::log::{self, file_error};
use crate::print::{Object, json_quote};
use crate::program::{Exit, Invocation, code};
use crate::utl;

use super::super::global::{Settings, command_context, settings};

pub static SAVE: CommandSpec =
    CommandSpec::apart("save <filename>", "Stores all of a member's data in a file", &[], Subcommand::SnapshotSave);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [name] = invocation.args() else {
        return Err(Exit::bad_args("snapshot save expects one argument"));
    };
    let name = name.clone();
    let settings = settings(&mut invocation).await?;
    // Only a time-out that was asked for limits how long a large database may take.
    let context = match invocation.flags.changed("command-timeout") {
        true => command_context(&invocation),
        false => Context::background(),
    };
    save(&invocation, settings, &context, &name).await.map_err(|text| Exit::new(code::INTERRUPTED, text))?;
    invocation.println(format_args!("Snapshot saved at {name}"));
    Ok(())
}

async fn save(invocation: &Invocation, settings: Settings, context: &Context, name: &str) -> Result<(), String> {
    let process = &invocation.process;
    let [endpoint] = &settings.config.endpoints[..] else {
        let endpoints = settings.config.endpoints.join(" ");
        return Err(format!("snapshot must be requested to one selected node, not multiple [{endpoints}]"));
    };
    let endpoint = endpoint.clone();
    let connected = Client::new(process, &invocation.transport, settings.config).await;
    let client = connected.map_err(|e| e.to_string())?;
    let files = process.fs();
    let (part, path) = (format!("{name}.part"), process.path(name));
    let part_path = process.path(&part);
    files
        .write(&part_path, Vec::new())
        .map_err(|e| format!("could not open {part} ({})", file_error("open", &part, e)))?;
    let info = async |caller: &str, message: &str, fields: Object| {
        log::json(process, "info", caller, message, fields);
    };
    let path_field = |path: &str| Object::new().raw("path", json_quote(path));
    info("snapshot/v3_snapshot.go:65", "created temporary db file", path_field(&part)).await;
    let received = client.within(context, download(&client, invocation, &endpoint)).await;
    let sealed = received.map_err(|e| e.to_string()).and_then(|bytes| {
        let size = bytes.len();
        utl::seal(&bytes).ok_or_else(|| format!("sha256 checksum not found [bytes: {size}]"))
    });
    let stored = sealed.and_then(|file| {
        let size = file.len() as u64;
        files.write(&part_path, file).map_err(|e| file_error("write", &part, e))?;
        files.rename(&part_path, &path).map_err(|e| {
            // Go looks whether the new name is that of a directory before it asks the system.
            let why = match e {
                _ if name.is_empty() => FsError::NotFound,
                FsError::IsADirectory => FsError::Exists,
                other => other,
            };
            let reason = file_error("rename", &format!("{part} {name}"), why);
            format!("could not rename {part} to {name} ({reason})")
        })?;
        Ok(size)
    });
    if stored.is_err() {
        // What was written so far is of no use; if it cannot be removed either, the first error is the one to tell.
        let _ = files.remove_file(&part_path);
    }
    let size = go::humanize_bytes(stored?);
    let fetched = Object::new()
        .raw("endpoint", json_quote(&endpoint))
        .raw("size", json_quote(&size))
        .raw("took", json_quote("now"));
    info("snapshot/v3_snapshot.go:88", "fetched snapshot", fetched).await;
    info("snapshot/v3_snapshot.go:97", "saved", path_field(name)).await;
    Ok(())
}

/// Everything the member sends: its database, and the hash of it.
async fn download(client: &Client, invocation: &Invocation, endpoint: &str) -> Result<Vec<u8>, ClientError> {
    let process = &invocation.process;
    let mut stream = client.snapshot().await?;
    log::json(process, "info", "v3/maintenance.go:212", "opened snapshot stream; downloading", Object::new());
    let fields = Object::new().raw("endpoint", json_quote(endpoint));
    log::json(process, "info", "snapshot/v3_snapshot.go:73", "fetching snapshot", fields);
    let mut received = Vec::new();
    while let Some(blob) = stream.next().await? {
        received.extend_from_slice(&blob);
    }
    log::json(process, "info", "v3/maintenance.go:220", "completed snapshot read; closing", Object::new());
    Ok(received)
}
