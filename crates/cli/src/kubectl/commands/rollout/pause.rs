//! `kubectl rollout pause`, `resume` and `restart`.

use serde_json::{Value, json};

use super::{SELECTOR, named};
use crate::kubectl::builder::Info;
use crate::kubectl::change::{STRATEGIC, chosen, patch};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, PRINT};
use crate::kubectl::print::report;

static FLAGS: [Flag; 1] =
    [Flag::text("field-manager", "who is said to have set the fields").default("kubectl-rollout")];

pub static PAUSE: Command =
    Command::leaf("pause", "RESOURCE", "Hold a rollout", &[&FLAGS, &SELECTOR, &FILES, &DRY_RUN, &PRINT], |cli| {
        Box::pin(async move { each(&cli, paused, "paused").await })
    });
pub static RESUME: Command = Command::leaf(
    "resume",
    "RESOURCE",
    "Let a held rollout go on",
    &[&FLAGS, &SELECTOR, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { each(&cli, resumed, "resumed").await }),
);
pub static RESTART: Command = Command::leaf(
    "restart",
    "RESOURCE",
    "Replace all pods by new ones",
    &[&FLAGS, &SELECTOR, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { each(&cli, restarted, "restarted").await }),
)
.examples(&[("A deployment's pods", "kubectl rollout restart deployment/web")]);

type Change = fn(&Cli, &Info) -> Result<Value, Failure>;

async fn each(cli: &Cli, change: Change, done: &str) -> Result<(), Failure> {
    named(cli)?;
    let dry = DryRun::of(cli)?;
    let (infos, mut failures) = chosen(cli, cli.args()).await?;
    for info in infos {
        let sent = match change(cli, &info) {
            Err(failure) => Err(failure),
            Ok(_) if dry == DryRun::Client => Ok(info.object.clone()),
            Ok(text) => patch(cli, &info.path(), STRATEGIC, text.to_string(), "kubectl-rollout").await,
        };
        match sent {
            Ok(object) => report(cli, &object, Some(&info.resource), &format!("{done}{}", dry.note()))?,
            Err(failure @ Failure::Url { .. }) => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)
}

fn only_deployments(info: &Info, what: &str) -> Result<(), Failure> {
    match info.resource.kind.as_str() {
        "Deployment" => Ok(()),
        _ => Err(Failure::plain(format!(
            "{} {} {what} is not supported",
            info.resource.qualified(),
            crate::go::quote(&info.name)
        ))),
    }
}

fn paused(_: &Cli, info: &Info) -> Result<Value, Failure> {
    only_deployments(info, "pausing")?;
    if info.object["spec"]["paused"] == true {
        let (kind, name) = (info.resource.qualified(), crate::go::quote(&info.name));
        return Err(Failure::plain(format!("{kind} {name} is already paused")));
    }
    Ok(json!({"spec": {"paused": true}}))
}

fn resumed(_: &Cli, info: &Info) -> Result<Value, Failure> {
    only_deployments(info, "resuming")?;
    if info.object["spec"]["paused"] != true {
        let (kind, name) = (info.resource.qualified(), crate::go::quote(&info.name));
        return Err(Failure::plain(format!("{kind} {name} is not paused")));
    }
    Ok(json!({"spec": {"paused": null}}))
}

fn restarted(cli: &Cli, info: &Info) -> Result<Value, Failure> {
    if info.object["spec"]["paused"] == true {
        let name = crate::go::quote(&info.name);
        return Err(Failure::plain(format!(
            "{} {name} can't restart paused deployment (run rollout resume first)",
            info.resource.qualified()
        )));
    }
    if !matches!(info.resource.kind.as_str(), "Deployment" | "DaemonSet" | "StatefulSet") {
        let (kind, name) = (info.resource.qualified(), crate::go::quote(&info.name));
        return Err(Failure::plain(format!("{kind} {name} restarting is not supported")));
    }
    let now = calendar::rfc3339::seconds(cli.process.wall_clock().div_euclid(1_000_000));
    let annotations = json!({"kubectl.kubernetes.io/restartedAt": now});
    Ok(json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}))
}
