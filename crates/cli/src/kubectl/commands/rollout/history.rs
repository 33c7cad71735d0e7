//! `kubectl rollout history` (`k8s.io/kubectl/pkg/polymorphichelpers/history.go`).

use std::rc::Rc;

use serde_json::{Value, json};

use super::{SELECTOR, named};
use crate::flags::tabwriter::{Fill, align};
use crate::kubectl::builder::{Info, Wanted, list, of_list};
use crate::kubectl::change::chosen;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::describe::{DescribeWriter, pod_template, selector};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{FILES, PRINT, known};
use crate::kubectl::merge;

static FLAGS: [Flag; 1] = [Flag::int("revision", "0", "show this revision's template")];

pub static HISTORY: Command = Command::leaf(
    "history",
    "(TYPE NAME | TYPE/NAME) [flags]",
    "Show earlier templates",
    &[&FLAGS, &SELECTOR, &FILES, &PRINT],
    |cli| Box::pin(async move { history(&cli).await }),
)
.examples(&[("A deployment's", "kubectl rollout history deployment/web")]);

/// The annotation that says why a template was changed.
const CAUSE: &str = "kubernetes.io/change-cause";

/// An earlier template.
pub struct Revision {
    pub number: i64,
    pub cause: String,
    /// The object that remembers it: a replica set or a controller revision.
    pub object: Value,
    /// The template itself.
    pub template: Value,
}

async fn history(cli: &Cli) -> Result<(), Failure> {
    named(cli)?;
    let wanted = cli.flags.int("revision");
    if wanted < 0 {
        return Err(Failure::plain(format!("revision must be a positive integer: {wanted}")));
    }
    let (infos, failures) = chosen(cli, cli.args()).await?;
    Failure::all(failures)?;
    for info in infos {
        let all = revisions(cli, &info).await?;
        if wanted > 0 {
            let found = all.iter().find(|one| one.number == wanted);
            let found = found.ok_or_else(|| Failure::plain("unable to find the specified revision"))?;
            let mut template = found.template.clone();
            if info.resource.kind == "Deployment" && !found.cause.is_empty() {
                crate::kubectl::generate::annotate(&mut template, CAUSE, &found.cause);
            }
            let mut w = DescribeWriter::default();
            pod_template(&mut w, &template);
            cli.println(format_args!("{} with revision #{wanted}\n{}", info.title(), w.raw()));
            continue;
        }
        let mut rows = "REVISION\tCHANGE-CAUSE\n".to_owned();
        for one in &all {
            let cause = if one.cause.is_empty() { "<none>" } else { &one.cause };
            rows.push_str(&format!("{}\t{cause}\n", one.number));
        }
        cli.println(format_args!("{} \n{}", info.title(), align(&rows, Fill::Blanks)));
    }
    Ok(())
}

/// All revisions of an object, the oldest first.
pub async fn revisions(cli: &Cli, info: &Info) -> Result<Vec<Revision>, Failure> {
    let of_sets = match info.resource.kind.as_str() {
        "Deployment" => true,
        "DaemonSet" | "StatefulSet" => false,
        other => return Err(Failure::plain(format!("no history viewer has been implemented for {other}"))),
    };
    let (plural, kind) =
        if of_sets { ("replicasets", "ReplicaSet") } else { ("controllerrevisions", "ControllerRevision") };
    let resource = Rc::new(known("apps", "v1", plural, kind, true));
    let wanted = Wanted { label_selector: selector(&info.object["spec"]["selector"]), ..Wanted::default() };
    let client = cli.client().await?;
    let found = list(&client, &resource, &info.namespace, &wanted, "application/json", &[]).await?;
    let uid = &info.object["metadata"]["uid"];
    let mut all = Vec::new();
    for one in of_list(&resource, found) {
        let metadata = &one.object["metadata"];
        let mut owners = metadata["ownerReferences"].as_array().into_iter().flatten();
        if !owners.any(|owner| owner["uid"] == *uid) {
            continue;
        }
        let annotation = |key: &str| metadata["annotations"][key].as_str().unwrap_or_default().to_owned();
        let (number, template) = match of_sets {
            true => {
                let number = annotation("deployment.kubernetes.io/revision").parse().unwrap_or(0);
                (number, one.object["spec"]["template"].clone())
            }
            false => {
                let merged = merge::strategic(json!({}), &one.object["data"]);
                (one.object["revision"].as_i64().unwrap_or(0), merged["spec"]["template"].clone())
            }
        };
        let cause = annotation(CAUSE);
        if number > 0 {
            all.push(Revision { number, cause, object: one.object.clone(), template });
        }
    }
    all.sort_by_key(|one| one.number);
    Ok(all)
}
