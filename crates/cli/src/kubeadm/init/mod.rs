//! `kubeadm init`: makes this node the control plane of a new cluster (`cmd/kubeadm/app/cmd/init.go`). It is a list of
//! phases, each of which does what it says and can be left out or run alone.

mod addons;
pub(super) mod files;
pub(super) mod manifests;
mod rbac;
mod settings;
pub(super) mod upload;
pub(super) mod wait;

use std::rc::Rc;

use crate::kubeadm::connection::of_file;
use crate::kubeadm::copycerts;
use crate::kubeadm::kubeconfig::ADMIN;
use crate::kubeadm::pki::Place;
use crate::kubeadm::{Node, preflight, token};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Client;
use crate::kubectl::cmdline::{Command, Flag, RunFuture};
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::KubeConfig;
use crate::transport::LocalBoxFuture;
pub(super) use settings::Settings;

pub use files::of_kubelet;
pub(super) use upload::{BINDINGS, BOOTSTRAPPERS, ROLES};

static FLAGS: [Flag; 8] = [
    Flag::text(
        "apiserver-advertise-address",
        "the IP address the API server says it listens on; the node's own if not set",
    ),
    Flag::text("control-plane-endpoint", "a stable IP address or DNS name for the control plane"),
    Flag::switch("dry-run", "don't apply any changes; just output what would be done"),
    Flag::text("kubernetes-version", "the release of the control plane").default("stable-1"),
    Flag::text("pod-network-cidr", "the IP addresses for pods; if set, every node is given a part of them"),
    Flag::text("service-cidr", "the IP addresses for services").default("10.96.0.0/12"),
    Flag::list("skip-phases", "phases to leave out"),
    Flag::text("token", "the token for nodes that join; a random one if not set"),
];

static CERTIFICATE_KEY: [Flag; 3] = [
    Flag::text("certificate-key", "the key that the uploaded certificates are encrypted with; a random one if not set"),
    Flag::switch("skip-certificate-key-print", "don't print that key"),
    Flag::switch("upload-certs", "upload what all control plane nodes share to the Secret kubeadm-certs"),
];

static TOKEN_TTL: [Flag; 2] = [
    Flag::new(
        "token-ttl",
        crate::kubectl::cmdline::Kind::Duration,
        "24h0m0s",
        "how long the token is good; 0 is for ever",
    ),
    Flag::switch("skip-token-print", "don't print the token"),
];

const ALL_FLAGS: &[&[Flag]] = &[&FLAGS, &CERTIFICATE_KEY, &TOKEN_TTL, &preflight::IGNORE];

pub static INIT: Command = Command {
    children: &[&PHASE],
    ..Command::leaf(
        "init",
        "[flags]",
        "Run this command in order to set up the Kubernetes control plane",
        ALL_FLAGS,
        |cli| Box::pin(async move { init(&cli).await }),
    )
}
.long(
    "Makes this node the control plane of a new cluster, in these phases:

preflight                    Run pre-flight checks
certs                        Certificate generation
kubeconfig                   Generate all kubeconfig files necessary to establish the control plane and the admin
etcd                         Generate static Pod manifest file for local etcd
control-plane                Generate all static Pod manifest files necessary to establish the control plane
kubelet-start                Write kubelet settings and (re)start the kubelet
wait-control-plane           Wait for the control plane to start
upload-config                Upload the kubeadm and kubelet configuration to ConfigMaps
upload-certs                 Upload certificates to kubeadm-certs
mark-control-plane           Mark a node as a control-plane
bootstrap-token              Generates bootstrap tokens used to join a node to a cluster
kubelet-finalize             Updates settings relevant to the kubelet after TLS bootstrap
addon                        Install required addons for passing conformance tests
show-join-command            Show the join command for control-plane and worker node",
);

/// A phase: its name, what it is for, and what it does.
struct Phase {
    name: &'static str,
    run: for<'a> fn(&'a Init) -> LocalBoxFuture<'a, Result<(), Failure>>,
}

