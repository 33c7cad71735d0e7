//! `kubectl rollout status` (`k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`).

use serde_json::Value;
use shell::{Either, race};

use super::{SELECTOR, named};
use crate::kubectl::builder::{Info, Wanted};
use crate::kubectl::change::chosen;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::commands::get::Follow;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::FILES;

static FLAGS: [Flag; 3] = [
    Flag::int("revision", "0", "the revision whose end is waited for"),
    Flag::new("timeout", Kind::Duration, "0s", "how long to wait; 0 is as long as it takes"),
    Flag::switch("watch", "wait until it is done").short('w').default("true"),
];

pub static STATUS: Command = Command::leaf(
    "status",
    "(TYPE NAME | TYPE/NAME) [flags]",
    "Follow a rollout until it is done",
    &[&FLAGS, &SELECTOR, &FILES],
    |cli| Box::pin(async move { status(&cli).await }),
)
.examples(&[("A deployment's", "kubectl rollout status deployment/web")]);

async fn status(cli: &Cli) -> Result<(), Failure> {
    named(cli)?;
    if cli.flags.int("revision") < 0 {
        return Err(Failure::plain(format!("revision must be a positive integer: {}", cli.flags.int("revision"))));
    }
    let (infos, failures) = chosen(cli, cli.args()).await?;
    Failure::all(failures)?;
    let all = async {
        for info in &infos {
            follow(cli, info).await?;
        }
        Ok(())
    };
    match cli.flags.duration("timeout") {
        0 => all.await,
        limit => match race(all, cli.process.sleep(limit.unsigned_abs() / 1_000)).await {
            Either::First(result) => result,
            Either::Second(()) => Err(Failure::plain("timed out waiting for the condition")),
        },
    }
}

async fn follow(cli: &Cli, info: &Info) -> Result<(), Failure> {
    let client = cli.client().await?;
    loop {
        let follow = Follow {
            resource: info.resource.clone(),
            namespace: info.namespace.clone(),
            name: info.name.clone(),
            version: "0".to_owned(),
            accept: "application/json",
        };
        let mut events = follow.open(&client, &Wanted::default()).await?;
        while let Some(event) = events.next().await {
            match event["type"].as_str() {
                Some("ADDED" | "MODIFIED") => {}
                Some("DELETED") => return Err(Failure::plain("object has been deleted")),
                Some("ERROR") => return Err(Failure::Status(event["object"].clone())),
                _ => continue,
            }
            let (words, done) = state(&event["object"], &info.resource.kind, cli.flags.int("revision"))?;
            cli.print(words);
            if done || !cli.flags.bool("watch") {
                return Ok(());
            }
        }
    }
}

/// How far it is, in words, and whether it is done.
fn state(object: &Value, kind: &str, revision: i64) -> Result<(String, bool), Failure> {
    match kind {
        "Deployment" => deployment(object, revision),
        "DaemonSet" => daemon_set(object),
        "StatefulSet" => stateful_set(object),
        other => Err(Failure::plain(format!("no status viewer has been implemented for {other}"))),
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn observed(object: &Value) -> bool {
    number(&object["metadata"]["generation"]) <= number(&object["status"]["observedGeneration"])
}

fn deployment(object: &Value, revision: i64) -> Result<(String, bool), Failure> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let name = crate::go::quote(object["metadata"]["name"].as_str().unwrap_or_default());
    if revision > 0 {
        let now = object["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str().unwrap_or("0");
        if now != revision.to_string() {
            let words = format!("desired revision ({revision}) is different from the running revision ({now})");
            return Err(Failure::plain(words));
        }
    }
    if !observed(object) {
        return Ok(("Waiting for deployment spec update to be observed...\n".to_owned(), false));
    }
    let conditions = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let late = |one: &Value| one["type"] == "Progressing" && one["reason"] == "ProgressDeadlineExceeded";
    if conditions.iter().any(late) {
        return Err(Failure::plain(format!("deployment {name} exceeded its progress deadline")));
    }
    let (wanted, updated) = (number(&spec["replicas"]), number(&status["updatedReplicas"]));
    let (total, available) = (number(&status["replicas"]), number(&status["availableReplicas"]));
    let waiting = |what: String| Ok((format!("Waiting for deployment {name} rollout to finish: {what}...\n"), false));
    match () {
        () if updated < wanted => waiting(format!("{updated} out of {wanted} new replicas have been updated")),
        () if total > updated => waiting(format!("{} old replicas are pending termination", total - updated)),
        () if available < updated => waiting(format!("{available} of {updated} updated replicas are available")),
        () => Ok((format!("deployment {name} successfully rolled out\n"), true)),
    }
}

fn daemon_set(object: &Value) -> Result<(String, bool), Failure> {
    let status = &object["status"];
    let name = crate::go::quote(object["metadata"]["name"].as_str().unwrap_or_default());
    if object["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return Err(Failure::plain("rollout status is only available for RollingUpdate strategy type"));
    }
    if !observed(object) {
        return Ok(("Waiting for daemon set spec update to be observed...\n".to_owned(), false));
    }
    let (updated, wanted) = (number(&status["updatedNumberScheduled"]), number(&status["desiredNumberScheduled"]));
    let available = number(&status["numberAvailable"]);
    let waiting = |what: String| Ok((format!("Waiting for daemon set {name} rollout to finish: {what}...\n"), false));
    match () {
        () if updated < wanted => waiting(format!("{updated} out of {wanted} new pods have been updated")),
        () if available < wanted => waiting(format!("{available} of {wanted} updated pods are available")),
        () => Ok((format!("daemon set {name} successfully rolled out\n"), true)),
    }
}

fn stateful_set(object: &Value) -> Result<(String, bool), Failure> {
    let (spec, status) = (&object["spec"], &object["status"]);
    if spec["updateStrategy"]["type"] == "OnDelete" {
        return Err(Failure::plain("rollout status is only available for RollingUpdate strategy type"));
    }
    if number(&status["observedGeneration"]) == 0 || !observed(object) {
        return Ok(("Waiting for statefulset spec update to be observed...\n".to_owned(), false));
    }
    let (wanted, ready) = (number(&spec["replicas"]), number(&status["readyReplicas"]));
    if ready < wanted {
        return Ok((format!("Waiting for {} pods to be ready...\n", wanted - ready), false));
    }
    let updated = number(&status["updatedReplicas"]);
    if let Some(partition) = spec["updateStrategy"]["rollingUpdate"]["partition"].as_i64() {
        if updated < wanted - partition {
            let words = "Waiting for partitioned roll out to finish";
            let text = format!("{words}: {updated} out of {} new pods have been updated...\n", wanted - partition);
            return Ok((text, false));
        }
        return Ok((format!("partitioned roll out complete: {updated} new pods have been updated...\n"), true));
    }
    let revision = status["updateRevision"].as_str().unwrap_or_default();
    if status["updateRevision"] != status["currentRevision"] {
        let words = "waiting for statefulset rolling update to complete";
        return Ok((format!("{words} {updated} pods at revision {revision}...\n"), false));
    }
    let pods = number(&status["currentReplicas"]);
    Ok((format!("statefulset rolling update complete {pods} pods at revision {revision}...\n"), true))
}
