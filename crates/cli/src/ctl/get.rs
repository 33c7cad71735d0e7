//! `etcdctl get`.

use etcd::rpc::{RangeRequest, SortOrder, SortTarget};

use crate::client::{from_key, prefix_end};
use crate::flags::{CommandSpec, FlagSet, FlagSpec, Kind};
use crate::print::{Format, Simple};
use crate::program::{Exit, Invocation, RunFuture, code};

use super::global::{command_context, connect, show};

pub static GET: CommandSpec = CommandSpec::leaf(
    "get [options] <key> [range_end]",
    "Reads a key, or the keys of a range",
    &[
        FlagSpec::text("consistency", "l", "l asks the cluster (linearizable), s only the member (serializable)"),
        FlagSpec::text("order", "", "direction of the sort: ASCEND or DESCEND"),
        FlagSpec::text("sort-by", "", "what to sort by: CREATE, KEY, MODIFY, VALUE or VERSION"),
        FlagSpec::new("limit", Kind::Int, "0", "at most so many keys; 0 is no limit"),
        FlagSpec::switch("prefix", "every key that begins with the given one"),
        FlagSpec::switch("from-key", "every key from the given one on, in byte order"),
        FlagSpec::new("rev", Kind::Int, "0", "read as of this revision; 0 is now"),
        FlagSpec::switch("keys-only", "leave the values out"),
        FlagSpec::switch("count-only", "say how many there are, and nothing else").since_3_5(),
        FlagSpec::switch("print-value-only", "leave the keys out (simple format only)"),
    ],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let request = range_request(&invocation.flags)?;
    let context = command_context(&invocation);
    let mut connected = connect(&mut invocation).await?;
    let response = connected.client.range(&context, request).await?;
    if invocation.flags.bool("count-only") && connected.format != Format::Fields {
        return Err(Exit::bad_args("--count-only is only for `--write-out=fields`"));
    }
    if invocation.flags.bool("print-value-only") {
        let Format::Simple(style) = connected.format else {
            return Err(Exit::bad_args("print-value-only is only for `--write-out=simple`"));
        };
        connected.format = Format::Simple(Simple { value_only: true, ..style });
    }
    show(&invocation, connected.format, &response)
}

/// The request that flags and arguments describe, for `txn` as well.
pub fn range_request(flags: &FlagSet) -> Result<RangeRequest, Exit> {
    let Some((key, rest)) = flags.args.split_first() else {
        return Err(Exit::bad_args("get command needs one argument as key and an optional argument as range_end"));
    };
    let (prefix, from) = (flags.bool("prefix"), flags.bool("from-key"));
    if prefix && from {
        return Err(Exit::bad_args("`--prefix` and `--from-key` cannot be set at the same time, choose one"));
    }
    if flags.bool("keys-only") && flags.bool("count-only") {
        return Err(Exit::bad_args("`--keys-only` and `--count-only` cannot be set at the same time, choose one"));
    }
    let serializable = match flags.text("consistency") {
        "s" => true,
        "l" => false,
        other => {
            let message = format!("unknown consistency flag {}", crate::go::quote(other));
            return Err(Exit::new(code::BAD_FEATURE, message));
        }
    };
    if !rest.is_empty() && (prefix || from) {
        let message = "too many arguments, only accept one argument when `--prefix` or `--from-key` is set";
        return Err(Exit::bad_args(message));
    }
    let (sort_order, sort_target) = sort(flags)?;
    let mut request = RangeRequest {
        key: key.as_str().into(),
        range_end: rest.first().map(|end| end.as_str().into()).unwrap_or_default(),
        limit: flags.int("limit"),
        revision: flags.int("rev").max(0),
        sort_order,
        sort_target,
        serializable,
        keys_only: flags.bool("keys-only"),
        count_only: flags.bool("count-only"),
        ..RangeRequest::default()
    };
    if prefix || from {
        request.range_end = if prefix { prefix_end(&request.key) } else { from_key() };
        if key.is_empty() {
            // The first possible key; the server takes no empty one.
            request.key = from_key();
        }
    }
    Ok(request)
}

fn sort(flags: &FlagSet) -> Result<(SortOrder, SortTarget), Exit> {
    let order = match flags.text("order").to_uppercase().as_str() {
        "ASCEND" => SortOrder::Ascend,
        "DESCEND" => SortOrder::Descend,
        "" => SortOrder::None,
        _ => return Err(Exit::new(code::BAD_FEATURE, format!("bad sort order {}", flags.text("order")))),
    };
    let target = match flags.text("sort-by").to_uppercase().as_str() {
        "CREATE" => SortTarget::Create,
        "KEY" | "" => SortTarget::Key,
        "MODIFY" => SortTarget::Mod,
        "VALUE" => SortTarget::Value,
        "VERSION" => SortTarget::Version,
        _ => return Err(Exit::new(code::BAD_FEATURE, format!("bad sort target {}", flags.text("sort-by")))),
    };
    // Keys come in this order anyway, and without the sort a limit spares the server the rest (client/v3/op.go).
    let order = if (target, order) == (SortTarget::Key, SortOrder::Ascend) { SortOrder::None } else { order };
    Ok((order, target))
}