const fn phase(name: &'static str, run: for<'a> fn(&'a Init) -> LocalBoxFuture<'a, Result<(), Failure>>) -> Phase {
    Phase { name, run }
}

static PHASES: [Phase; 14] = [
    phase("preflight", |init| Box::pin(preflight(init))),
    phase("certs", |init| Box::pin(files::certificates(init))),
    phase("kubeconfig", |init| Box::pin(files::kubeconfigs(init))),
    phase("etcd", |init| Box::pin(manifests::etcd(init))),
    phase("control-plane", |init| Box::pin(manifests::control_plane(init))),
    phase("kubelet-start", |init| Box::pin(files::start_kubelet(init))),
    phase("wait-control-plane", |init| Box::pin(wait::control_plane(init))),
    phase("upload-config", |init| Box::pin(upload::configuration(init))),
    phase("upload-certs", |init| Box::pin(upload::certificates(init))),
    phase("mark-control-plane", |init| Box::pin(upload::mark(init))),
    phase("bootstrap-token", |init| Box::pin(rbac::bootstrap_token(init))),
    phase("kubelet-finalize", |init| Box::pin(files::finalize_kubelet(init))),
    phase("addon", |init| Box::pin(addons::install(init))),
    phase("show-join-command", |init| Box::pin(show_join_command(init))),
];

const fn alone(name: &'static str, short: &'static str) -> Command {
    Command::leaf(name, "[flags]", short, ALL_FLAGS, run_alone)
}

static PREFLIGHT: Command = alone("preflight", "Run pre-flight checks");
static CERTS: Command = alone("certs", "Certificate generation");
static KUBECONFIG: Command =
    alone("kubeconfig", "Generate all kubeconfig files necessary to establish the control plane and the admin");
static ETCD: Command = alone("etcd", "Generate static Pod manifest file for local etcd");
static CONTROL_PLANE: Command =
    alone("control-plane", "Generate all static Pod manifest files necessary to establish the control plane");
static KUBELET_START: Command = alone("kubelet-start", "Write kubelet settings and (re)start the kubelet");
static WAIT: Command = alone("wait-control-plane", "Wait for the control plane to start");
static UPLOAD_CERTS: Command = alone("upload-certs", "Upload certificates to kubeadm-certs");
static UPLOAD_CONFIG: Command = alone("upload-config", "Upload the kubeadm and kubelet configuration to ConfigMaps");
static MARK: Command = alone("mark-control-plane", "Mark a node as a control-plane");
static BOOTSTRAP_TOKEN: Command =
    alone("bootstrap-token", "Generates bootstrap tokens used to join a node to a cluster");
static ADDON: Command = alone("addon", "Install required addons for passing conformance tests");
static SHOW_JOIN: Command = alone("show-join-command", "Show the join command for control-plane and worker node");

static PHASE: Command = Command::group(
    "phase",
    "",
    "Use this command to invoke single phase of the \"init\" workflow",
    &[
        &ADDON,
        &BOOTSTRAP_TOKEN,
        &CERTS,
        &CONTROL_PLANE,
        &ETCD,
        &KUBECONFIG,
        &KUBELET_START,
        &MARK,
        &PREFLIGHT,
        &SHOW_JOIN,
        &UPLOAD_CERTS,
        &UPLOAD_CONFIG,
        &WAIT,
    ],
);

/// A run of the phases, of `init` or of those that `join` shares with it.
pub(super) struct Init {
    pub(super) cli: Rc<Cli>,
    pub(super) node: Rc<dyn Node>,
    pub(super) settings: Settings,
    /// [`Settings::outside`]
    outside: String,
    /// What the certificates are uploaded with.
    certificate_key: String,
    /// The control plane is there already, on other nodes.
    joins: bool,
}

impl Init {
    fn new(cli: &Rc<Cli>) -> Result<Self, Failure> {
        let node = cli.node.clone().ok_or_else(|| Failure::plain("this machine is no node"))?;
        let settings = Settings::of(cli, &*node)?;
        Ok(Self::of(cli, &node, settings, false))
    }

    /// A run on a node with these settings.
    pub(super) fn of(cli: &Rc<Cli>, node: &Rc<dyn Node>, settings: Settings, joins: bool) -> Self {
        let outside = settings.outside();
        let certificate_key = match cli.flags.text("certificate-key") {
            "" => copycerts::new_key(&cli.process),
            key => key.to_owned(),
        };
        Self { cli: cli.clone(), node: node.clone(), settings, outside, certificate_key, joins }
    }

    /// What certificates and kubeconfig files are made for.
    fn place(&self) -> Place<'_> {
        Place { name: &self.settings.name, address: &self.settings.address, endpoint: &self.outside }
    }

    pub(super) fn say(&self, words: impl std::fmt::Display) {
        self.cli.println(words);
    }

    /// Lets so many milliseconds pass: what is done takes time.
    async fn takes(&self, millis: u64) {
        self.cli.process.sleep(millis * 1_000).await;
    }

    pub(super) fn client(&self) -> Result<Rc<Client>, Failure> {
        of_file(&self.cli, ADMIN)
    }

    /// Pulls the images of the control plane.
    pub(super) async fn pull_images(&self) -> Result<(), Failure> {
        self.say("[preflight] Pulling images required for setting up a Kubernetes cluster");
        self.say("[preflight] This might take a minute or two, depending on the speed of your internet connection");
        self.say("[preflight] You can also perform this action beforehand using 'kubeadm config images pull'");
        self.takes(9_000).await;
        preflight::conclude(&self.cli, vec![preflight::images(&self.settings.version)]).await
    }

    /// Writes a file and the directories it lies in; with `--dry-run` beneath a directory that nobody looks at.
    fn write(&self, path: &str, content: impl Into<Vec<u8>>) -> Result<(), Failure> {
        let files = self.cli.process.fs();
        let path = self.settings.path(path);
        let written = files.mkdir_all(shell::path::parent(&path)).and_then(|()| files.write(&path, content));
        written.map_err(|why| Failure::plain(format!("unable to write {path}: {why}")))
    }
}

