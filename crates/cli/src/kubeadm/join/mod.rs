//! `kubeadm join`: adds this node to a cluster (`cmd/kubeadm/app/cmd/join.go`, `app/discovery/token`). First the node
//! learns to trust the cluster, then the cluster the node.

use std::rc::Rc;

use serde_json::Value;

mod control_plane;

use super::connection::with;
use super::init::of_kubelet;
use super::node::{Node, restart_kubelet};
use super::token::{self, Token};
use super::{invalid, jws, kubeconfig, preflight};
use crate::http::Url;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Client;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::Session;
use crate::transport::Tls;
use control_plane::Joining;

static FLAGS: [Flag; 8] = [
    Flag::text("certificate-key", "the key that the certificates were uploaded with by init"),
    Flag::switch("control-plane", "create a new control plane instance on this node"),
    Flag::text("discovery-file", "a file or URL from which to load cluster information"),
    Flag::text("discovery-token", "the token that the cluster's information is checked with"),
    Flag::list(
        "discovery-token-ca-cert-hash",
        "the key of the cluster's authority must have this hash (format: \"<type>:<value>\")",
    ),
    Flag::switch("discovery-token-unsafe-skip-ca-verification", "join without --discovery-token-ca-cert-hash"),
    Flag::text("tls-bootstrap-token", "the token that the node shows to the cluster until it has a certificate"),
    Flag::text("token", "use this token for both discovery-token and tls-bootstrap-token"),
];

pub static JOIN: Command = Command::leaf(
    "join",
    "[api-server-endpoint] [flags]",
    "Run this on any machine you wish to join an existing cluster",
    &[&FLAGS, &preflight::IGNORE],
    |cli| Box::pin(async move { join(&cli).await }),
)
.long(
    "Adds this node to a cluster. The node learns to trust the cluster (discovery): it reads the config map cluster-info,
whose signature it checks with the token and whose authority with the hash. Then the cluster learns to trust the node
(TLS bootstrap): the kubelet shows the token to ask for a certificate, and gets one.",
);

/// How long the cluster may take to answer (`timeouts.discovery`), and how often it is asked, in microseconds.
const DISCOVERY: u64 = 300_000_000;
const PERIOD: u64 = 5_000_000;
/// How long the kubelet may take to get its certificate (`timeouts.tlsBootstrap`), in microseconds.
const BOOTSTRAP: u64 = 300_000_000;

const KUBELET: &str = "/etc/kubernetes/kubelet.conf";
const BOOTSTRAP_KUBELET: &str = "/etc/kubernetes/bootstrap-kubelet.conf";
const AUTHORITY: &str = "/etc/kubernetes/pki/ca.crt";

/// What the flags say.
struct Settings {
    endpoint: String,
    token: Token,
    bootstrap: String,
    hashes: Vec<String>,
}

fn settings(cli: &Cli) -> Result<Settings, Failure> {
    let flags = &cli.flags;
    let Some(endpoint) = cli.args().first() else {
        return Err(invalid(cli, "discovery: Invalid value: \"\": bootstrapToken or file must be set"));
    };
    if !cli.flags.text("discovery-file").is_empty() {
        return Err(Failure::plain("this world's nodes join with a token"));
    }
    let own = |flag: &str| if flags.text(flag).is_empty() { flags.text("token") } else { flags.text(flag) };
    let (discovery, bootstrap) = (own("discovery-token"), own("tls-bootstrap-token"));
    let mut wrong = Vec::new();
    let hashes = flags.list("discovery-token-ca-cert-hash");
    if discovery.is_empty() {
        wrong.push("discovery.bootstrapToken.token: Invalid value: \"\": the bootstrap token is invalid".to_owned());
    }
    if hashes.is_empty() && !flags.bool("discovery-token-unsafe-skip-ca-verification") {
        wrong.push("discovery.bootstrapToken.caCertHashes: Invalid value: \"\": using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue".to_owned());
    }
    let token = Token::new(discovery);
    if let Err(why) = &token
        && !discovery.is_empty()
    {
        wrong.push(format!("discovery.bootstrapToken.token: Invalid value: {}: {why}", crate::go::quote(discovery)));
    }
    if Url::parse(endpoint, "https").is_none_or(|url| url.port != 6443 && !endpoint.contains(':')) {
        let words = "address must be of the form host:port";
        wrong.push(format!(
            "discovery.bootstrapToken.apiServerEndpoint: Invalid value: {}: {words}",
            crate::go::quote(endpoint)
        ));
    }
    match (token, wrong.as_slice()) {
        (Ok(token), []) => Ok(Settings { endpoint: endpoint.clone(), token, bootstrap: bootstrap.to_owned(), hashes }),
        (_, [one]) => Err(invalid(cli, one)),
        (_, many) => Err(invalid(cli, format_args!("[{}]", many.join(", ")))),
    }
}

