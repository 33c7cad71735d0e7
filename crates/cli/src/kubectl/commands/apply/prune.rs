//! `kubectl apply --prune` (`k8s.io/kubectl/pkg/cmd/apply/prune.go`, `pkg/util/prune/prune.go`).

use std::rc::Rc;

use serde_json::json;

use crate::kubectl::builder::{Wanted, list, of_list};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, Resource};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DryRun, LAST_APPLIED};

/// The kinds that are looked at by default.
const KINDS: [(&str, &str); 15] = [
    ("v1", "ConfigMap"),
    ("v1", "Endpoints"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "PersistentVolume"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
];

/// Deletes what was applied once and is in no file any more.
///
/// # Errors
/// What the server says.
pub async fn prune(cli: &Cli, dry: DryRun, visited: &[String]) -> Result<(), Failure> {
    let words = "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the \
                 --namespace flag in a future release. To preserve the current behaviour, list the resources you want \
                 to target explicitly in the --prune-allowlist flag.";
    if cli.flags.list("prune-allowlist").is_empty() {
        cli.eprintln(format_args!("{} prune.go:71] {words}", cli.klog('W')));
    }
    let discovery = cli.discovery().await?;
    let client = cli.client().await?;
    let mut resources: Vec<Rc<Resource>> = Vec::new();
    let allowed = cli.flags.list("prune-allowlist");
    let parsed: Vec<(String, String)> = match allowed.is_empty() {
        true => KINDS.iter().map(|(version, kind)| ((*version).to_owned(), (*kind).to_owned())).collect(),
        false => allowed
            .iter()
            .map(|text| {
                let (version, kind) = text.rsplit_once('/').unwrap_or(("", text));
                (version.trim_start_matches("core/").to_owned(), kind.to_owned())
            })
            .collect(),
    };
    for (version, kind) in parsed {
        match discovery.of_kind(&version, &kind).await? {
            Some(resource) => resources.push(resource),
            None => return Err(Failure::plain(format!("no matches for kind \"{kind}\" in version \"{version}\""))),
        }
    }
    // Namespaces go last, as upstream visits what is in them first.
    resources.sort_by_key(|resource| !resource.namespaced);
    let wanted = Wanted { label_selector: cli.flags.text("selector").to_owned(), ..Wanted::default() };
    for resource in resources {
        let found = list(&client, &resource, &cli.namespace()?, &wanted, "application/json", &[]).await?;
        for info in of_list(&resource, found) {
            let metadata = &info.object["metadata"];
            let uid = metadata["uid"].as_str().unwrap_or_default().to_owned();
            if !metadata["annotations"][LAST_APPLIED].is_string() || visited.contains(&uid) {
                continue;
            }
            if dry != DryRun::Client {
                let mut options =
                    json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"});
                if dry == DryRun::Server {
                    options["dryRun"] = json!(["All"]);
                }
                client.send("DELETE", &info.path(), Body::Json(&options)).await?;
            }
            cli.println(format_args!("{} pruned{}", info.title(), dry.note()));
        }
    }
    Ok(())
}
