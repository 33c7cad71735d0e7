//! `kubectl cluster-info` (`k8s.io/kubectl/pkg/cmd/clusterinfo`).

use std::rc::Rc;

use serde_json::Value;

use crate::kubectl::builder::{Wanted, list};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::known;
use crate::kubectl::print::json::{Order, pretty};

static DUMP_FLAGS: [Flag; 4] = [
    Flag::switch("all-namespaces", "every namespace").short('A'),
    Flag::list("namespaces", "these namespaces"),
    Flag::text("output", "json or yaml").short('o').default("json"),
    Flag::text("output-directory", "directory to write to; - is standard output"),
];

pub static CLUSTER_INFO: Command =
    Command::leaf("cluster-info", "[flags]", "Show where the control plane and its services are", &[], |cli| {
        Rare::ClusterInfo.run(cli)
    })
    .children(&[&DUMP]);

static DUMP: Command = Command::leaf(
    "dump",
    "[flags]",
    "Show all of the cluster that helps to find what is wrong",
    &[&DUMP_FLAGS],
    |cli| Rare::ClusterInfoDump.run(cli),
)
.long(
    "Show all of the cluster that helps to find what is wrong: nodes, events, workloads, pods and their logs. Without \
     a flag it is about the current namespace and kube-system, on standard output.",
);

pub async fn info(cli: &Cli) -> Result<(), Failure> {
    let found = services(cli).await;
    let server = cli.client().await.map(|client| client.server()).unwrap_or_default();
    if let Ok(services) = &found {
        cli.println(format_args!("Kubernetes control plane is running at {server}"));
        for (name, path) in services {
            cli.println(format_args!("{name} is running at {server}{path}"));
        }
    }
    cli.print("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
    found.map(|_| ())
}

/// Services that call themselves those of the cluster, with the addresses of their proxies.
async fn services(cli: &Cli) -> Result<Vec<(String, String)>, Failure> {
    let discovery = cli.discovery().await?;
    let client = cli.client().await?;
    let resource = discovery.find("services").await?;
    let label = "kubernetes.io/cluster-service=true".to_owned();
    let wanted = Wanted { label_selector: label, ..Wanted::default() };
    let found = list(&client, &resource, "kube-system", &wanted, "application/json", &[]).await?;
    let mut all = Vec::new();
    for service in found["items"].as_array().into_iter().flatten() {
        let metadata = &service["metadata"];
        let name = metadata["name"].as_str().unwrap_or_default();
        let shown = metadata["labels"]["kubernetes.io/name"].as_str().unwrap_or(name);
        let port = service["spec"]["ports"][0]["name"].as_str().unwrap_or_default();
        let link = if port.is_empty() { name.to_owned() } else { format!("{name}:{port}") };
        all.push((shown.to_owned(), format!("/api/v1/namespaces/kube-system/services/{link}/proxy")));
    }
    Ok(all)
}

pub async fn dump(cli: &Cli) -> Result<(), Failure> {
    let client = cli.client().await?;
    let mut namespaces = cli.flags.list("namespaces");
    if namespaces.is_empty() {
        namespaces = vec!["kube-system".to_owned(), cli.namespace()?];
    }
    let show = |cli: &Cli, value: &Value| cli.println(pretty(value, Order::Kept, 4));
    let nodes = known("", "v1", "nodes", "Node", false);
    show(cli, &list(&client, &nodes, "", &Wanted::default(), "application/json", &[]).await?);
    for namespace in namespaces {
        for (group, plural) in [
            ("", "events"),
            ("", "replicationcontrollers"),
            ("", "services"),
            ("apps", "daemonsets"),
            ("apps", "deployments"),
            ("apps", "replicasets"),
            ("", "pods"),
        ] {
            let resource = Rc::new(known(group, "v1", plural, "", true));
            let all = list(&client, &resource, &namespace, &Wanted::default(), "application/json", &[]).await?;
            show(cli, &all);
            for pod in all["items"].as_array().into_iter().flatten().filter(|_| plural == "pods") {
                let name = pod["metadata"]["name"].as_str().unwrap_or_default();
                for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
                    let container = container["name"].as_str().unwrap_or_default();
                    cli.println(format_args!(
                        "==== START logs for container {container} of pod {namespace}/{name} ===="
                    ));
                    let path = format!("{}/log?container={container}", resource.at(&namespace, name));
                    match client.call("GET", &path, "*/*", Body::None).await {
                        Ok(text) => cli.print(text),
                        Err(failure) => cli.println(failure.text()),
                    }
                    cli.println(format_args!("==== END logs for container {container} of pod {namespace}/{name} ===="));
                }
            }
        }
    }
    Ok(())
}
