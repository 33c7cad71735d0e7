//! `etcdctl put`.

use etcd::Bytes;
use etcd::rpc::PutRequest;

use crate::flags::{CommandSpec, FlagSet, FlagSpec};
use crate::go;
use crate::program::{Exit, Invocation, RunFuture};

use super::global::{command_context, connect, show};

/// Values larger than this are cut off while being read; the server takes 1.5 MiB at most.
const MAX_INPUT: usize = 16 << 20;

pub static PUT: CommandSpec = CommandSpec::leaf(
    "put [options] <key> <value> (<value> can also be given from stdin)",
    "Writes a value to a key",
    &[
        FlagSpec::text("lease", "0", "id of the lease to attach the key to, in hexadecimal"),
        FlagSpec::switch("prev-kv", "show what was there before"),
        FlagSpec::switch("ignore-value", "keep the present value (for a new lease)"),
        FlagSpec::switch("ignore-lease", "keep the present lease (for a new value)"),
    ],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.long(
    "Writes a value to a key.

A value that begins with '-' looks like a flag. Put '--' before it:

$ put <key> -- <value>
$ put -- <key> <value>

Without a value, and without --ignore-value, the value is read from standard input to its end:

$ cat file | put <key>",
);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let flags = &invocation.flags;
    check_arguments(flags)?;
    let value = match flags.args.get(1) {
        Some(value) => Bytes::from(value.as_str()),
        None if flags.bool("ignore-value") => Bytes::default(),
        None => match invocation.process.stdin.read_to_end(MAX_INPUT).await {
            Ok(input) if !input.is_empty() => input.into(),
            _ => return Err(needs_value()),
        },
    };
    let request = put_request(flags, value)?;
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let response = connected.client.put(&context, request).await?;
    show(&invocation, connected.format, &response)
}

fn needs_value() -> Exit {
    Exit::bad_args("put command needs 1 argument and input from stdin or 2 arguments")
}

fn check_arguments(flags: &FlagSet) -> Result<(), Exit> {
    if flags.args.is_empty() {
        return Err(needs_value());
    }
    if flags.bool("ignore-value") && flags.args.len() > 1 {
        return Err(Exit::bad_args("put command needs only 1 argument when 'ignore-value' is set"));
    }
    Ok(())
}

fn put_request(flags: &FlagSet, value: Bytes) -> Result<PutRequest, Exit> {
    let lease = go::parse_int(flags.text("lease"), 16)
        .map_err(|e| Exit::bad_args(format!("bad lease ID ({e}), expecting ID in Hex")))?;
    Ok(PutRequest {
        key: flags.args.first().map(|k| k.as_str().into()).unwrap_or_default(),
        value,
        lease,
        prev_kv: flags.bool("prev-kv"),
        ignore_value: flags.bool("ignore-value"),
        ignore_lease: flags.bool("ignore-lease"),
    })
}

/// A put within a transaction. Its value must be there: standard input holds the transaction.
pub fn put_operation(flags: &FlagSet) -> Result<PutRequest, Exit> {
    check_arguments(flags)?;
    match flags.args.get(1) {
        Some(value) => put_request(flags, value.as_str().into()),
        None if flags.bool("ignore-value") => put_request(flags, Bytes::default()),
        None => Err(needs_value()),
    }
}
