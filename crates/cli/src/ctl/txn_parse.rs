//! The lines of a transaction: comparisons like `value("key") = "text"` and operations like `put key text`.

use etcd::rpc::{Compare, CompareResult, CompareTarget, RequestOp};

use crate::flags::{CommandSpec, Resolution, Tool, UsageError, UsageStyle};
use crate::go::{self, Scanned};
use crate::program::{Exit, Invocation, code};
use crate::version::Release;

use super::argify::argify;
use super::{del, get, put};

/// The commands a transaction may hold.
static OPERATIONS: Tool = Tool {
    root: &CommandSpec::group("", "Operations of a transaction", &[&put::PUT, &get::GET, &del::DEL]),
    style: UsageStyle::Cobra,
    release: Release::DEFAULT,
};

fn invalid(message: impl std::fmt::Display) -> Exit {
    Exit::new(code::INVALID_INPUT, message)
}

/// Reads a comparison.
pub fn parse_compare(invocation: &Invocation, line: &str) -> Result<Compare, Exit> {
    let Some((target, rest)) = line.split_once('(') else {
        return Err(invalid(format!("malformed comparison: {line}")));
    };
    let Scanned { key, op, value, count } = go::scan_compare(rest);
    if count != 3 {
        let (key, value) = (go::quote_bytes(&key), go::quote_bytes(&value));
        return Err(invalid(format!("malformed comparison: {line}; got {target}({key}) {op} {value}")));
    }
    let number = || {
        let text = String::from_utf8_lossy(&value);
        go::parse_int(&text, 10).map_err(|_| invalid(format!("invalid txn compare request: {line}")))
    };
    let target = match target {
        "ver" | "version" => CompareTarget::Version(number()?),
        "c" | "create" => CompareTarget::Create(number()?),
        "m" | "mod" => CompareTarget::Mod(number()?),
        "val" | "value" => CompareTarget::Value(value.clone().into()),
        "lease" => return Err(crash(invocation, result(&op).map_or(UNKNOWN_RESULT, |_| "bad value"))),
        other => return Err(invalid(format!("malformed comparison: {line} (unknown target {other})"))),
    };
    match result(&op) {
        Some(result) => Ok(Compare { result, target, key: key.into(), ..Compare::default() }),
        None => Err(crash(invocation, UNKNOWN_RESULT)),
    }
}

const UNKNOWN_RESULT: &str = "Unknown result op";

fn result(op: &str) -> Option<CompareResult> {
    match op {
        "=" => Some(CompareResult::Equal),
        "!=" => Some(CompareResult::NotEqual),
        ">" => Some(CompareResult::Greater),
        "<" => Some(CompareResult::Less),
        _ => None,
    }
}

/// The original's client library panics here; we say the same, and what would be right.
fn crash(invocation: &Invocation, reason: &str) -> Exit {
    let advice = "etcdctl gives up here. Comparisons are =, !=, < and >, of version, create, mod or value.";
    invocation.eprint(format!("panic: {reason}\n\n{advice}\n"));
    Exit::silent(code::BAD_CONNECTION)
}

/// Reads an operation.
pub fn parse_operation(invocation: &Invocation, line: &str) -> Result<RequestOp, Exit> {
    let words = argify(line)?;
    if words.len() < 2 {
        return Err(invalid(format!("invalid txn compare request: {line}")));
    }
    let (chain, flags) = match OPERATIONS.resolve(&words) {
        Resolution::Run { chain, flags } => (chain, flags),
        Resolution::Error(UsageError::Flags { usage, .. }) => {
            invocation.eprint(format!("{usage}\n"));
            return Err(invalid(format!("invalid txn request: {line}")));
        }
        _ => return Err(invalid(format!("invalid txn request: {line}"))),
    };
    match chain.last().map(|c| c.name()) {
        Some("put") => put::put_operation(&flags).map(RequestOp::Put),
        Some("get") => get::range_request(&flags).map(RequestOp::Range),
        _ => {
            let request = del::delete_request(&flags)?;
            if del::warns(&flags) {
                invocation.eprint(del::RANGE_WARNING);
            }
            Ok(RequestOp::DeleteRange(request))
        }
    }
}
