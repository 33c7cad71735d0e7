//! What the commands share that look into the containers of pods.

use serde_json::Value;

use crate::kubectl::builder::{Info, Wanted, find, list, of_list};
use crate::kubectl::cli::Cli;
use crate::kubectl::commands::describe::selector;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::known;

/// The pod that `NAME`, `pod/NAME` or what has pods means, such as `deploy/NAME`.
///
/// # Errors
/// When there is none.
pub async fn pod(cli: &Cli, word: &str) -> Result<Info, Failure> {
    let wanted = Wanted { default_type: (!word.contains('/')).then_some("pods"), ..Wanted::default() };
    let (mut infos, failures) = find(cli, &[word.to_owned()], &wanted).await?;
    Failure::all(failures)?;
    if infos.is_empty() {
        return Err(Failure::plain(format!("no pod found for {word}")));
    }
    let info = infos.remove(0);
    match info.resource.kind.as_str() {
        "Pod" => Ok(info),
        _ => {
            let mut pods = pods_of(cli, &info).await?;
            if pods.is_empty() {
                return Err(Failure::plain(format!("no pods found for {}", info.title())));
            }
            if pods.len() > 1 && cli.command.name == "logs" {
                cli.eprintln(format_args!("Found {} pods, using pod/{}", pods.len(), pods[0].name));
            }
            Ok(pods.remove(0))
        }
    }
}

/// A pod of a namespace, or of the usual one when that is empty.
///
/// # Errors
/// When there is none.
pub async fn pod_in(cli: &Cli, namespace: &str, name: &str) -> Result<Info, Failure> {
    let namespace = if namespace.is_empty() { cli.namespace()? } else { namespace.to_owned() };
    let resource = std::rc::Rc::new(known("", "v1", "pods", "Pod", true));
    let object = cli.client().await?.get(&resource.at(&namespace, name)).await?;
    Ok(Info { resource, namespace, name: name.to_owned(), object, source: String::new() })
}

/// The pods that an object's selector means, those first that one most likely wants to see.
pub async fn pods_of(cli: &Cli, info: &Info) -> Result<Vec<Info>, Failure> {
    let spec = &info.object["spec"]["selector"];
    let labels = match info.resource.kind.as_str() {
        "Service" | "ReplicationController" => {
            let pairs = spec.as_object().into_iter().flatten();
            let pairs: Vec<String> =
                pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
            pairs.join(",")
        }
        _ if spec.is_object() => selector(spec),
        _ => String::new(),
    };
    if labels.is_empty() || labels == "<none>" {
        let words = format!("selector for {} not implemented", info.resource.kind);
        return Err(Failure::plain(words));
    }
    let wanted = Wanted { label_selector: labels, ..Wanted::default() };
    let resource = std::rc::Rc::new(known("", "v1", "pods", "Pod", true));
    let client = cli.client().await?;
    let mut pods =
        of_list(&resource, list(&client, &resource, &info.namespace, &wanted, "application/json", &[]).await?);
    let rank = |pod: &Info| match pod.object["status"]["phase"].as_str() {
        Some("Running") => 0,
        Some("Pending") => 2,
        _ => 1,
    };
    pods.sort_by_key(|pod| (rank(pod), pod.object["metadata"]["creationTimestamp"].to_string()));
    Ok(pods)
}

/// The containers' names, as messages list them: `web, setup (init)`.
pub fn listed(pod: &Value) -> String {
    let mut all = Vec::new();
    for (field, note) in [("containers", ""), ("initContainers", " (init)"), ("ephemeralContainers", " (ephem)")] {
        for container in pod["spec"][field].as_array().into_iter().flatten() {
            all.push(format!("{}{note}", container["name"].as_str().unwrap_or_default()));
        }
    }
    all.join(", ")
}

/// The container that is asked for, or the one that is meant when none is.
///
/// # Errors
/// When the pod has no such one.
pub fn container(cli: &Cli, pod: &Info, wanted: &str, quiet: bool) -> Result<String, Failure> {
    let spec = &pod.object["spec"];
    let fields = ["containers", "initContainers", "ephemeralContainers"];
    let mut all = fields.iter().flat_map(|field| spec[*field].as_array().into_iter().flatten());
    if !wanted.is_empty() {
        return match all.any(|container| container["name"] == wanted) {
            true => Ok(wanted.to_owned()),
            false => {
                let words =
                    format!("container {wanted} is not valid for pod {} out of: {}", pod.name, listed(&pod.object));
                Err(Failure::plain(words))
            }
        };
    }
    let several = all.clone().count() > 1;
    let annotation = &pod.object["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"];
    let default = annotation.as_str().or_else(|| all.next().and_then(|first| first["name"].as_str()));
    let default = default.unwrap_or_default().to_owned();
    if several && !annotation.is_string() && !quiet {
        cli.eprintln(format_args!("Defaulted container \"{default}\" out of: {}", listed(&pod.object)));
    }
    Ok(default)
}
