//! The phases that write files on the node: `certs`, `kubeconfig`, `kubelet-start`.

use super::Init;
use crate::kubeadm::node::restart_kubelet;
use crate::kubeadm::pki::{self, AUTHORITIES, CERTIFICATES, DIR, Paper, USERS};
use crate::kubectl::failure::Failure;
use border::Certificate;

/// The authority's certificate, which every kubeconfig file holds.
fn authority(init: &Init) -> String {
    let path = init.settings.path(&AUTHORITIES[0].path());
    init.cli.process.fs().read(&path).map(|pem| String::from_utf8_lossy(&pem).into_owned()).unwrap_or_default()
}

pub async fn certificates(init: &Init) -> Result<(), Failure> {
    init.say(format_args!("[certs] Using certificateDir folder \"{DIR}\""));
    let of = |name: &'static str| AUTHORITIES.iter().filter(move |paper| paper.name == name);
    let signed = |name: &'static str| CERTIFICATES.iter().filter(move |paper| paper.authority == name);
    let papers = ["ca", "front-proxy-ca", "etcd-ca"].into_iter().flat_map(|name| of(name).chain(signed(name)));
    for paper in papers {
        write(init, paper)?;
        init.takes(150).await;
    }
    if init.joins {
        init.say(format_args!("[certs] Valid certificates and keys now exist in \"{DIR}\""));
    }
    if init.cli.process.fs().exists(&init.settings.path(&format!("{DIR}/sa.key"))) {
        init.say("[certs] Using the existing \"sa\" key");
        return Ok(());
    }
    init.say("[certs] Generating \"sa\" key and public key");
    let issue = |certificate: &Certificate| init.node.issue(certificate);
    for (path, content) in pki::service_accounts(&issue) {
        init.write(&path, content)?;
    }
    init.takes(150).await;
    Ok(())
}

/// One that is there already is kept: whoever has an authority of their own puts it there before.
fn write(init: &Init, paper: &Paper) -> Result<(), Failure> {
    let settings = &init.settings;
    let is_authority = paper.name == paper.authority;
    if init.cli.process.fs().exists(&settings.path(&paper.path())) {
        let kind = if is_authority { "certificate authority" } else { "certificate and key on disk" };
        if !init.joins {
            init.say(format_args!("[certs] Using existing {} {kind}", paper.file));
        }
        return Ok(());
    }
    init.say(format_args!("[certs] Generating \"{}\" certificate and key", paper.file));
    // No two clusters have the same authority.
    let salt = if is_authority { format!("-{:016x}", init.cli.process.random()) } else { String::new() };
    let issue = |certificate: &Certificate| {
        init.node.issue(&Certificate { key: format!("{}{salt}", certificate.key), ..certificate.clone() })
    };
    for (path, content) in paper.files(&init.place(), "", &issue) {
        init.write(&path, content)?;
    }
    let hosts = paper.certificate(&init.place()).hosts;
    if !hosts.is_empty() {
        let serves_all = paper.name == "apiserver";
        let is_name = |host: &&String| host.parse::<std::net::IpAddr>().is_err();
        let names: Vec<&str> = hosts
            .iter()
            .filter(is_name)
            .map(String::as_str)
            .filter(|name| !serves_all || *name != "localhost")
            .collect();
        let own = &settings.address;
        let is_address = |host: &&String| host.parse::<std::net::IpAddr>().is_ok();
        let outer = hosts.last().filter(is_address).filter(|host| *host != own && *host != "10.96.0.1");
        let outer = outer.map_or(String::new(), |host| format!(" {host}"));
        let addresses = if serves_all { format!("10.96.0.1 {own}{outer}") } else { format!("{own} 127.0.0.1 ::1") };
        let names = names.join(" ");
        init.say(format_args!(
            "[certs] {} serving cert is signed for DNS names [{names}] and IPs [{addresses}]",
            paper.file
        ));
    }
    Ok(())
}

pub async fn kubeconfigs(init: &Init) -> Result<(), Failure> {
    init.say("[kubeconfig] Using kubeconfig folder \"/etc/kubernetes\"");
    let authority = authority(init);
    if authority.is_empty() {
        let why = format!("couldn't load CA certificate: {DIR}/ca.crt is not there");
        return Err(Failure::plain(why));
    }
    let issue = |certificate: &Certificate| init.node.issue(certificate);
    // A kubelet that joins gets its own by asking for a certificate, and there is one administrator in need is enough.
    let own = |user: &&Paper| !init.joins || !matches!(user.file, "kubelet.conf" | "super-admin.conf");
    for user in USERS.iter().filter(own) {
        init.say(format_args!("[kubeconfig] Writing \"{}\" kubeconfig file", user.file));
        for (path, content) in user.files(&init.place(), &authority, &issue) {
            init.write(&path, content)?;
        }
        init.takes(120).await;
    }
    Ok(())
}

/// The kubelet's configuration as kubeadm makes it.
pub const KUBELET_CONFIG: &str = "apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock
healthzBindAddress: 127.0.0.1
healthzPort: 10248
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
";

/// The files of a kubelet, and what is said of each: those of `init` and `join` are the same
/// (`cmd/kubeadm/app/phases/kubelet`).
pub fn of_kubelet() -> [(&'static str, &'static str, &'static str); 2] {
    [
        ("kubelet environment file with flags", "/var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"\"\n"),
        ("kubelet configuration", "/var/lib/kubelet/config.yaml", KUBELET_CONFIG),
    ]
}

pub async fn start_kubelet(init: &Init) -> Result<(), Failure> {
    for (what, path, content) in of_kubelet() {
        init.say(format_args!("[kubelet-start] Writing {what} to file \"{path}\""));
        init.write(path, content)?;
    }
    if init.settings.dry_run {
        return Ok(());
    }
    init.say("[kubelet-start] Starting the kubelet");
    restart_kubelet(&init.cli.process, &*init.node);
    Ok(())
}

#[expect(clippy::unused_async, reason = "a phase is a future")]
pub async fn finalize_kubelet(init: &Init) -> Result<(), Failure> {
    if !init.settings.dry_run {
        init.say("[kubelet-finalize] Updating \"/etc/kubernetes/kubelet.conf\" to point to a rotatable kubelet client certificate and key");
    }
    Ok(())
}
