//! `kubeadm upgrade` (`cmd/kubeadm/app/cmd/upgrade`). A newer release than this kubeadm's is not there to be installed.

use super::VERSION;
use super::connection::{KUBECONFIG, client};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Command;
use crate::kubectl::failure::Failure;

pub static UPGRADE: Command =
    Command::group("upgrade", "", "Upgrade your cluster smoothly to a newer version with this command", &[&PLAN]);

static PLAN: Command = Command::leaf(
    "plan",
    "[version] [flags]",
    "Check which versions are available to upgrade to and validate whether your current cluster is upgradeable",
    &[&KUBECONFIG],
    |cli| Box::pin(async move { plan(&cli).await }),
);

async fn plan(cli: &Cli) -> Result<(), Failure> {
    cli.println("[preflight] Running pre-flight checks.");
    cli.println(
        "[upgrade/config] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...",
    );
    cli.println(
        "[upgrade/config] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.",
    );
    let client = client(cli)?;
    let config = client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config").await;
    config.map_err(|failure| failure.because("[upgrade/init config] FATAL: failed to get config map: "))?;
    cli.println("[upgrade] Running cluster health checks");
    let nodes = client.get("/api/v1/nodes").await?;
    let ready = |node: &&serde_json::Value| {
        let conditions = node["status"]["conditions"].as_array();
        conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True")
    };
    let all = nodes["items"].as_array().cloned().unwrap_or_default();
    let is_master =
        |node: &&serde_json::Value| !node["metadata"]["labels"]["node-role.kubernetes.io/control-plane"].is_null();
    let ill: Vec<String> = all
        .iter()
        .filter(is_master)
        .filter(|node| !ready(node))
        .map(|node| node["metadata"]["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    if !ill.is_empty() {
        let words = format!("there are NotReady control-planes in the cluster: [{}]", ill.join(" "));
        let checks =
            "[upgrade/health] FATAL: [preflight] Some fatal errors occurred:\n\t[ERROR ControlPlaneNodesReady]: ";
        let hint = "[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`";
        return Err(Failure::plain(format!("{checks}{words}\n{hint}")));
    }
    let server = client.get("/version").await?;
    let current = server["gitVersion"].as_str().unwrap_or_default();
    cli.println("[upgrade] Fetching available versions to upgrade to");
    cli.println(format_args!("[upgrade/versions] Cluster version: {}", current.trim_start_matches('v')));
    cli.println(format_args!("[upgrade/versions] kubeadm version: {VERSION}"));
    cli.println(format_args!("[upgrade/versions] Target version: {VERSION}"));
    cli.println(format_args!("[upgrade/versions] Latest version in the v1.36 series: {VERSION}"));
    // The API server of a world is of this release, and a newer one is not there to be installed.
    cli.println("Awesome, you're up-to-date! Enjoy!");
    Ok(())
}