async fn join(cli: &Rc<Cli>) -> Result<(), Failure> {
    let node = cli.node.clone().ok_or_else(|| Failure::plain("this machine is no node"))?;
    let settings = settings(cli)?;
    cli.println("[preflight] Running pre-flight checks");
    let of_preflight = |failure: Failure| failure.because("error execution phase preflight: ");
    let (server, authority, config) = prepare(cli, &settings).await.map_err(of_preflight)?;
    let mut joining = None;
    if cli.flags.bool("control-plane") {
        if !node.can_control() {
            let why = "the programs of a control plane are on the nodes of worlds with a control plane of three only";
            return Err(of_preflight(Failure::plain(why)));
        }
        let prepared = Joining::prepare(cli, &node, &config).await.map_err(of_preflight)?;
        let bootstrapper = as_bootstrapper(cli, &settings, &server, &authority)?;
        let of_files = |failure: Failure| failure.because("error execution phase control-plane-prepare: ");
        prepared.write_files(cli, &bootstrapper).await.map_err(of_files)?;
        prepared.check_etcd().await.map_err(|failure| failure.because("error execution phase check-etcd: "))?;
        joining = Some(prepared);
    }
    let server = joining.as_ref().map_or(server, Joining::local_server);
    let identity = || kubeconfig::of_token(&server, &authority, "tls-bootstrap-token-user", &settings.bootstrap);
    let write = |path: &str, content: String| {
        let files = cli.process.fs();
        let written = files.mkdir_all(shell::path::parent(path)).and_then(|()| files.write(path, content));
        written.map_err(|why| Failure::plain(format!("couldn't save {path}: {why}")))
    };
    write(BOOTSTRAP_KUBELET, identity())?;
    write(AUTHORITY, authority.clone())?;
    for (what, path, content) in of_kubelet() {
        cli.println(format_args!("[kubelet-start] Writing {what} to file \"{path}\""));
        write(path, content.to_owned())?;
    }
    cli.println("[kubelet-start] Starting the kubelet");
    restart_kubelet(&cli.process, &*node);
    if let Some(joining) = &joining {
        joining.join_etcd().await.map_err(|failure| failure.because("error execution phase etcd-join: "))?;
    }
    cli.println(
        "[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s",
    );
    let began = cli.process.now();
    cli.process.sleep(500_000).await;
    let took = crate::go::format_duration(i64::try_from(cli.process.now() - began).unwrap_or(0).saturating_mul(1_000));
    cli.println(format_args!("[kubelet-check] The kubelet is healthy after {took}"));
    cli.println("[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap");
    let of_kubelet_start = |failure: Failure| failure.because("error execution phase kubelet-wait-bootstrap: ");
    wait_for_node(cli, &settings, &server, &authority, &*node).await.map_err(of_kubelet_start)?;
    // The kubelet has a certificate now, which takes the token's place.
    let certificate = border::Certificate {
        subject: format!("system:node:{}", node.name()),
        issuer: "kubernetes".into(),
        hosts: Vec::new(),
        key: format!("kubelet-{}", node.name()),
        groups: vec!["system:nodes".into()],
    };
    let user = certificate.subject.clone();
    write(KUBELET, kubeconfig::of_certificate(&server, &authority, &user, &node.issue(&certificate)))?;
    let _ = cli.process.fs().remove_file(BOOTSTRAP_KUBELET);
    if let Some(joining) = &joining {
        return joining
            .conclude()
            .await
            .map_err(|failure| failure.because("error execution phase control-plane-join: "));
    }
    cli.println(
        "
This node has joined the cluster:
* Certificate signing request was sent to apiserver and a response was received.
* The Kubelet was informed of the new secure connection details.

Run 'kubectl get nodes' on the control-plane to see this node join the cluster.
",
    );
    Ok(())
}

/// Looks at the node, and at the cluster it is to join: gives the server's address, its authority's certificate, and the
/// cluster's configuration.
async fn prepare(cli: &Cli, settings: &Settings) -> Result<(String, String, Value), Failure> {
    let mut checks = vec![
        preflight::file_available(cli, KUBELET),
        preflight::file_available(cli, BOOTSTRAP_KUBELET),
        preflight::port(cli, 10_250).await,
    ];
    // One that is to join the control plane may have been given it.
    checks.extend((!cli.flags.bool("control-plane")).then(|| preflight::file_available(cli, AUTHORITY)));
    preflight::conclude(cli, checks).await?;
    let discovered = discover(cli, settings).await;
    let (server, authority) =
        discovered.map_err(|failure| failure.because("couldn't validate the identity of the API Server: "))?;
    cli.println(
        "[preflight] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...",
    );
    cli.println(
        "[preflight] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.",
    );
    let client = as_bootstrapper(cli, settings, &server, &authority)?;
    let mut config = Value::Null;
    for name in ["kubelet-config", "kubeadm-config"] {
        let path = format!("/api/v1/namespaces/kube-system/configmaps/{name}");
        let read = client.get(&path).await;
        config = read.map_err(|failure| {
            failure.because(format_args!("unable to fetch the {name} ConfigMap: failed to get config map: "))
        })?;
    }
    Ok((server, authority, config))
}

