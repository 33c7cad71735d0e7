//! `kubeadm reset`: undoes what `init` or `join` did to this node (`cmd/kubeadm/app/cmd/reset.go`).

use super::connection::{KUBECONFIG, client};
use super::etcd::Etcd;
use super::node::Node;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;

static FLAGS: [Flag; 2] = [
    Flag::switch("dry-run", "don't apply any changes; just output what would be done"),
    Flag::switch("force", "reset the node without prompting for confirmation").short('f'),
];

pub static RESET: Command = Command::leaf(
    "reset",
    "[flags]",
    "Performs a best effort revert of changes made to this host by 'kubeadm init' or 'kubeadm join'",
    &[&FLAGS, &KUBECONFIG],
    |cli| Box::pin(async move { reset(&cli).await }),
);

const MANIFESTS: &str = "/etc/kubernetes/manifests";
const PKI: &str = "/etc/kubernetes/pki";
const FILES: [&str; 6] = [
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/super-admin.conf",
    "/etc/kubernetes/kubelet.conf",
    "/etc/kubernetes/bootstrap-kubelet.conf",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/scheduler.conf",
];

async fn reset(cli: &Cli) -> Result<(), Failure> {
    let node = cli.node.clone().ok_or_else(|| Failure::plain("this machine is no node"))?;
    if !node.has_kubelet() {
        let words = "the kubelet of this world's cluster is not a service of this machine, so it cannot be taken down";
        return Err(Failure::plain(words));
    }
    let files = cli.process.fs();
    let is_control_plane = files.exists(&format!("{MANIFESTS}/etcd.yaml"));
    if is_control_plane {
        cli.println(
            "[reset] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...",
        );
        cli.println(
            "[reset] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.",
        );
        let read = match client(cli) {
            Ok(client) => client.get("/api/v1/namespaces/kube-system/configmaps/kubeadm-config").await.map(|_| ()),
            Err(failure) => Err(failure),
        };
        if let Err(failure) = read {
            cli.eprintln(format_args!(
                "[reset] Unable to fetch the kubeadm-config ConfigMap from cluster: {}",
                failure.text()
            ));
        }
    }
    if !cli.flags.bool("force") && !cli.flags.bool("dry-run") {
        cli.eprintln(
            "W [reset] WARNING: Changes made to this host by 'kubeadm init' or 'kubeadm join' will be reverted.",
        );
        cli.print("[reset] Are you sure you want to proceed? [y/N]: ");
        let answer = cli.process.stdin.read_line(64).await.ok().flatten().unwrap_or_default();
        if !String::from_utf8_lossy(&answer).trim().eq_ignore_ascii_case("y") {
            return Err(Failure::plain("error execution phase preflight: aborted reset operation"));
        }
    }
    cli.println("[preflight] Running pre-flight checks");
    if cli.flags.bool("dry-run") {
        cli.println("[reset] Would stop the kubelet service");
        cli.println(format_args!("[reset] Would delete contents of directories: [{MANIFESTS} /var/lib/kubelet {PKI}]"));
        return Ok(());
    }
    if is_control_plane {
        if let Err(failure) = leave_etcd(cli, &*node).await {
            cli.eprintln(format_args!(
                "W [reset] Failed to remove etcd member: {}, please manually remove this etcd member using etcdctl",
                failure.text()
            ));
        }
        cli.println("[reset] Deleted contents of the etcd data directory: /var/lib/etcd");
    }
    cli.println("[reset] Stopping the kubelet service");
    node.stop_kubelet();
    cli.process.sleep(1_000_000).await;
    cli.println("[reset] Unmounting mounted directories in \"/var/lib/kubelet\"");
    cli.println(format_args!("[reset] Deleting contents of directories: [{MANIFESTS} /var/lib/kubelet {PKI}]"));
    let mut folders = vec![MANIFESTS, "/var/lib/kubelet", PKI];
    folders.extend(is_control_plane.then_some("/var/lib/etcd"));
    for folder in folders {
        // What is not there needs no deleting.
        let _ = files.remove_all(folder);
        let _ = files.mkdir_all(folder);
    }
    cli.println(format_args!("[reset] Deleting files: [{}]", FILES.join(" ")));
    for file in FILES {
        let _ = files.remove_file(file);
    }
    cli.println(
        "
The reset process leaves some things as they are:
* network plugin configuration in /etc/cni/net.d
* rules of iptables, nftables or IPVS
* kubeconfig files in home directories, such as $HOME/.kube/config
",
    );
    Ok(())
}

/// The others shall not wait for a member that is gone (`cmd/phases/reset/removeetcdmember.go`).
async fn leave_etcd(cli: &Cli, node: &dyn Node) -> Result<(), Failure> {
    let client = client(cli)?;
    let etcd = Etcd::of(cli, &client).await?;
    etcd.remove(&format!("https://{}:2380", node.address())).await
}
