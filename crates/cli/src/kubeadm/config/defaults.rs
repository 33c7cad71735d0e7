//! `kubeadm config print`: configurations as they are when nobody says otherwise, to begin a file with.

use crate::kubeadm::VERSION;
use crate::kubeadm::configuration::Cluster;
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::Command;
use crate::kubectl::failure::Failure;

pub static PRINT: Command = Command::group("print", "", "Print configuration", &[&INIT, &JOIN]);

static INIT: Command = Command::leaf(
    "init-defaults",
    "[flags]",
    "Print the configuration that 'kubeadm init' has by default",
    &[],
    |cli| Box::pin(async move { init(&cli) }),
);

static JOIN: Command = Command::leaf(
    "join-defaults",
    "[flags]",
    "Print the configuration that 'kubeadm join' has by default",
    &[],
    |cli| Box::pin(async move { join(&cli) }),
);

/// What all documents about a node end in.
const NODE: &str = "nodeRegistration:
  criSocket: unix:///var/run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  imagePullSerial: true
  name: node
  taints: null
timeouts:
  controlPlaneComponentHealthCheck: 4m0s
  discovery: 5m0s
  etcdAPICall: 2m0s
  kubeletHealthCheck: 4m0s
  kubernetesAPICall: 1m0s
  tlsBootstrap: 5m0s
  upgradeManifests: 5m0s
";

fn init(cli: &Cli) -> Result<(), Failure> {
    let release = VERSION.trim_start_matches('v').rsplit_once('.').map_or("", |(release, _)| release);
    let version = format!("{release}.0");
    let cluster = Cluster { version: &version, endpoint: "", pod_subnet: "", service_subnet: "10.96.0.0/12" }.text();
    cli.print(format!(
        "apiVersion: kubeadm.k8s.io/v1beta4
bootstrapTokens:
- groups:
  - system:bootstrappers:kubeadm:default-node-token
  token: abcdef.0123456789abcdef
  ttl: 24h0m0s
  usages:
  - signing
  - authentication
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 1.2.3.4
  bindPort: 6443
{NODE}---
{cluster}"
    ));
    Ok(())
}

fn join(cli: &Cli) -> Result<(), Failure> {
    cli.print(format!(
        "apiVersion: kubeadm.k8s.io/v1beta4
caCertPath: /etc/kubernetes/pki/ca.crt
discovery:
  bootstrapToken:
    apiServerEndpoint: kube-apiserver:6443
    token: abcdef.0123456789abcdef
    unsafeSkipCAVerification: true
  tlsBootstrapToken: abcdef.0123456789abcdef
kind: JoinConfiguration
{NODE}"
    ));
    Ok(())
}
