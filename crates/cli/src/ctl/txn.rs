//! `etcdctl txn`: comparisons, then what to do if they hold, then what to do otherwise, from standard input.

use etcd::rpc::{Compare, RequestOp, TxnRequest};

use crate::client::Context;
use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation, RunFuture, code};

use super::global::{connect, show};
use super::txn_parse::{parse_compare, parse_operation};

/// A line longer than this is cut; the server takes 1.5 MiB at most.
const MAX_LINE: usize = 16 << 20;

pub static TXN: CommandSpec = CommandSpec::leaf(
    "txn [options]",
    "Does several things in one transaction",
    &[FlagSpec::switch("interactive", "say what is expected next").short('i')],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("txn command does not accept argument"));
    }
    let connected = connect(&mut invocation).await?;
    let compare = read_compares(&invocation).await?;
    let success = read_operations(&invocation, "success requests (get, put, del):").await?;
    let failure = read_operations(&invocation, "failure requests (get, put, del):").await?;
    let request = TxnRequest { compare, success, failure };
    let response = connected.client.txn(&Context::background(), request).await?;
    show(&invocation, connected.format, &response)
}

fn prompt(invocation: &Invocation, text: &str) {
    if invocation.flags.bool("interactive") {
        invocation.println(text);
    }
}

/// The next line without blanks at its ends; `None` for the empty line that ends a part.
async fn next_line(invocation: &Invocation) -> Result<Option<String>, Exit> {
    let line = invocation.process.stdin.read_line(MAX_LINE).await.ok().flatten().unwrap_or_default();
    let Some(line) = line.strip_suffix(b"\n") else {
        // Go's reader counts a last line without its newline as the end of the input.
        return Err(Exit::new(code::INVALID_INPUT, "EOF"));
    };
    let line = String::from_utf8_lossy(line).trim().to_owned();
    Ok((!line.is_empty()).then_some(line))
}

async fn read_compares(invocation: &Invocation) -> Result<Vec<Compare>, Exit> {
    prompt(invocation, "compares:");
    let mut compares = Vec::new();
    while let Some(line) = next_line(invocation).await? {
        compares.push(parse_compare(invocation, &line)?);
    }
    Ok(compares)
}

async fn read_operations(invocation: &Invocation, title: &str) -> Result<Vec<RequestOp>, Exit> {
    prompt(invocation, title);
    let mut operations = Vec::new();
    while let Some(line) = next_line(invocation).await? {
        operations.push(parse_operation(invocation, &line)?);
    }
    Ok(operations)
}
