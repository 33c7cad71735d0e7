//! `etcdctl del`.

use etcd::rpc::DeleteRangeRequest;

use crate::client::{from_key, prefix_end};
use crate::flags::{CommandSpec, FlagSet, FlagSpec};
use crate::program::{Exit, Invocation, RunFuture};

use super::global::{command_context, connect, show};

pub static DEL: CommandSpec = CommandSpec::leaf(
    "del [options] <key> [range_end]",
    "Deletes a key, or the keys of a range [key, range_end)",
    &[
        FlagSpec::switch("prefix", "every key that begins with the given one"),
        FlagSpec::switch("prev-kv", "show what was deleted"),
        FlagSpec::switch("from-key", "every key from the given one on, in byte order"),
        FlagSpec::switch("range", "confirms that a range is meant").since_3_5(),
    ],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
);

/// Said when a range is given without `--range`.
pub const RANGE_WARNING: &str =
    "In etcd v3.6, the operation will be suspended for a few seconds to provide the user time to verify range.\n";

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let request = delete_request(&invocation.flags)?;
    if warns(&invocation.flags) && !invocation.release.is_3_4() {
        invocation.eprint(RANGE_WARNING);
    }
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let response = connected.client.delete_range(&context, request).await?;
    show(&invocation, connected.format, &response)
}

/// Whether a range was given without saying so.
pub fn warns(flags: &FlagSet) -> bool {
    flags.args.len() > 1 && !flags.bool("range")
}

/// The request that flags and arguments describe, for `txn` as well.
pub fn delete_request(flags: &FlagSet) -> Result<DeleteRangeRequest, Exit> {
    let (key, end) = match &flags.args[..] {
        [key] => (key, None),
        [key, end] => (key, Some(end)),
        _ => {
            let message = "del command needs one argument as key and an optional argument as range_end";
            return Err(Exit::bad_args(message));
        }
    };
    let (prefix, from) = (flags.bool("prefix"), flags.bool("from-key"));
    if prefix && from {
        return Err(Exit::bad_args("`--prefix` and `--from-key` cannot be set at the same time, choose one"));
    }
    if end.is_some() && (prefix || from) {
        let message = "too many arguments, only accept one argument when `--prefix` or `--from-key` is set";
        return Err(Exit::bad_args(message));
    }
    let mut request = DeleteRangeRequest {
        key: key.as_str().into(),
        range_end: end.map(|end| end.as_str().into()).unwrap_or_default(),
        prev_kv: flags.bool("prev-kv"),
    };
    if prefix || from {
        request.range_end = if prefix { prefix_end(&request.key) } else { from_key() };
        if key.is_empty() {
            request.key = from_key();
        }
    }
    Ok(request)
}