async fn init(cli: &Rc<Cli>) -> Result<(), Failure> {
    if let [word, ..] = cli.args() {
        return Err(Failure::plain(format!("unknown command {} for \"kubeadm init\"", crate::go::quote(word))));
    }
    let init = Init::new(cli)?;
    let skipped = cli.flags.list("skip-phases");
    if let Some(unknown) = skipped.iter().find(|name| !is_phase(name)) {
        return Err(Failure::plain(format!("invalid phase name: {unknown}")));
    }
    init.say(format_args!("[init] Using Kubernetes version: {}", init.settings.version));
    for phase in &PHASES {
        let is_part = |name: &String| name == phase.name;
        if !skipped.iter().any(is_part) {
            (phase.run)(&init).await.map_err(|failure| failed(phase, failure))?;
        }
    }
    Ok(())
}

/// Parts of phases (`addon/kube-proxy`) can be left out too.
fn is_phase(name: &str) -> bool {
    let (first, part) = name.split_once('/').unwrap_or((name, ""));
    let known = PHASES.iter().any(|phase| phase.name == first);
    known && (part.is_empty() || first == "addon" && matches!(part, "coredns" | "kube-proxy"))
}

fn failed(phase: &Phase, failure: Failure) -> Failure {
    match failure {
        Failure::Silent(code) => Failure::Silent(code),
        failure => failure.because(format_args!("error execution phase {}: ", phase.name)),
    }
}

fn run_alone(cli: Rc<Cli>) -> RunFuture {
    Box::pin(async move {
        let init = Init::new(&cli)?;
        match PHASES.iter().find(|phase| phase.name == cli.command.name) {
            Some(phase) => (phase.run)(&init).await.map_err(|failure| failed(phase, failure)),
            None => Ok(()),
        }
    })
}

async fn preflight(init: &Init) -> Result<(), Failure> {
    init.say("[preflight] Running pre-flight checks");
    let cli = &*init.cli;
    let mut checks = vec![preflight::release(&init.settings.version)];
    for port in [6443, 10_259, 10_257] {
        checks.push(preflight::port(cli, port).await);
    }
    for name in manifests::NAMES {
        checks.push(preflight::file_available(cli, &manifests::path(name)));
    }
    for port in [10_250, 2379, 2380] {
        checks.push(preflight::port(cli, port).await);
    }
    checks.push(preflight::dir_available(cli, "/var/lib/etcd"));
    preflight::conclude(cli, checks).await?;
    if init.settings.dry_run {
        init.say("[preflight] Would pull the required images (like 'kubeadm config images pull')");
        return Ok(());
    }
    init.pull_images().await
}

async fn show_join_command(init: &Init) -> Result<(), Failure> {
    if init.settings.dry_run {
        init.say("[dryrun] Finished dry-running successfully. Above are the resources that would be created");
        return Ok(());
    }
    let mut flags = crate::kubectl::cmdline::Flags::of(crate::kubeadm::connection::KUBECONFIG.iter().collect());
    flags.parse(&[format!("--kubeconfig={ADMIN}")]).map_err(Failure::plain)?;
    let config = KubeConfig::load(&init.cli.process, &flags)?;
    let shown = if init.cli.flags.bool("skip-token-print") { "<value withheld>" } else { &init.settings.token };
    let [join, hash] = token::join_command(&config, shown)
        .ok_or_else(|| Failure::plain("failed to get join command: the kubeconfig file names no authority"))?;
    let key = &init.certificate_key;
    let key = if init.cli.flags.bool("skip-certificate-key-print") { "<value withheld>" } else { key };
    let others = match (init.settings.endpoint.is_empty(), init.cli.flags.bool("upload-certs")) {
        (true, _) => String::new(),
        (false, true) => format!(
            "Any number of control-plane nodes can join, by running this on each as root:

  {join} \\
\t{hash} \\
\t--control-plane --certificate-key {key}

Whoever has the certificate key can read what only the control plane should know: keep it secret. The uploaded
certificates are deleted after two hours. If they are needed later,
\"kubeadm init phase upload-certs --upload-certs\" uploads them again.

"
        ),
        (false, false) => format!(
            "Any number of control-plane nodes can join, once the certificate authorities and the keys of service
accounts have been copied to each, by running this there as root:

  {join} \\
\t{hash} \\
\t--control-plane 

"
        ),
    };
    init.say(format_args!(
        "
Your Kubernetes control-plane has initialized successfully!

kubectl finds the cluster once the administrator's kubeconfig is where it looks:

  mkdir -p $HOME/.kube
  cp -i {ADMIN} $HOME/.kube/config

Or, for this shell alone:

  export KUBECONFIG={ADMIN}

Nodes stay NotReady until the cluster has a network for its pods. Deploy one with
\"kubectl apply -f [podnetwork].yaml\"; there is a choice of them at
  https://kubernetes.io/docs/concepts/cluster-administration/addons/

{others}Then any number of worker nodes can join, by running this on each as root:

{join} \\
\t{hash} "
    ));
    Ok(())
}