/// Reads cluster-info until it can be trusted.
async fn discover(cli: &Cli, settings: &Settings) -> Result<(String, String), Failure> {
    let began = cli.process.now();
    loop {
        let why = match look(cli, settings).await {
            Ok(found) => return Ok(found),
            // What was read for certain does not change by waiting.
            Err((failure, true)) => return Err(failure),
            Err((failure, false)) => failure,
        };
        if cli.process.now() - began > DISCOVERY {
            return Err(why);
        }
        cli.process.sleep(PERIOD).await;
    }
}

/// One look at cluster-info. What went wrong comes with whether it is for certain.
async fn look(cli: &Cli, settings: &Settings) -> Result<(String, String), (Failure, bool)> {
    let early = |failure: Failure| (failure, false);
    let certain = |words: String| (Failure::plain(words), true);
    let Some(server) = Url::parse(&settings.endpoint, "https") else {
        return Err(certain(format!("invalid endpoint {}", settings.endpoint)));
    };
    let tls = Some(Tls { skip_verify: true, ..Tls::default() });
    let client = with(cli, Session::to(server, tls, Vec::new())).map_err(early)?;
    let path = "/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s";
    let info = client.get(path).await;
    let info = info.map_err(|failure| early(failure.because("failed to request the cluster-info ConfigMap: ")))?;
    let content = info["data"]["kubeconfig"].as_str().unwrap_or_default();
    if content.is_empty() {
        return Err(early(Failure::plain(
            "there is no kubeconfig key in the cluster-info ConfigMap. This API Server isn't set up for token bootstrapping, can't connect",
        )));
    }
    let token = &settings.token;
    let Some(signature) = info["data"][format!("jws-kubeconfig-{}", token.id)].as_str() else {
        let words = format!(
            "could not find a JWS signature in the cluster-info ConfigMap for token ID {}",
            crate::go::quote(&token.id)
        );
        return Err(early(Failure::plain(words)));
    };
    if !jws::is_valid(signature, content, &token.id, &token.secret) {
        let words = "failed to verify JWS signature of received cluster info object, can't trust this API Server";
        return Err(early(Failure::plain(words)));
    }
    let config = yaml::documents(content).unwrap_or_default().into_iter().next().unwrap_or_default();
    let cluster: &Value = &config["clusters"][0]["cluster"];
    let data = cluster["certificate-authority-data"].as_str().unwrap_or_default();
    let authority = kubeconfig::decode(data);
    let hash = token::hash(&authority);
    if !settings.hashes.is_empty() && !settings.hashes.contains(&hash) {
        let words = format!(
            "cluster CA found in cluster-info ConfigMap is invalid: none of the public keys {} are pinned",
            crate::go::quote(&hash)
        );
        return Err(certain(words));
    }
    Ok((cluster["server"].as_str().unwrap_or_default().to_owned(), authority))
}

/// The cluster as the holder of the bootstrap token reaches it.
fn as_bootstrapper(cli: &Cli, settings: &Settings, server: &str, authority: &str) -> Result<Rc<Client>, Failure> {
    let url = Url::parse(server, "https").ok_or_else(|| Failure::plain(format!("invalid server {server}")))?;
    let tls = Some(Tls { ca: Some(authority.into()), ..Tls::default() });
    let headers = vec![("authorization".to_owned(), format!("Bearer {}", settings.bootstrap))];
    with(cli, Session::to(url, tls, headers))
}

/// Waits until the kubelet has a certificate: then it has registered its node.
async fn wait_for_node(
    cli: &Cli,
    settings: &Settings,
    server: &str,
    authority: &str,
    node: &dyn Node,
) -> Result<(), Failure> {
    let client = as_bootstrapper(cli, settings, server, authority)?;
    let (path, began) = (format!("/api/v1/nodes/{}", node.name()), cli.process.now());
    while let Err(failure) = client.get(&path).await {
        if cli.process.now() - began > BOOTSTRAP {
            return Err(failure.because("the kubelet got no certificate: "));
        }
        cli.process.sleep(500_000).await;
    }
    Ok(())
}
