//! `kubectl rollout undo` (`k8s.io/kubectl/pkg/polymorphichelpers/rollback.go`).

use serde_json::json;

use super::history::{Revision, revisions};
use super::{SELECTOR, named};
use crate::kubectl::builder::Info;
use crate::kubectl::change::{JSON, STRATEGIC, chosen, patch};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::describe::{DescribeWriter, pod_template, same_template};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, FILES, LAST_APPLIED, PRINT};

static FLAGS: [Flag; 1] = [Flag::int("to-revision", "0", "the revision to go back to; 0 is the one before")];

pub static UNDO: Command = Command::leaf(
    "undo",
    "(TYPE NAME | TYPE/NAME) [flags]",
    "Go back to an earlier template",
    &[&FLAGS, &SELECTOR, &FILES, &DRY_RUN, &PRINT],
    |cli| Box::pin(async move { undo(&cli).await }),
)
.examples(&[("Back to the third one", "kubectl rollout undo deployment/web --to-revision=3")]);

/// Annotations that stay those of the deployment.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

async fn undo(cli: &Cli) -> Result<(), Failure> {
    named(cli)?;
    let dry = DryRun::of(cli)?;
    let (infos, failures) = chosen(cli, cli.args()).await?;
    Failure::all(failures)?;
    for info in infos {
        if info.object["metadata"]["annotations"][LAST_APPLIED].is_string() {
            cli.eprintln(format_args!(
                "Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will not update the \
                 {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. \
                 Consider using 'kubectl apply' with your previous configuration file instead.",
                info.resource.plural, info.name
            ));
        }
        let all = revisions(cli, &info).await?;
        let target = target(&all, cli.flags.int("to-revision"), &info)?;
        if dry == DryRun::Client {
            let mut w = DescribeWriter::default();
            pod_template(&mut w, &target.template);
            cli.print(format!("{} {}\n", info.title(), w.finish()));
            continue;
        }
        let done = match info.resource.kind.as_str() {
            "Deployment" => deployment(cli, &info, target).await?,
            _ => other(cli, &info, target).await?,
        };
        cli.println(format_args!("{} {done}{}", info.title(), dry.note()));
    }
    Ok(())
}

fn target<'a>(all: &'a [Revision], wanted: i64, info: &Info) -> Result<&'a Revision, Failure> {
    if wanted == 0 {
        return match (all.len(), info.resource.kind.as_str()) {
            (0 | 1, "Deployment") => {
                let name = crate::go::quote(&info.name);
                Err(Failure::plain(format!("no rollout history found for deployment {name}")))
            }
            (0 | 1, _) => Err(Failure::plain("no last revision to roll back to")),
            (count, _) => Ok(&all[count - 2]),
        };
    }
    let words = || Failure::plain(format!("unable to find specified revision {wanted} in history"));
    all.iter().find(|one| one.number == wanted).ok_or_else(words)
}

async fn deployment(cli: &Cli, info: &Info, target: &Revision) -> Result<String, Failure> {
    if info.object["spec"]["paused"] == true {
        let words =
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again";
        return Err(Failure::plain(words));
    }
    if same_template(&target.template, &info.object["spec"]["template"]) {
        let wanted = cli.flags.int("to-revision");
        return Ok(format!("skipped rollback (current template already matches revision {wanted})"));
    }
    let mut template = target.template.clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.shift_remove("pod-template-hash");
    }
    let mut annotations = json!({});
    let old = info.object["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
    let set = target.object["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
    for (key, value) in old.into_iter().filter(|(key, _)| KEPT.contains(&key.as_str())) {
        annotations[key] = value;
    }
    for (key, value) in set.into_iter().filter(|(key, _)| !KEPT.contains(&key.as_str())) {
        annotations[key] = value;
    }
    let steps = json!([
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]);
    let sent = patch(cli, &info.path(), JSON, steps.to_string(), "kubectl-rollout").await;
    sent.map_err(|failure| failed(failure, target))?;
    Ok("rolled back".to_owned())
}

async fn other(cli: &Cli, info: &Info, target: &Revision) -> Result<String, Failure> {
    if target.template == info.object["spec"]["template"] {
        let wanted = cli.flags.int("to-revision");
        return Ok(format!("skipped rollback (current template already matches revision {wanted})"));
    }
    let data = target.object["data"].to_string();
    let sent = patch(cli, &info.path(), STRATEGIC, data, "kubectl-rollout").await;
    sent.map_err(|failure| failed(failure, target))?;
    Ok("rolled back".to_owned())
}

fn failed(failure: Failure, target: &Revision) -> Failure {
    failure.because(format_args!("failed restoring revision {}: ", target.number))
}
