//! What the commands share that change objects of the server.

use serde_json::Value;

use super::builder::{Info, NOTHING_NAMED, Wanted, find};
use super::cli::Cli;
use super::client::{Body, query};
use super::failure::Failure;
use super::generate::DryRun;
use super::merge;

/// The content types of patches.
pub const STRATEGIC: &str = "application/strategic-merge-patch+json";
pub const MERGE: &str = "application/merge-patch+json";
pub const JSON: &str = "application/json-patch+json";

/// The objects that arguments and files name, and what could not be had.
///
/// # Errors
/// When the arguments do not fit, or the server cannot be reached.
pub async fn chosen(cli: &Cli, args: &[String]) -> Result<(Vec<Info>, Vec<Failure>), Failure> {
    if args.is_empty() && cli.flags.list("filename").is_empty() && cli.flags.text("kustomize").is_empty() {
        return Err(Failure::plain(NOTHING_NAMED));
    }
    let wanted = Wanted { type_alone: cli.flags.bool("all"), ..Wanted::of(cli) };
    find(cli, args, &wanted).await
}

/// Sends a patch of an object, or says what it would be.
///
/// # Errors
/// What the server says.
pub async fn patch(cli: &Cli, path: &str, kind: &str, text: String, manager: &str) -> Result<Value, Failure> {
    let dry = DryRun::of(cli)?;
    let manager = match cli.flags.text("field-manager") {
        "" => manager,
        given => given,
    };
    let pairs = query(&[("dryRun", dry.query()), ("fieldManager", manager)]);
    let path = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{pairs}") };
    cli.client().await?.send("PATCH", &path, Body::Patch(kind, text)).await
}

/// Makes an object of the server what `modified` is. Returns the object then, and `None` when there was nothing to do.
///
/// # Errors
/// What the server says.
pub async fn update(cli: &Cli, info: &Info, modified: &Value, manager: &str) -> Result<Option<Value>, Failure> {
    let keyed = super::commands::merges_by_key(&info.resource);
    let difference = merge::three_way(&info.object, modified, &info.object, keyed);
    if difference.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(None);
    }
    if DryRun::of(cli)? == DryRun::Client {
        return Ok(Some(modified.clone()));
    }
    let kind = if keyed { STRATEGIC } else { MERGE };
    patch(cli, &info.path(), kind, super::print::json::compact(&difference), manager).await.map(Some)
}

/// Where a kind has the specification of its pods, as a JSON pointer; `None` when it has none.
pub fn pod_spec(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("/spec"),
        "CronJob" => Some("/spec/jobTemplate/spec/template/spec"),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicationController" => {
            Some("/spec/template/spec")
        }
        _ => None,
    }
}

/// Splits arguments into those that name objects and those that set something: `key=value` and `key-`.
///
/// # Errors
/// When an object is named after the first change.
pub fn split_pairs(args: &[String], what: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
    let is_pair = |arg: &String| arg.contains('=') || (arg.ends_with('-') && arg.len() > 1);
    let at = args.iter().position(is_pair).unwrap_or(args.len());
    let (names, pairs) = args.split_at(at);
    if let Some(late) = pairs.iter().find(|arg| !is_pair(arg)) {
        return Err(Failure::plain(format!("all resources must be specified before {what} changes: {late}")));
    }
    Ok((names.to_vec(), pairs.to_vec()))
}
