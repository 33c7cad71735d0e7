//! What `kubeadm join --control-plane` does besides: it makes the node one of the control plane
//! (`cmd/kubeadm/app/cmd/phases/join`, `controlplaneprepare.go`, `checketcd.go`, `controlplanejoin.go`).

use std::rc::Rc;

use serde_json::Value;

use crate::kubeadm::copycerts::{self, setting};
use crate::kubeadm::etcd::Etcd;
use crate::kubeadm::init::{Init, Settings, files, manifests, upload, wait};
use crate::kubeadm::kubeconfig::ADMIN;
use crate::kubeadm::node::Node;
use crate::kubeadm::pki::DIR;
use crate::kubeadm::preflight;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Client;
use crate::kubectl::failure::Failure;

/// How long a new member of etcd may take to answer: so many looks, so far apart, in microseconds.
const LOOKS: u32 = 8;
const INTERVAL: u64 = 5_000_000;

/// A node on its way into the control plane.
pub struct Joining {
    init: Init,
}

impl Joining {
    /// Looks whether the cluster and the node are such that it can be done.
    ///
    /// # Errors
    /// kubeadm's words about what is missing.
    pub async fn prepare(cli: &Rc<Cli>, node: &Rc<dyn Node>, config: &Value) -> Result<Self, Failure> {
        let endpoint = setting(config, &["controlPlaneEndpoint"]);
        let key = cli.flags.text("certificate-key");
        let lacks = copycerts::missing(cli).filter(|_| key.is_empty());
        let why = match (endpoint.as_str(), lacks) {
            ("", _) => Some(
                "unable to add a new control plane instance to a cluster that doesn't have a stable controlPlaneEndpoint \
                 address"
                    .to_owned(),
            ),
            (_, Some(name)) => Some(format!(
                "failure loading certificate for CA: couldn't load the certificate file {DIR}/{name}: open {DIR}/{name}: \
                 no such file or directory"
            )),
            _ => None,
        };
        if let Some(why) = why {
            return Err(Failure::plain(format!(
                "\nOne or more conditions for hosting a new control plane instance is not satisfied.\n\n{why}\n\nPlease \
                 ensure that:\n* The cluster has a stable controlPlaneEndpoint address.\n* The certificates that must be \
                 shared among control plane instances are provided.\n\n"
            )));
        }
        let settings = Settings {
            version: setting(config, &["kubernetesVersion"]),
            name: node.name(),
            address: node.address(),
            endpoint,
            pod_subnet: setting(config, &["networking", "podSubnet"]),
            service_subnet: setting(config, &["networking", "serviceSubnet"]),
            token: String::new(),
            token_ttl: 0,
            dry_run: false,
        };
        let init = Init::of(cli, node, settings, true);
        init.say("[preflight] Running pre-flight checks before initializing the new control plane instance");
        let mut checks = Vec::new();
        for port in [6443, 10_259, 10_257] {
            checks.push(preflight::port(cli, port).await);
        }
        for name in manifests::NAMES {
            checks.push(preflight::file_available(cli, &manifests::path(name)));
        }
        for port in [2379, 2380] {
            checks.push(preflight::port(cli, port).await);
        }
        checks.push(preflight::dir_available(cli, "/var/lib/etcd"));
        preflight::conclude(cli, checks).await?;
        init.pull_images().await?;
        Ok(Self { init })
    }

    /// Certificates, kubeconfig files, manifests: all but etcd's.
    pub async fn write_files(&self, cli: &Cli, bootstrapper: &Client) -> Result<(), Failure> {
        let init = &self.init;
        let key = cli.flags.text("certificate-key");
        if !key.is_empty() {
            init.say("[download-certs] Downloading the certificates in Secret \"kubeadm-certs\" in the \"kube-system\" Namespace");
            copycerts::download(cli, bootstrapper, key).await?;
            init.say(format_args!("[download-certs] Saving the certificates to the folder: \"{DIR}\""));
        }
        files::certificates(init).await?;
        init.say("[kubeconfig] Generating kubeconfig files");
        files::kubeconfigs(init).await?;
        manifests::control_plane(init).await
    }

    /// That etcd is well before another member comes.
    pub async fn check_etcd(&self) -> Result<(), Failure> {
        self.init.say("[check-etcd] Checking that the etcd cluster is healthy");
        Etcd::of(&self.init.cli, &*self.init.client()?).await?.check().await
    }

    /// Adds a member of etcd on this node: as a learner, which is promoted when it has caught up.
    pub async fn join_etcd(&self) -> Result<(), Failure> {
        let (init, settings) = (&self.init, &self.init.settings);
        let client = init.client()?;
        let etcd = Etcd::of(&init.cli, &client).await?;
        let peer = format!("https://{}:2380", settings.address);
        let id = etcd.add_learner(&peer).await?;
        init.say("[etcd] Announced new etcd member joining to the existing etcd cluster");
        init.say("[etcd] Creating static Pod manifest for \"etcd\"");
        // The new one has not told its name yet.
        let named = |name: &str| if name.is_empty() { settings.name.clone() } else { name.to_owned() };
        let members = etcd.members().await?;
        let all = members.iter().filter_map(|member| Some((named(&member.name), member.peer_urls.first()?.clone())));
        manifests::joining_etcd(init, all.collect()).await?;
        etcd.promote(id).await?;
        init.say("[etcd] Waiting for the new etcd member to join the cluster. This can take up to 40s");
        for _ in 0..LOOKS {
            // The new member's pod is known to the API server on its own node only when that runs.
            if etcd.members().await?.iter().any(|member| member.id == id && !member.is_learner) {
                return Ok(());
            }
            init.cli.process.sleep(INTERVAL).await;
        }
        Err(Failure::plain("timeout waiting for etcd cluster to be available"))
    }

    /// What is left once the kubelet has registered the node.
    pub async fn conclude(&self) -> Result<(), Failure> {
        let init = &self.init;
        upload::mark(init).await?;
        wait::components(init).await?;
        init.say(format_args!(
            "
This node has joined the cluster and a new control plane instance was created:

* Certificate signing request was sent to apiserver and approval was received.
* The Kubelet was informed of the new secure connection details.
* Control plane label and taint were applied to the new node.
* The Kubernetes control plane instances scaled up.
* A new etcd member was added to the local/stacked etcd cluster.

kubectl on this node finds the cluster once the administrator's kubeconfig is where it looks:

\tmkdir -p $HOME/.kube
\tcp -i {ADMIN} $HOME/.kube/config

Run 'kubectl get nodes' to see this node join the cluster.
"
        ));
        Ok(())
    }

    /// Where the kubelet of this node asks: its own API server (`ControlPlaneKubeletLocalMode`).
    pub fn local_server(&self) -> String {
        format!("https://{}:6443", self.init.settings.address)
    }
}
