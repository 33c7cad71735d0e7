//! `kubeadm certs renew`.

use super::read_configuration;
use crate::kubeadm::connection::KUBECONFIG;
use crate::kubeadm::kubeconfig;
use crate::kubeadm::pki::{AUTHORITIES, CERTIFICATES, Paper, Place, USERS};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;

const FLAGS: &[&[Flag]] = &[&KUBECONFIG];

const fn renews(name: &'static str, short: &'static str) -> Command {
    Command::leaf(name, "[flags]", short, FLAGS, |cli| Box::pin(async move { renew(&cli).await }))
}

static ALL: Command = renews("all", "Renew all available certificates");
static ADMIN: Command = renews(
    "admin.conf",
    "Renew the certificate embedded in the kubeconfig file for the admin to use and for kubeadm itself",
);
static APISERVER: Command = renews("apiserver", "Renew the certificate for serving the Kubernetes API");
static APISERVER_ETCD: Command =
    renews("apiserver-etcd-client", "Renew the certificate the apiserver uses to access etcd");
static APISERVER_KUBELET: Command =
    renews("apiserver-kubelet-client", "Renew the certificate for the API server to connect to kubelet");
static MANAGER: Command = renews(
    "controller-manager.conf",
    "Renew the certificate embedded in the kubeconfig file for the controller manager to use",
);
static HEALTHCHECK: Command =
    renews("etcd-healthcheck-client", "Renew the certificate for liveness probes to healthcheck etcd");
static PEER: Command = renews("etcd-peer", "Renew the certificate for etcd nodes to communicate with each other");
static SERVER: Command = renews("etcd-server", "Renew the certificate for serving etcd");
static FRONT_PROXY: Command = renews("front-proxy-client", "Renew the certificate for the front proxy client");
static SCHEDULER: Command =
    renews("scheduler.conf", "Renew the certificate embedded in the kubeconfig file for the scheduler manager to use");
static SUPER_ADMIN: Command =
    renews("super-admin.conf", "Renew the certificate embedded in the kubeconfig file for the super-admin");

pub static RENEW: Command = Command::group(
    "renew",
    "",
    "Renew certificates for a Kubernetes cluster",
    &[
        &ADMIN,
        &ALL,
        &APISERVER,
        &APISERVER_ETCD,
        &APISERVER_KUBELET,
        &MANAGER,
        &HEALTHCHECK,
        &PEER,
        &SERVER,
        &FRONT_PROXY,
        &SCHEDULER,
        &SUPER_ADMIN,
    ],
);

async fn renew(cli: &Cli) -> Result<(), Failure> {
    read_configuration(cli, "renew").await;
    let wanted = cli.command.name;
    let mut papers: Vec<&Paper> =
        USERS.iter().filter(|user| user.name != "kubelet.conf").chain(&CERTIFICATES).collect();
    papers.sort_by_key(|paper| paper.name);
    for paper in papers.into_iter().filter(|paper| wanted == "all" || paper.name == wanted) {
        write(cli, paper)?;
        cli.println(format_args!("{} renewed", paper.purpose));
    }
    if wanted == "all" {
        cli.println("\nDone renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.");
    }
    Ok(())
}

/// Writes a certificate anew, signed by the authority whose files are there.
fn write(cli: &Cli, paper: &Paper) -> Result<(), Failure> {
    let Some(node) = &cli.node else { return Ok(()) };
    let files = cli.process.fs();
    let path = paper.path();
    if !files.exists(&path) {
        return Err(Failure::plain(format!(
            "failed to renew certificate {}: unable to load the certificate: open {path}: no such file or directory",
            paper.name
        )));
    }
    let signer = AUTHORITIES.iter().find(|authority| authority.name == paper.authority);
    let key = signer.map(|signer| signer.path().replace(".crt", ".key")).unwrap_or_default();
    if !files.exists(&key) {
        return Err(Failure::plain(format!(
            "failed to renew certificate {}: the {} key {key} is not there",
            paper.name, paper.authority
        )));
    }
    let authority = files.read(&AUTHORITIES[0].path()).map(|pem| String::from_utf8_lossy(&pem).into_owned());
    let authority = authority.unwrap_or_default();
    let issue = |certificate: &border::Certificate| node.issue(certificate);
    let (name, address) = (node.name(), node.address());
    // A kubeconfig file goes on to lead where it leads.
    let known = files.read(&path).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
    let own = format!("{address}:6443");
    let endpoint = kubeconfig::endpoint_of(&known).unwrap_or(&own);
    let at = Place { name: &name, address: &address, endpoint };
    for (path, content) in paper.files(&at, &authority, &issue) {
        files.write(&path, content).map_err(|why| Failure::plain(format!("open {path}: {why}")))?;
    }
    Ok(())
}
